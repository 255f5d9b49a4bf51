"""Papers whose every text attacks somebody: the page, the query, the spreadsheet, the compiler."""

from __future__ import annotations

from kg.records import Paper

MARK = "pwned"
"""What each attack would make of a page, a file or a graph; as plain text it may stand anywhere."""

NAMES = (
    f"<script>{MARK}=1</script>",
    f'"><img src=x onerror={MARK}=1>',
    f"' autofocus onfocus='{MARK}=1' x='",
    f"</title></style></textarea><svg onload={MARK}=1>",
    f"</script><script>{MARK}=1</script>",
    f"<!--<script>{MARK}",
    f"]]><{MARK}/>",
    f"&lt;{MARK}&gt; &#60;script&#62;",
    f"javascript:{MARK}=1",
    f"data:text/html,<b id={MARK}>",
    f"{{{{7*7}}}}${{7*7}}<%= {MARK} %>",
    f"<a href=javascript:{MARK}=1>{MARK}</a>",
    f'=HYPERLINK "http://{MARK}.example"',
    f"+{MARK}+1",
    f"-{MARK}",
    f"@SUM {MARK}",
    f"|calc {MARK}",
    rf"\input{{/etc/{MARK}}}\write18{{{MARK}}}$\def%",
    rf"\end{{document}} {MARK} ~^_&#",
    f"' OR 1=1 // {MARK}",
    f"') DETACH DELETE n // {MARK}",
    f"`) SET n:{MARK} //",
    f'" . ?s ?p ?o }} }} DROP ALL # {MARK}',
    f"> <urn:{MARK}> <urn:{MARK}",
    rf"\u003Cscript\u003E{MARK}\u0022",
    f"../../../{MARK}",
    f"..\\..\\{MARK}:stream",
    f"%2e%2e%2f{MARK}%00.html",
    f"{MARK}; filename=evil.html",
    f'"]; {MARK} [label="x',
    f"[{MARK}]: javascript:{MARK}",
    f"${{IFS}}$HOME `{MARK}`",
    f"ノード {MARK} שלום",
)
"""Names of methods, each an attack on somebody who does not escape it."""


def papers() -> list[Paper]:
    """Return a paper for each name, which stands in it wherever a text can stand."""
    return [_paper(number, name) for number, name in enumerate(NAMES, 1)]


def _paper(number: int, name: str) -> Paper:
    return Paper(
        f"doi:10.1000/{name.replace(' ', '_')}",
        f"A title with {name} and [a link](javascript:{MARK}) ![a picture](http://{MARK}.example)",
        f"Method:{name} uses Method:Alpha Tuning. "
        f"Method:{name} evaluatedOn Benchmark:MT-Bench = {number}.5. "
        f"not Method:{name} outperforms Method:Beta Search. "
        f"PAPER targets Goal:goal {number} of {name.replace('.', ' ').replace('=', ' ').replace('(', ' ')}. ",
        authors=(name, f"Ada {name}"),
        published="2024-01-02",
        venue=name,
        url=f"javascript:{MARK}={number}" if number % 2 else f'https://example.org/"onclick={MARK}',
        categories=(name,),
    )
