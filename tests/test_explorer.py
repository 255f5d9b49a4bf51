"""The explorer in a real browser: every view, its keys and addresses, and what it says when it fails."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, expect, sync_playwright

from api.app import create_app
from api.pages import BUILT
from kg.settings import Settings
from kg.tokens import Tokens
from kg.workspace import open_workspace
from tests.served import serving

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = Path(__file__).parent.parent / "api" / "explorer" / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = os.environ.get("KG_SCREENS")
"""A folder to leave a picture of every view in, to look at."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; the explorer was not tried in a browser"),
    pytest.mark.skipif(not BUILT.is_dir(), reason="the explorer is not built; scripts/build_explorer does"),
]

WIDE, NARROW = (1280, 900), (390, 844)
QUESTION = "methods evaluated on MT-Bench"
DPO, BENCH = "method/direct-preference-optimization", "benchmark/mt-bench"
CONSTRUCT = "CONSTRUCT { ?m akg:evaluatedOn ?b } WHERE { ?m akg:evaluatedOn ?b } LIMIT 5"
VIEWS = {
    "start": "/",
    "answer": f"/?{urlencode({'q': QUESTION})}",
    "no answer": f"/?{urlencode({'q': 'why is the sky blue'})}",
    "benchmark": f"/id/{BENCH}",
    "method": f"/id/{DPO}",
    "paper": "/id/paper/arXiv:2305.18290",
    "browse": "/browse/methods",
    "compare": f"/compare?{urlencode({'ids': [DPO, 'method/simple-preference-optimization']}, doseq=True)}",
    "disputed": "/disputed",
    "path": f"/path?{urlencode({'from': DPO, 'to': BENCH})}",
    "graph": f"/graph?{urlencode({'node': BENCH})}",
    "graph, none chosen": "/graph",
    "sparql": f"/sparql?{urlencode({'query': CONSTRUCT})}",
    "cypher": "/cypher",
    "decisions": "/decisions",
    "curate": "/curate",
    "ontology": "/ontology",
    "nowhere": "/nowhere",
}


@dataclass
class Watch:
    """What a page did that no page should: errors in the console, requests to elsewhere."""

    home: str
    errors: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    def on(self, page: Page) -> None:
        page.on("console", lambda said: self._said(page, said))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)

    def _said(self, page: Page, said: ConsoleMessage) -> None:
        # A page may itself be an answer of 404 or 422, which the browser notes as an error of that address.
        if said.type == "error" and said.location["url"] != page.url:
            self.errors.append(said.text)

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.netloc != self.home:
            self.strange.append(request.url)


@pytest.fixture(scope="module")
def address(corpus_db: Path) -> Iterator[str]:
    settings = Settings(query_seconds=2.0)
    with open_workspace(corpus_db, settings=settings) as graph, serving(create_app(graph, settings)) as where:
        yield where


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # The sandbox needs rights that a container's root has not; the pages are ours.
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


Opened = Callable[..., Page]


@pytest.fixture
def watch(address: str) -> Watch:
    return Watch(urlsplit(address).netloc)


@pytest.fixture
def opened(browser: Browser, address: str, watch: Watch) -> Iterator[Opened]:
    """Open an address of the service at a size, in light or dark."""
    with _contexts(browser) as context:

        def open_page(at: str, size: tuple[int, int] = WIDE, scheme: str = "light") -> Page:
            page = context(size, scheme)
            watch.on(page)
            page.goto(f"{address}{at}")
            page.wait_for_load_state("networkidle")
            return page

        yield open_page


@contextmanager
def _contexts(browser: Browser) -> Iterator[Callable[[tuple[int, int], str], Page]]:
    made = []

    def context(size: tuple[int, int], scheme: str) -> Page:
        dark = scheme == "dark"
        made.append(
            browser.new_context(
                viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
            )
        )
        return made[-1].new_page()

    yield context
    for each in made:
        each.close()


def serious(page: Page) -> list[str]:
    """Return what axe finds that keeps people out."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:160]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


# --- every view -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide", "narrow"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_whole(opened: Opened, watch: Watch, view: str, size: tuple[int, int], scheme: str) -> None:
    page = opened(VIEWS[view], size, scheme)
    if SCREENS:
        page.screenshot(path=Path(SCREENS) / f"{view}-{size[0]}.png", full_page=True)
    expect(page.locator("h1")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], "it scrolls sideways"
    assert serious(page) == []
    assert watch.strange == []
    assert watch.errors == []


# --- the way of somebody new ------------------------------------------------------------------------------


def test_a_name_typed_is_suggested_and_leads_to_its_sentences_by_keys_alone(opened: Opened) -> None:
    page = opened("/")
    page.keyboard.type("mt-b")
    option = page.get_by_role("option").first
    expect(option).to_contain_text("MT-Bench")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/id/{BENCH}$"))
    claim = page.locator("[id='evaluatedOn-object'] + * details").first
    claim.locator("summary").press("Enter")
    expect(claim.locator("blockquote mark.object").first).to_be_visible()


def test_a_question_is_answered_with_sentences_whose_ends_are_marked(opened: Opened) -> None:
    page = opened("/")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    rows = page.locator("ol.rows > li.row")
    expect(rows.nth(3)).to_be_attached()
    expect(rows.first.locator("blockquote mark.object")).to_contain_text("MT-Bench")


def test_the_content_can_be_reached_without_the_navigation(opened: Opened) -> None:
    page = opened(f"/id/{BENCH}")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_words_of_an_abstract_lead_to_what_they_name(opened: Opened) -> None:
    page = opened(VIEWS["paper"])
    mention = page.locator("p.abstract a.mention").first
    name = mention.inner_text()
    mention.click()
    page.wait_for_url(re.compile("/id/"))
    assert name.lower() in page.locator("main").inner_text().lower()


# --- the graph --------------------------------------------------------------------------------------------


def test_filters_of_the_graph_are_in_its_address(opened: Opened) -> None:
    page = opened(VIEWS["graph"])
    things = page.locator("#things [role=option]:visible")
    expect(things).not_to_have_count(0)
    before = things.count()
    page.locator("#filters input[name=belief]").fill("0.8")
    expect(page).to_have_url(re.compile(r"belief=0\.8"))
    expect(things).not_to_have_count(before)
    fewer = things.count()
    assert fewer < before
    again = opened(page.url.partition(urlsplit(page.url).netloc)[2])
    expect(again.locator("#things [role=option]:visible")).to_have_count(fewer)


def test_a_thing_of_the_graph_is_chosen_by_keys_and_tells_what_it_is(opened: Opened) -> None:
    page = opened(VIEWS["graph"])
    page.locator("#things [role=listbox]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#chosen a[href^='/id/']").first).to_be_visible()


# --- the editors ------------------------------------------------------------------------------------------


def test_a_query_runs_by_its_keys_and_its_address_holds_it(opened: Opened) -> None:
    page = opened("/sparql?" + urlencode({"query": "SELECT ?m WHERE { ?m a akg:Benchmark } LIMIT 3"}))
    page.locator(".CodeMirror, .yasqe").first.click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer table.cells tbody tr")).to_have_count(3)
    assert "query=" in page.url


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT ?m WHERE { ?m a", "line 1"),
        ("SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c > ?i) }", "add LIMIT"),
    ],
    ids=["syntax", "slow"],
)
def test_a_query_that_fails_says_why_and_what_to_do(opened: Opened, query: str, says: str) -> None:
    page = opened("/sparql")
    page.evaluate("query => { location.href = '/sparql?' + new URLSearchParams({query}) }", query)
    fault = page.locator("#answer .fault, .problem")
    expect(fault.first).to_contain_text(says, timeout=15_000)


# --- curation ---------------------------------------------------------------------------------------------


def test_a_statement_is_accepted_with_a_token_and_taken_back(
    browser: Browser, corpus_db: Path, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "kg", Settings()
    shutil.copytree(corpus_db, folder)
    token = Tokens(folder).add("ada", ["curate"])
    with (
        open_workspace(folder, settings=settings) as graph,
        serving(create_app(graph, settings)) as where,
        _contexts(browser) as context,
    ):
        statement = graph.find("what outperforms DPO").rows[0].statement
        page = context(WIDE, "light")
        page.goto(f"{where}/id/{statement}")
        page.locator(".curation a.enter").click()
        page.locator("#token-field").fill(token)
        page.keyboard.press("Enter")
        page.locator(".curation button.open").click()
        page.locator("#curation-panel input[value=accept]").check()
        page.locator("#curation-panel textarea[name=reason]").fill("read in the paper")
        page.get_by_role("button", name="See what changes").click()
        page.locator("#curation-panel .effect button").first.click()
        done = page.locator("#curation .done")
        expect(done).to_contain_text("accept", ignore_case=True)
        assert graph.node(str(statement)).curated  # type: ignore[union-attr]
        page.get_by_role("button", name="Undo").click()
        expect(done).to_contain_text("taken back", ignore_case=True)
        assert not graph.node(str(statement)).curated  # type: ignore[union-attr]


# --- a service that is gone -------------------------------------------------------------------------------


def gone(route: Route) -> None:
    route.abort("connectionrefused")


def test_suggestions_of_a_service_that_is_gone_leave_the_box_usable(opened: Opened) -> None:
    page = opened("/")
    page.route("**/v1/**", gone)
    with page.expect_event("requestfailed"):
        page.keyboard.type("mt-b")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(page.locator("main input[type=search]")).to_have_value("mt-b")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("mt-b"))


def test_the_graph_of_a_service_that_is_gone_says_so(opened: Opened) -> None:
    page = opened(VIEWS["graph"])
    page.route("**/v1/**", gone)
    page.locator("#filters select[name=depth]").select_option("2")
    expect(page.locator("#graph-problem")).to_contain_text("kg serve")


def test_the_editor_of_a_service_that_is_gone_says_so(opened: Opened) -> None:
    page = opened("/sparql")
    page.route("**/sparql**", gone)
    page.locator(".editor button.run").click()
    expect(page.locator(".editor .state")).to_contain_text("kg serve")
