"""Exact search by distance and by neighbourhood against comparing with every row."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.limits import tell
from core.feature_store import Neighbours, find_neighbours
from core.model import l2_normalise
from core.search import closest_rows, rank_by_neighbourhood

DIMENSION = 512
MATCHES = 30


def measure_searching(folder: Path, sizes: tuple[int, ...] = (9_409, 100_000)) -> None:
    """Print milliseconds a query over a memory-mapped matrix.

    Args:
        folder: For the matrices.
        sizes: Numbers of rows.
    """
    generator = np.random.default_rng(0)
    print(f"\nsearching, {DIMENSION} numbers a feature, {MATCHES} matches, median of 50 queries")
    for size in sizes:
        path = folder / f"matrix-{size}.npy"
        np.save(path, l2_normalise(generator.random((size, DIMENSION), np.float32)))
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
        queries = l2_normalise(generator.random((50, 1, DIMENSION), np.float32).reshape(50, -1))

        def exact(query: np.ndarray, matrix: np.ndarray = matrix) -> object:
            return closest_rows(matrix, query, MATCHES)

        def brute(query: np.ndarray, matrix: np.ndarray = matrix) -> object:
            return np.argsort(np.linalg.norm(matrix - query, axis=1))[:MATCHES]

        started = time.perf_counter()
        neighbours = find_neighbours(matrix)
        seconds = time.perf_counter() - started

        def by_neighbourhood(
            query: np.ndarray, matrix: np.ndarray = matrix, neighbours: Neighbours = neighbours
        ) -> object:
            return rank_by_neighbourhood(matrix, neighbours, query, MATCHES)

        baseline = _median_ms(brute, queries)
        print(f"  {size:7,} rows: ancestor's scan {baseline:7.2f} ms")
        for name, search in (("distance", exact), ("neighbourhood", by_neighbourhood)):
            ours = _median_ms(search, queries)
            print(f"    by {name:13} {ours:7.2f} ms, {baseline / ours:4.1f} times as fast")
        tell("the lists of neighbours, made", seconds, "s", limit=5 if size < 10_000 else None)


def _median_ms(search: Callable[[np.ndarray], object], queries: np.ndarray) -> float:
    search(queries[:1])
    times = []
    for query in queries:
        start = time.perf_counter()
        search(query[None])
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000
