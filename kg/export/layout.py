"""Places for the nodes of a network: the same graph gets the same places on every run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import pi, sqrt
from typing import NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

GOLDEN_ANGLE = pi * (3 - sqrt(5))
MOST_SPREAD = 150
"""Larger parts are left as the forces put them: pushing all pairs apart would take minutes."""
SHAPE = 1.5
"""Width of a page to its height."""
ROUNDS = 120
GRAVITY = 0.06
HUB_PUSH = 0.8
"""How much more a node pushes for each of its links: 1 pulls hubs far apart, 0 makes one heap."""
Numbers = NDArray[np.float32]
Gap = tuple[float, float]
"""The least room between two boxes, across and down."""


class Box(NamedTuple):
    """A rectangle by its middle and its size."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: Box, gap: Gap = (0.0, 0.0)) -> tuple[float, float]:
        """Return how far two boxes overlap in width and height; one of both is negative if they do not."""
        return (
            (self.width + other.width) / 2 + gap[0] - abs(self.x - other.x),
            (self.height + other.height) / 2 + gap[1] - abs(self.y - other.y),
        )


def force_layout(count: int, links: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    """Place nodes so that linked ones are near and all others apart; linked ones end about 1 apart.

    Nodes push each other away in proportion to their links and links pull, as in ForceAtlas2; nodes begin on
    a spiral and not at random.
    """
    if count == 0:
        return []
    turns = np.arange(count, dtype=np.float32)
    radius = np.sqrt(turns + 0.5)
    places = np.stack([radius * np.cos(turns * GOLDEN_ANGLE), radius * np.sin(turns * GOLDEN_ANGLE)], axis=1)
    places = places.astype(np.float32)
    starts = np.array([a for a, _ in links], dtype=np.int64)
    stops = np.array([b for _, b in links], dtype=np.int64)
    degree = np.bincount(np.concatenate([starts, stops]), minlength=count)
    weight = ((1 + degree) ** HUB_PUSH).astype(np.float32)
    for step in range(ROUNDS):
        force = _repulsion(places, weight) - GRAVITY * weight[:, None] * places
        pull = places[stops] - places[starts]
        np.add.at(force, starts, pull)
        np.add.at(force, stops, -pull)
        length = np.maximum(np.linalg.norm(force, axis=1, keepdims=True), 1e-6)
        reach = max(0.02, sqrt(count) * 0.25 * (1 - step / ROUNDS) ** 2)
        places = places + force / length * np.minimum(length / weight[:, None], reach)
    return _scaled(places, starts, stops)


def _repulsion(places: Numbers, weight: Numbers) -> Numbers:
    across = places[:, 0, None] - places[None, :, 0]
    down = places[:, 1, None] - places[None, :, 1]
    push = across * across + down * down + np.float32(1e-3)
    np.divide(weight[:, None] * weight[None, :], push, out=push)
    return np.stack([(across * push).sum(axis=1), (down * push).sum(axis=1)], axis=1)


def _scaled(
    places: Numbers, starts: NDArray[np.int64], stops: NDArray[np.int64]
) -> list[tuple[float, float]]:
    lengths = np.linalg.norm(places[stops] - places[starts], axis=1)
    unit = float(np.median(lengths[lengths > 1e-3])) if (lengths > 1e-3).any() else 1.0
    middle = places.mean(axis=0)
    return [(round(float(x), 4), round(float(y), 4)) for x, y in (places - middle) / unit]


def place(
    sizes: Sequence[tuple[float, float]],
    links: Sequence[tuple[int, int]],
    *,
    link: tuple[float, float],
    gap: Gap,
) -> list[Box]:
    """Place boxes of these sizes: each connected part by itself, all parts in rows; the top left is 0, 0."""
    parts = _components(len(sizes), links)
    laid = [_place_part(part, sizes, links, link, gap) for part in parts]
    boxes: dict[int, Box] = {}
    for part, moved in zip(parts, _in_rows(laid, 2 * gap[1]), strict=True):
        boxes |= zip(part, moved, strict=True)
    return [boxes[i] for i in range(len(sizes))]


def _components(count: int, links: Sequence[tuple[int, int]]) -> list[list[int]]:
    graph = nx.Graph(links)
    graph.add_nodes_from(range(count))
    return sorted((sorted(part) for part in nx.connected_components(graph)), key=lambda p: (-len(p), p))


def _place_part(
    part: Sequence[int],
    sizes: Sequence[tuple[float, float]],
    links: Sequence[tuple[int, int]],
    link: tuple[float, float],
    gap: Gap,
) -> list[Box]:
    number = {node: i for i, node in enumerate(part)}
    inside = [(number[a], number[b]) for a, b in links if a in number]
    places = force_layout(len(part), inside)
    boxes = [Box(x * link[0], y * link[1], *sizes[i]) for i, (x, y) in zip(part, places, strict=True)]
    return spread(boxes, gap) if len(boxes) <= MOST_SPREAD else boxes


def _in_rows(parts: Sequence[Sequence[Box]], gap: float) -> list[list[Box]]:
    """Move each part to its place in rows of about one width, the first part at the top left."""
    outlines = [_outline(part) for part in parts]
    area = sum((right - left + gap) * (bottom - top + gap) for left, top, right, bottom in outlines)
    widest = max((right - left for left, _, right, _ in outlines), default=0.0)
    room = max(widest, sqrt(area * SHAPE))
    x = y = tallest = 0.0
    moved = []
    for part, (left, top, right, bottom) in zip(parts, outlines, strict=True):
        if x > 0 and x + right - left > room:
            x, y, tallest = 0.0, y + tallest + gap, 0.0
        moved.append([_shifted(box, x - left, y - top) for box in part])
        x += right - left + gap
        tallest = max(tallest, bottom - top)
    return moved


def _outline(boxes: Sequence[Box]) -> tuple[float, float, float, float]:
    return (
        min(box.x - box.width / 2 for box in boxes),
        min(box.y - box.height / 2 for box in boxes),
        max(box.x + box.width / 2 for box in boxes),
        max(box.y + box.height / 2 for box in boxes),
    )


def spread(boxes: Sequence[Box], gap: Gap, rounds: int = 400) -> list[Box]:
    """Push boxes apart until none overlaps another, moving each as little as may be."""
    moved = list(boxes)
    for _ in range(rounds):
        if not _push_once(moved, gap):
            break
    return moved


def _push_once(boxes: list[Box], gap: Gap) -> bool:
    any_moved = False
    for i, j in combinations(range(len(boxes)), 2):
        across, down = boxes[i].overlap(boxes[j], gap)
        if across <= 0 or down <= 0:
            continue
        any_moved = True
        if across < down:
            step = _signed(across, boxes[i].x - boxes[j].x)
            boxes[i], boxes[j] = _shifted(boxes[i], step, 0), _shifted(boxes[j], -step, 0)
        else:
            step = _signed(down, boxes[i].y - boxes[j].y)
            boxes[i], boxes[j] = _shifted(boxes[i], 0, step), _shifted(boxes[j], 0, -step)
    return any_moved


def _signed(overlap: float, side: float) -> float:
    half = overlap / 2 + 0.01
    return half if side >= 0 else -half


def _shifted(box: Box, x: float, y: float) -> Box:
    return box._replace(x=box.x + x, y=box.y + y)


def rim(box: Box, towards: tuple[float, float], gap: float = 2.0) -> tuple[float, float]:
    """Return where a line from the middle of a box to a point leaves the box.

    >>> rim(Box(0, 0, 20, 10), (100, 0), gap=0)
    (10.0, 0.0)
    """
    across, down = towards[0] - box.x, towards[1] - box.y
    if across == 0 and down == 0:
        return box.x, box.y
    reach = min(
        (box.width / 2 + gap) / abs(across) if across else float("inf"),
        (box.height / 2 + gap) / abs(down) if down else float("inf"),
    )
    return box.x + across * min(reach, 1), box.y + down * min(reach, 1)
