"""The curves of `calibration` as pictures: precision by recall, and what was right by what was said."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from kg.evaluate.calibration import SURE, Bin, Calibration
from kg.export.canvas import GREY, INK, MARGIN, PALE, SMALL_SIZE, Canvas, Point
from kg.export.select import Heading
from kg.export.sheet import draw_heading, heading_height

SIDE = 320.0
_LEFT, _BELOW = MARGIN + 34, 44.0
_TENTHS = [n / 10 for n in range(0, 11, 2)]
ACCENT, SECOND = "#1c7ed6", "#e8590c"


class _Plot:
    """A square with both axes from 0 to 1 on a canvas of its own."""

    def __init__(self, heading: Heading, across: str, up: str) -> None:
        width = _LEFT + SIDE + MARGIN
        self.top = MARGIN + heading_height(heading, width) + 8
        self.canvas = Canvas(width, self.top + SIDE + _BELOW)
        draw_heading(self.canvas, heading)
        self._axes(across, up)

    def at(self, x: float, y: float) -> Point:
        """Return where a pair of shares stands on the sheet."""
        return Point(_LEFT + x * SIDE, self.top + (1 - y) * SIDE)

    def curve(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """Join points by straight lines."""
        for start, end in pairwise(points):
            self.canvas.line(self.at(*start), self.at(*end), colour=colour, width=1.8)

    def _axes(self, across: str, up: str) -> None:
        for share in _TENTHS:
            self.canvas.line(self.at(share, 0), self.at(share, 1))
            self.canvas.line(self.at(0, share), self.at(1, share))
            low, left = self.at(share, 0), self.at(0, share)
            label = f"{share:.1f}"
            self.canvas.text(Point(low.x, low.y + 12), label, size=SMALL_SIZE, colour=GREY, align="center")
            self.canvas.text(Point(left.x - 6, left.y), label, size=SMALL_SIZE, colour=GREY, align="right")
        foot = self.at(0.5, 0)
        self.canvas.text(Point(foot.x, foot.y + 28), across, size=SMALL_SIZE, colour=INK, align="center")
        head = self.at(0, 1)
        self.canvas.text(Point(head.x, head.y - 9), f"↑ {up}", size=SMALL_SIZE, colour=INK)


def draw_precision_recall(calibration: Calibration) -> Canvas:
    """Draw precision against recall, with a dot where the statements at probability .8 or more end."""
    sure = calibration.sure.score
    note = (
        f"The dot: probability {SURE:g} or more, precision {sure.precision:.2f} at recall {sure.recall:.2f}."
    )
    plot = _Plot(Heading("Precision and recall of statements", note), "recall", "precision")
    plot.curve([(p.recall, p.precision) for p in calibration.curve], ACCENT)
    if sure.predicted:
        plot.canvas.dot(plot.at(sure.recall, sure.precision), 5, SECOND)
    return plot.canvas


def draw_reliability(calibration: Calibration) -> Canvas:
    """Draw how many statements are right against how likely they are said to be; the diagonal is ideal."""
    note = f"Calibration error {calibration.error:.3f}; lines: 95 %; larger dots: more statements."
    plot = _Plot(Heading("Reliability of statements", note), "probability said", "share right")
    plot.curve([(0, 0), (1, 1)], PALE)
    plot.curve([(b.said, b.right) for b in calibration.bins], ACCENT)
    most = max((b.size for b in calibration.bins), default=1)
    for b in calibration.bins:
        plot.curve([(b.said, b.interval.low), (b.said, b.interval.high)], ACCENT)
        plot.canvas.dot(plot.at(b.said, b.right), _radius(b, most), ACCENT)
    return plot.canvas


def _radius(held: Bin, most: int) -> float:
    """Return a radius whose area grows with the number of statements."""
    return 3 + 6 * float((held.size / most) ** 0.5)
