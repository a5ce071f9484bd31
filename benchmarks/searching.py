"""Exact search by distance and by neighbourhood against comparing with every row.

Features of 128 numbers, as the fit ``neighbours`` makes them, are searched in turn with those of
512, so that the ratio of the two holds on a busy machine as well.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.limits import tell
from core.feature_store import find_neighbours
from core.model import l2_normalise
from core.search import closest_rows, rank_by_neighbourhood
from core.types import Array

WIDE, NARROW = 512, 128
MATCHES = 30
QUERIES = 50

Search = Callable[[Array], object]


def measure_searching(folder: Path, sizes: tuple[int, ...] = (9_409, 100_000)) -> None:
    """Print milliseconds a query over memory-mapped matrices.

    Args:
        folder: For the matrices.
        sizes: Numbers of rows.
    """
    print(f"\nsearching, {MATCHES} matches, median of {QUERIES} queries in turn")
    for size in sizes:
        searches: dict[str, list[Search]] = {}
        queries = []
        for width in (WIDE, NARROW):
            generator = np.random.default_rng(width)
            path = folder / f"matrix-{size}-{width}.npy"
            np.save(path, l2_normalise(generator.random((size, width), np.float32)))
            matrix = np.load(path, mmap_mode="r", allow_pickle=False)
            queries.append(l2_normalise(generator.random((QUERIES, width), np.float32)))
            started = time.perf_counter()
            neighbours = find_neighbours(matrix)
            seconds = time.perf_counter() - started
            limit = 5 if size < 10_000 else None
            tell(f"{size:,} rows of {width}: their neighbours", seconds, "s", limit=limit)
            by_neighbourhood = partial(rank_by_neighbourhood, matrix, neighbours, k=MATCHES)
            searches.setdefault("ancestor's scan", []).append(partial(_scan, matrix))
            searches.setdefault("by distance", []).append(partial(closest_rows, matrix, k=MATCHES))
            searches.setdefault("by neighbourhood", []).append(by_neighbourhood)
        for name, both in searches.items():
            wide, narrow = medians(both, queries)
            for width, one in ((WIDE, wide), (NARROW, narrow)):
                tell(f"{size:,} rows of {width}, {name} ({one:.2f})", one, "ms")
            # The target is for the search that the gallery is asked by.
            half = 0.5 if name == "by distance" else None
            ratio = narrow / wide
            tell(f"  {NARROW} to {WIDE} numbers ({ratio:.2f})", ratio, "", limit=half)


def medians(searches: Sequence[Search], queries: Sequence[Array]) -> list[float]:
    """Median milliseconds of searches that are asked in turn, each with its own queries."""
    times: list[list[float]] = [[] for _ in searches]
    for search, rows in zip(searches, queries, strict=True):
        search(rows[:1])
    for number in range(len(queries[0])):
        for search, rows, taken in zip(searches, queries, times, strict=True):
            started = time.perf_counter()
            search(rows[number : number + 1])
            taken.append(time.perf_counter() - started)
    return [statistics.median(taken) * 1000 for taken in times]


def _scan(matrix: Array, query: Array) -> object:
    return np.argsort(np.linalg.norm(matrix - query, axis=1))[:MATCHES]
