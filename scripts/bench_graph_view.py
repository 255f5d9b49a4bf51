"""Measure how smoothly the graph view shows thousands of nodes: `python -m scripts.bench_graph_view ADDRESS`.

ADDRESS is a running service. What it sends for `/v1/graph` is replaced by an invented graph of the same
shape, so that its size can be chosen. Prints frame times in milliseconds while the layout runs, and while the
picture is moved, zoomed and pointed at; without a GPU, as drawn by the processor.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from statistics import median

from playwright.sync_api import Page, Route, sync_playwright

from kg.records import JSON
from kg.vocabulary import load_vocabulary

CHROMIUM = "/usr/bin/chromium"
WITHOUT_A_GPU = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
RECORD = """() => {
  window.frames_ = []; let last = performance.now(); window.recording_ = true;
  const next = (now) => {
    frames_.push(now - last); last = now;
    if (recording_) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""


def invented(nodes: int, statements: int) -> JSON:
    """Return a graph in the shape of `/v1/graph` in which a few things are joined to very many."""
    vocabulary, chance = load_vocabulary(), random.Random(5)  # the same graph every time
    types, predicates = list(vocabulary.types.values()), list(vocabulary.predicates.values())
    made = [(f"{(kind := chance.choice(types)).slug}/thing-{i}", kind.name) for i in range(nodes)]
    ends = [(min(int(chance.paretovariate(0.6)) - 1, i - 1), i) for i in range(1, nodes)]
    ends += [(chance.randrange(nodes), chance.randrange(nodes)) for _ in range(statements - len(ends))]
    edges = [
        {
            "id": f"statement/{i:016x}",
            "source": made[end][0],
            "target": made[start][0],
            "predicate": (predicate := chance.choice(predicates)).name,
            "label": predicate.label,
            "belief": round(chance.uniform(0.2, 1), 3),
            "papers": 1,
            "first_year": 2024,
            "last_year": 2024,
        }
        for i, (start, end) in enumerate(ends)
    ]
    things = [
        {"id": id_, "name": f"Thing {i}", "type": kind, "papers": 1} for i, (id_, kind) in enumerate(made)
    ]
    facts = {"around": [made[0][0]], "ends": [], "way": [], "total": statements, "unfollowed": 0, "note": ""}
    return {"nodes": things, "edges": edges, **facts}


def frames(page: Page, act: Callable[[], None]) -> str:
    """Return what frames took while something was done: their median, their 95th percentile, the longest."""
    page.evaluate(RECORD)
    act()
    times = sorted(page.evaluate("() => { recording_ = false; return frames_; }"))
    worst = times[int(len(times) * 0.95)]
    return (
        f"{len(times)} frames: median {median(times):.0f}, 95 % within {worst:.0f}, longest {times[-1]:.0f}"
    )


def measure(page: Page, address: str, graph: JSON) -> None:
    """Show the graph, and print what its frames take."""
    page.goto(f"{address}/graph?node=benchmark/mt-bench")
    page.locator("#graph-app").wait_for()
    page.wait_for_timeout(3_000)

    def answer(route: Route) -> None:
        route.fulfill(body=json.dumps(graph), content_type="application/json")

    page.route("**/v1/graph?*", answer)

    def show() -> None:
        page.select_option("[name=limit]", "10000")
        page.locator("#things li").nth(len(graph["nodes"]) - 1).wait_for(state="attached")
        page.locator("#canvas:not([data-moving])").wait_for(timeout=120_000)

    print("until it rests:", frames(page, show))
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def move() -> None:
        page.mouse.move(x + 150, y + 150)
        page.mouse.down()
        for step in range(40):
            page.mouse.move(x + 150 - 5 * step, y + 150 - 3 * step)
        page.mouse.up()

    def zoom() -> None:
        for step in range(20):
            page.mouse.wheel(0, -120 if step < 10 else 120)
            page.wait_for_timeout(60)

    def point() -> None:
        for step in range(60):
            page.mouse.move(x - 150 + 5 * step, y - 40 + step)
            page.wait_for_timeout(15)

    for name, act in (("moved", move), ("zoomed", zoom), ("pointed at", point)):
        print(f"{name}:", frames(page, act))


def main() -> None:
    """Measure the view of the service at an address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--nodes", type=int, default=5_000)
    parser.add_argument("--statements", type=int, default=10_000)
    given = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*WITHOUT_A_GPU, "--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        measure(page, given.address.rstrip("/"), invented(given.nodes, given.statements))
        browser.close()


if __name__ == "__main__":
    main()
