"""The appendix of evidence: under each row of the answer every sentence that says so, and where it stands."""

from __future__ import annotations

import html
from collections.abc import Iterator

from kg.export.static_page import static_page, web_address
from kg.lookup import Quote
from kg.pack.contents import Contents, Entry
from kg.pack.marks import IN_HTML, IN_MARKDOWN, flags, linked, marked, to_markdown

_NONE = "No sentence: this row lists a thing, and says nothing of it."


def evidence_markdown(contents: Contents) -> str:
    """Write the appendix as Markdown: the subject is bold, the object in italics."""
    answer = contents.answer
    head = [f"# Evidence: {to_markdown(answer.question)}", to_markdown(answer.reading)]
    head.append("In each sentence the subject is **bold** and the object *in italics*.")
    return "\n\n".join([*head, *(block for entry in contents.entries for block in _blocks(entry))]) + "\n"


def _blocks(entry: Entry) -> Iterator[str]:
    belief = f" (belief {entry.belief:.2f})" if entry.belief is not None else ""
    yield f'## <a id="e{entry.number}"></a>{entry.number}. {to_markdown(entry.said)}{belief}'
    if not entry.quotes:
        yield _NONE
    for quote in entry.quotes:
        yield f"> {marked(quote, to_markdown, IN_MARKDOWN)}\n>\n> — {_source(quote)}"


def _source(quote: Quote) -> str:
    return f"{linked(quote.title, quote.url)}, {to_markdown(_where(quote))}"


def _where(quote: Quote) -> str:
    year = f", {quote.published[:4]}" if quote.published else ""
    return (
        f"{quote.paper}{year} · found by {quote.component}, probability {quote.probability:.2f}{flags(quote)}"
    )


# --- HTML ----------------------------------------------------------------------------------------------


def evidence_html(contents: Contents) -> str:
    """Write the appendix as a page that loads nothing."""
    answer = contents.answer
    return static_page(
        f"Evidence: {answer.question}",
        [f"<p>{html.escape(answer.reading)}</p>", *(_section(entry) for entry in contents.entries)],
    )


def _section(entry: Entry) -> str:
    belief = f" <small>belief {entry.belief:.2f}</small>" if entry.belief is not None else ""
    head = f'<h2 id="e{entry.number}">{entry.number}. {html.escape(entry.said)}{belief}</h2>'
    body = "\n".join(map(_figure, entry.quotes)) or f"<p>{_NONE}</p>"
    return f"<section>\n{head}\n{body}\n</section>"


def _figure(quote: Quote) -> str:
    url, title = web_address(quote.url), html.escape(quote.title)
    paper = f'<a href="{html.escape(url)}">{title}</a>' if url else title
    sentence = marked(quote, html.escape, IN_HTML)
    where = html.escape(_where(quote))
    return f"<figure><blockquote>{sentence}</blockquote><figcaption>{paper}, {where}</figcaption></figure>"
