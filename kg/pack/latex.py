"""Tables as LaTeX, and text that LaTeX sets as it stands, whichever engine reads it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "÷": r"\ensuremath{\div}",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
    "·": r"\textperiodcentered{}",
    "•": r"\textbullet{}",
    "×": r"\ensuremath{\times}",
    "±": r"\ensuremath{\pm}",
    "−": r"\ensuremath{-}",
    "≤": r"\ensuremath{\leq}",
    "≥": r"\ensuremath{\geq}",
    "≈": r"\ensuremath{\approx}",
    "≠": r"\ensuremath{\neq}",
    "→": r"\ensuremath{\rightarrow}",
    "←": r"\ensuremath{\leftarrow}",
    "↑": r"\ensuremath{\uparrow}",
    "↓": r"\ensuremath{\downarrow}",
    "∞": r"\ensuremath{\infty}",
    "∈": r"\ensuremath{\in}",
    "∑": r"\ensuremath{\sum}",
    "√": r"\ensuremath{\surd}",
    "²": r"\ensuremath{^2}",
    "³": r"\ensuremath{^3}",
    "°": r"\ensuremath{^\circ}",
    "\u00a0": "~",
    **dict(zip("ĦħĸŦŧ", "HhkTt", strict=True)),
}
_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
    "nu", "xi", "omicron", "pi", "rho", "varsigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
)  # fmt: skip
"""The letters from α to ω as TeX calls them, in the order of their numbers."""
_NO_COMMAND = frozenset({"omicron"})
_ACCENTED = re.compile("(?![ĦħĸĿŀŉŦŧſ])[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f]")
"""Letters that every engine sets from UTF-8 with the T1 encoding."""
BACKSLASH_LINE = r" \\"
_WIDE = 5
"""So many columns of a comparison fit a page."""


def to_latex(text: str) -> str:
    r"""Return text in which nothing means anything to TeX; a character that fonts lack gives its number.

    >>> to_latex("50% of R&D_1 costs $α")
    '50\\% of R\\&D\\_1 costs \\$\\ensuremath{\\alpha}'
    """
    return "".join(map(_character, text))


def _character(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    if " " <= char <= "~" or _ACCENTED.fullmatch(char):
        return char
    if char.isspace():
        return " "
    if "α" <= char.lower() <= "ω":
        return _greek(char)
    simpler = unicodedata.normalize("NFKD", char)
    kept = "".join(c for c in simpler if not unicodedata.combining(c))
    if simpler != char and kept:
        return "".join(map(_character, kept))
    return f"[U+{ord(char):04X}]" if not unicodedata.combining(char) else ""


def _greek(char: str) -> str:
    name = _GREEK[ord(char.lower()) - ord("α")]
    if name in _NO_COMMAND:
        return "o" if char.islower() else "O"
    capital = name.removeprefix("var").capitalize()
    # The capitals that look like Latin ones have no command.
    return f"\\ensuremath{{\\{name}}}" if char.islower() else _capital(capital)


def _capital(name: str) -> str:
    latin = {"Eta": "H", "Rho": "P", "Chi": "X"}
    own = ("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega")
    return f"\\ensuremath{{\\{name}}}" if name in own else latin.get(name, name[0])


# --- tables --------------------------------------------------------------------------------------------


def long_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, widths: Sequence[float], caption: str
) -> str:
    """Return a table that may run over pages; cells are LaTeX already, widths are shares of the line."""
    shape = "".join(f">{{\\raggedright\\arraybackslash}}p{{{width:.3f}\\linewidth}}" for width in widths)
    head = " & ".join(f"\\textbf{{{to_latex(column)}}}" for column in columns) + BACKSLASH_LINE
    # A row that begins with "[" or "*" would be taken for an option of the line break before it.
    body = ["{}" + " & ".join(row) + BACKSLASH_LINE for row in rows]
    first = [f"\\caption{{{caption}}}\\\\", "\\toprule", head, "\\midrule", "\\endfirsthead"]
    later = ["\\toprule", head, "\\midrule", "\\endhead", "\\bottomrule", "\\endfoot"]
    begin, end = f"\\begin{{longtable}}{{@{{}}{shape}@{{}}}}", "\\end{longtable}"
    return "\n".join([begin, *first, *later, *body, end, ""])


def in_parts(
    columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> Iterable[tuple[list[str], list[list[str]]]]:
    """Cut a table that is too wide for a page into several, each with the rows that say something in it."""
    for start in range(1, len(columns), _WIDE):
        part = slice(start, start + _WIDE)
        yield [columns[0], *columns[part]], [[row[0], *row[part]] for row in rows if any(row[part])]


DOCUMENT = r"""\documentclass[a4paper]{article}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{array,booktabs,longtable}
\usepackage[margin=2cm]{geometry}
\usepackage{natbib}
\renewcommand{\arraystretch}{1.2}
\usepackage[hidelinks]{hyperref}
\title{%(title)s}
\author{}
\date{}
\begin{document}
\maketitle

\input{table}
%(comparison)s
%(papers)s
\end{document}
"""


BIBLIOGRAPHY = r"""\nocite{*}
\bibliographystyle{plainnat}
\bibliography{references}"""
"""All papers behind the answer, cited in a table or not."""


def document(title: str, *, compared: bool, papers: bool) -> str:
    """Return a document around the tables: pdflatex, lualatex and xelatex set it."""
    second = r"\input{comparison}" if compared else ""
    listed = BIBLIOGRAPHY if papers else ""
    return DOCUMENT % {"title": to_latex(title), "comparison": second, "papers": listed}
