"""Say which paper a record is: by arXiv id, else DOI, else its own id, else a hash of its title.

The same paper gets the same id from every source that knows one of its public ids, or knows none at all. That
a paper known by its title here and by its DOI there is one paper shows only when both are seen together, and
is left to the ledger.
"""

from __future__ import annotations

import re
import unicodedata

from kg.records import digest

_NEW_ARXIV = r"\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}"
_OLD_ARXIV = r"[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]{2})?/\d{7}"
_ARXIV = re.compile(
    r"(?:arxiv:\s*|oai:arxiv\.org:|https?://(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf|html)/)?"
    rf"(?P<id>{_NEW_ARXIV}|{_OLD_ARXIV})(?:v\d+)?(?:\.pdf)?",
    re.IGNORECASE | re.ASCII,
)
_DOI = re.compile(
    r"(?:doi:\s*|https?://(?:dx\.|www\.)?doi\.org/)?(?P<id>10\.\d{4,9}/[^\s\x00-\x1f]+)", re.IGNORECASE
)
_ARXIV_DOI = re.compile(r"10\.48550/(?P<id>arxiv\..+)")
_OWN_ID = re.compile(r"(?=.*\D)\S{1,200}")
_SHORT_TITLE = 3


def arxiv_id(text: str | None) -> str | None:
    """Return the bare arXiv id, without version and subject class, or None where the text is none.

    >>> arxiv_id("https://arxiv.org/pdf/2401.01234v3"), arxiv_id("math.GT/0309136")
    ('2401.01234', 'math/0309136')
    """
    found = _ARXIV.fullmatch((text or "").strip())
    return re.sub(r"\.[a-z]{2}/", "/", found["id"].lower()) if found else None


def doi(text: str | None) -> str | None:
    """Return the bare DOI in lower case, or None where the text is none.

    >>> doi("https://doi.org/10.18653/V1/2021.ACL-LONG.1")
    '10.18653/v1/2021.acl-long.1'
    """
    found = _DOI.fullmatch((text or "").strip())
    return found["id"].lower() if found else None


def arxiv_of_doi(name: str | None) -> str | None:
    """Return the arXiv id that a DOI of arXiv's own stands for, or None for any other DOI."""
    found = _ARXIV_DOI.fullmatch(name or "")
    return arxiv_id(found["id"].replace("arxiv.", "arxiv:", 1)) if found else None


def own_id(text: str | None) -> str | None:
    """Return an id that a record gives itself, None where it is a mere row number or has spaces."""
    found = _OWN_ID.fullmatch((text or "").strip())
    return found[0] if found else None


def paper_id(
    *,
    title: str,
    abstract: str = "",
    arxiv: str | None = None,
    doi: str | None = None,
    own: str | None = None,
) -> str:
    """Return the id of a paper from its bare arXiv id, else bare DOI, else own id, else its title.

    >>> paper_id(title="A Title", doi="10.1000/xyz")
    'doi:10.1000/xyz'
    """
    if name := arxiv or arxiv_of_doi(doi):
        return f"arXiv:{name}"
    if doi:
        return f"doi:{doi}"
    return own or f"hash:{_title_hash(title, abstract)}"


def _title_hash(title: str, abstract: str) -> str:
    """Hash the letters of a title, and of the abstract where many papers bear such a title: "Preface"."""
    distinct = title if len(title.split()) >= _SHORT_TITLE else f"{title} {abstract}"
    folded = unicodedata.normalize("NFKC", distinct).casefold()
    return digest("".join(c for c in folded if c.isalnum()) or folded)
