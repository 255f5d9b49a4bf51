"""Make text what all offsets count in: one documented, deterministic normalisation, and its limits.

Unicode is composed (NFC), every run of white space (line ends, tabs, no-break spaces) becomes one space,
and marks that show nothing (soft hyphen, zero-width space, word joiner, byte-order mark) or turn other
characters round (bidirectional controls) are taken out.
Text that cannot be trusted is refused: control characters, half surrogates, and U+FFFD, which stands where
bytes could not be decoded.
"""

from __future__ import annotations

import html
import re
import unicodedata

from bibtexparser.latexenc import latex_to_unicode

TITLE_LIMIT = 2_000
ABSTRACT_LIMIT = 100_000

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_REORDERING = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Marks that make a text show as another one than it is; letters know by themselves which way they run."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_UNREADABLE = re.compile(r"[\ufffd\ud800-\udfff]")

_HEADING = re.compile(r"<(?:jats:)?title>\s*abstract\s*[.:]?\s*</(?:jats:)?title>", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"</?(?:jats:)?(?:p|title|sec|br|div|li|ul|ol|list|list-item)\b[^<>]*>", re.IGNORECASE
)
_INLINE_TAG = re.compile(
    r"</?(?:jats:)?(?:i|b|em|strong|italic|bold|sub|sup|sc|span|tt|u|inline-formula|tex-math|ext-link|xref)"
    r"\b[^<>]*>",
    re.IGNORECASE,
)
_HTML_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LATEX_FONT = re.compile(r"\\(?:emph|text(?:it|bf|tt|sc|rm|sf|sl|up)?|math(?:rm|bf|it)|url)\s*(?=\{)")
_LATEX_QUOTED = re.compile(r"``(.*?)''", re.DOTALL)
_LATEX_ESCAPE = re.compile(r"\\([%&_#$])")
_BRACES = dict.fromkeys(map(ord, "{}"))
_LATEX_DOTLESS_I = re.compile(r"\\i(?![A-Za-z])\s*")
_FORMULA = re.compile(r"((?<!\\)\$[^$]*(?<!\\)\$)")


class BadRecord(ValueError):  # a record is bad; the program is not in error
    """A record is no paper, for the reason given; it is caught where a `Rejected` is made of it."""


def clean(text: str, field: str, limit: int = TITLE_LIMIT) -> str:
    r"""Return the text in the form that all offsets count in; refuse what cannot be trusted.

    >>> clean("Aligned  by\n\tdesign ", "title")
    'Aligned by design'
    """
    if len(text) > limit:
        raise BadRecord(f"{field} has {len(text):,} characters; at most {limit:,} are read")
    if found := _UNREADABLE.search(text):
        raise BadRecord(f"broken encoding: character {found.start() + 1} of the {field} cannot be read")
    if found := _CONTROL.search(text):
        raise BadRecord(
            f"control character U+{ord(found[0]):04X} at character {found.start() + 1} of the {field}"
        )
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE | _REORDERING)).split())


def without_markup(text: str) -> str:
    """Take out the HTML and JATS tags that publishers leave in abstracts, and decode character references.

    >>> without_markup("<jats:title>Abstract</jats:title><jats:p>Safe &amp; helpful.</jats:p>").strip()
    'Safe & helpful.'
    """
    if "<" in text:
        text = _INLINE_TAG.sub("", _BLOCK_TAG.sub(" ", _HEADING.sub(" ", text)))
    return _HTML_ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def without_latex(text: str) -> str:
    r"""Decode the accents, escapes, fonts and quotes of a BibTeX value; formulas keep their commands.

    >>> without_latex(r"J{\"o}rg's \emph{safe} {LLM}: 5\% better")
    "Jörg's safe LLM: 5% better"
    """
    parts = _FORMULA.split(text)  # every second part is a formula
    return "".join(part if i % 2 else _decode_latex(part) for i, part in enumerate(parts))


def _decode_latex(text: str) -> str:
    plain = _LATEX_ESCAPE.sub("\\1", _LATEX_DOTLESS_I.sub("i", _LATEX_FONT.sub("", text)))
    if "\\" in plain:  # what the library does takes a thousand times as long
        plain = latex_to_unicode(plain)
    return _LATEX_QUOTED.sub("“\\1”", plain.translate(_BRACES))


def excerpt(record: object, length: int = 120) -> str:
    """Return the beginning of a record, printable, to recognise it by."""
    if isinstance(record, dict):
        facts = [f"{k}: {v[:length]}" for k, v in list(record.items())[:8] if isinstance(v, str)]
        record = "; ".join(facts)
    text = " ".join(str(record)[: 4 * length].split()) if isinstance(record, str) else type(record).__name__
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return printable if len(printable) <= length else printable[: length - 1] + "…"
