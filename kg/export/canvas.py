"""A white sheet that pictures are drawn on, measured in points, with the origin at the top left.

The same drawing is the same bytes on every machine: the typeface comes with matplotlib, and neither dates nor
random ids are written. Characters that the typeface lacks are drawn as an empty square.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import BinaryIO, NamedTuple

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextToPath

INK, GREY, PALE, FAINT = "#212529", "#6c757d", "#ced4da", "#f1f3f5"
WHITE = "#ffffff"
TEXT_SIZE, SMALL_SIZE, TITLE_SIZE = 10.0, 8.0, 15.0
LEADING = 1.3
MARGIN = 28.0
PNG_DPI = 144
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
REGULAR, BOLD = FONTS / "DejaVuSans.ttf", FONTS / "DejaVuSans-Bold.ttf"
MISSING = "□"
DATELESS = {"svg": {"Date": None, "Creator": "AlignKG"}, "png": {"Software": "AlignKG"}}
_drawing = Lock()
"""matplotlib's settings belong to the whole process: one picture is written at a time."""


class Point(NamedTuple):
    """A place on the sheet."""

    x: float
    y: float


@lru_cache(maxsize=4)
def _font(file: Path, size: float) -> FontProperties:
    return FontProperties(fname=file, size=size)


@lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    """Return the characters that both weights have."""
    regular, bold = (frozenset(FT2Font(str(file)).get_charmap()) for file in (REGULAR, BOLD))
    return regular & bold


@lru_cache(maxsize=50_000)
def _measured(text: str, size: float, bold: bool) -> float:
    font = _font(BOLD if bold else REGULAR, size)
    width: float = TextToPath().get_text_width_height_descent(text, font, ismath=False)[0]
    return width


def drawable(text: str) -> str:
    """Return the text on one line, with a square for each character that the typeface lacks."""
    known = _known()
    return "".join(c if ord(c) in known else MISSING for c in " ".join(text.split()))


def text_width(text: str, size: float = TEXT_SIZE, *, bold: bool = False) -> float:
    """Return how wide a line of text is."""
    return _measured(drawable(text), size, bold) if text else 0.0


def wrapped(
    text: str, width: float, size: float = TEXT_SIZE, *, most: int = 3, bold: bool = False
) -> list[str]:
    """Break text into lines of at most that width, the last of at most so many ending in "…" where cut."""
    lines: list[str] = []
    rest = drawable(text)
    while rest and len(lines) < most:
        taken = _fitting(rest, width, size, bold)
        lines.append(rest[:taken].rstrip())
        rest = rest[taken:].lstrip()
    if rest:
        last = lines[-1]
        while last and text_width(last + "…", size, bold=bold) > width:
            last = last[:-1]
        lines[-1] = last.rstrip() + "…"
    return lines or [""]


def _fitting(text: str, width: float, size: float, bold: bool) -> int:
    """Return how many characters fit, ending at a space or hyphen where there is one."""
    if text_width(text, size, bold=bold) <= width:
        return len(text)
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if text_width(text[:middle], size, bold=bold) <= width else (low, middle - 1)
        )
    at_space = text.rfind(" ", 0, low + 1)
    at_hyphen = text.rfind("-", 0, low) + 1
    best = max(at_space, at_hyphen)
    return best if best > low // 3 else low


class Canvas:
    """A sheet; each method draws one kind of mark."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._figure = Figure(figsize=(width / 72, height / 72), facecolor=WHITE)
        FigureCanvasAgg(self._figure)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, width)
        self._axes.set_ylim(height, 0)
        self._axes.axis("off")

    def text(
        self,
        at: Point,
        lines: str | Sequence[str],
        *,
        size: float = TEXT_SIZE,
        colour: str = INK,
        align: str = "left",
        bold: bool = False,
    ) -> None:
        """Write lines, centred in height on the point."""
        rows = [lines] if isinstance(lines, str) else list(lines)
        top = at.y - (len(rows) - 1) * size * LEADING / 2
        font = _font(BOLD if bold else REGULAR, size)
        for number, row in enumerate(rows):
            self._axes.text(
                at.x,
                top + number * size * LEADING + size * 0.36,
                drawable(row),
                fontproperties=font,
                color=colour,
                ha=align,
                va="baseline",
                parse_math=False,
                zorder=5,
            )

    def box(
        self, centre: Point, size: tuple[float, float], *, edge: str, fill: str = WHITE, width: float = 1.2
    ) -> None:
        """Draw a box with round corners."""
        corner = (centre.x - size[0] / 2, centre.y - size[1] / 2)
        style = f"round,pad=0,rounding_size={min(7.0, size[0] / 2, size[1] / 2)}"
        self._axes.add_patch(
            FancyBboxPatch(corner, *size, boxstyle=style, fc=fill, ec=edge, lw=width, zorder=3)
        )

    def dot(self, centre: Point, radius: float, colour: str) -> None:
        """Draw a filled circle."""
        self._axes.add_patch(Circle(centre, radius, fc=colour, ec=WHITE, lw=1, zorder=4))

    def bar(self, corner: Point, size: tuple[float, float], colour: str) -> None:
        """Draw a bar from its top left corner."""
        middle = Point(corner.x + size[0] / 2, corner.y + size[1] / 2)
        self.box(middle, size, edge=colour, fill=colour, width=0)

    def line(self, start: Point, end: Point, *, colour: str = PALE, width: float = 1.0) -> None:
        """Draw a straight line."""
        self._axes.add_patch(PathPatch(Outline([start, end]), ec=colour, fc="none", lw=width, zorder=1))

    def flow(self, start: Point, end: Point, *, colour: str = PALE, width: float = 1.0) -> None:
        """Draw a curve that leaves and arrives level, as between columns."""
        middle = (start.x + end.x) / 2
        points = [start, (middle, start.y), (middle, end.y), end]
        codes = [Outline.MOVETO, Outline.CURVE4, Outline.CURVE4, Outline.CURVE4]
        self._axes.add_patch(PathPatch(Outline(points, codes), ec=colour, fc="none", lw=width, zorder=1))

    def arrow(
        self, start: Point, end: Point, *, via: Point | None = None, colour: str = GREY, width: float = 1.0
    ) -> None:
        """Draw an arrow, bent towards a point if there is one."""
        bend = via or Point((start.x + end.x) / 2, (start.y + end.y) / 2)
        path = Outline([start, bend, end], [Outline.MOVETO, Outline.CURVE3, Outline.CURVE3])
        head = "-|>,head_width=2.6,head_length=5"
        self._axes.add_patch(
            FancyArrowPatch(path=path, arrowstyle=head, mutation_scale=1, color=colour, lw=width, zorder=2)
        )

    def save(self, stream: BinaryIO, format_: str) -> None:
        """Write the sheet as "svg" or "png"."""
        with _drawing, matplotlib.rc_context({"svg.hashsalt": "alignkg", "svg.fonttype": "path"}):
            self._figure.savefig(stream, format=format_, dpi=PNG_DPI, metadata=DATELESS[format_])
