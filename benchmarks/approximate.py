"""The approximate index of a large gallery against the exact one.

The rows are blends of real features: each lies at a random place between the row of an image and
one of its ten nearest neighbours, with a little noise, of length 1. The queries are drawn likewise.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.limits import tell
from core.feature_store import ImageTable, IndexSnapshot
from core.model import l2_normalise
from core.search import (
    ApproximateIndex,
    Feedback,
    Filters,
    LocalIndex,
    SearchOptions,
    closest_rows,
    search,
)
from core.types import Array, ImageRecord, Rows

MATCHES, QUERIES = 30, 100
SIZES = (100_000, 1_000_000)
_NOISE = 0.01
_ROWS_AT_ONCE = 20_000


def measure_approximate(snapshot: IndexSnapshot, folder: Path) -> None:
    """Print times and recalls at each of ``SIZES``.

    Args:
        snapshot: Of real images, with neighbours.
        folder: For the matrices.
    """
    for size in SIZES:
        path = folder / f"blends-{size}.npy"
        matrix = np.lib.format.open_memmap(path, "w+", np.float32, (size, snapshot.matrix.shape[1]))
        for start in range(0, size, _ROWS_AT_ONCE):
            part = matrix[start : start + _ROWS_AT_ONCE]
            part[:] = blends(snapshot, len(part), seed=start)
        matrix.flush()
        _measure(np.load(path, mmap_mode="r", allow_pickle=False), snapshot, folder)
        path.unlink()


def blends(snapshot: IndexSnapshot, count: int, *, seed: int) -> Array:
    """Rows as the head of the module says, ``(count, d)`` float32."""
    assert snapshot.neighbours
    rng = np.random.default_rng(seed)
    first = rng.integers(len(snapshot.matrix), size=count)
    column = rng.integers(snapshot.neighbours.rows.shape[1], size=count)
    second = snapshot.neighbours.rows[first, column]
    place = rng.random((count, 1), np.float32)
    rows = (1 - place) * snapshot.matrix[first] + place * snapshot.matrix[second]
    return l2_normalise(rows + _NOISE * rng.standard_normal(rows.shape, np.float32))


def _measure(matrix: Array, snapshot: IndexSnapshot, folder: Path) -> None:
    size = len(matrix)
    large = size >= SIZES[-1]
    print(f"\napproximate index, {size:,} rows of {matrix.shape[1]} numbers, {MATCHES} matches")
    started = time.perf_counter()
    made = ApproximateIndex.of(matrix)
    file = folder / f"blends-{size}.faiss"
    with file.open("wb") as opened:
        made.save(opened)
    tell("made and saved", time.perf_counter() - started, "s", limit=60 if large else None)
    tell("its file", file.stat().st_size / 1e6, "MB")
    index, exact = ApproximateIndex.load(file, matrix), partial(closest_rows, matrix)
    queries = blends(snapshot, QUERIES, seed=1)
    for share in (1.0, 0.1, 0.01):
        passing = None
        if share < 1:
            passing = np.flatnonzero(np.random.default_rng(3).random(size) < share)
        by_index, found = _timed(index.search, queries, passing)
        by_all, expected = _timed(exact, queries[:20], passing)
        limit = (0.8 if large else 0.4) if passing is None else 5
        name = "every row" if passing is None else f"a filter that {share:.0%} pass"
        _tell_fine(f"{name}: median", by_index, "ms", limit)
        recall = np.mean(
            [
                len(np.intersect1d(one, two)) / MATCHES
                for one, two in zip(found, expected, strict=False)
            ]
        )
        tell("  recall@30", 100 * float(recall), "%", limit=99, least=True)
        tell("  exact", by_all, "ms")
        if passing is None:
            ratio = 100 if large else None
            tell("  times as fast", by_all / by_index, "", limit=ratio, least=True)
    _whole_search(matrix, file, queries, snapshot, limit=10 if large else None)


def _whole_search(
    matrix: Array, file: Path, queries: Array, known: IndexSnapshot, *, limit: float | None
) -> None:
    """With filters, marks and records, as the engine searches, without the model."""
    names = [f"{row % 50:02}/{row:07}.jpg" for row in range(len(matrix))]
    images = ImageTable.of(
        ImageRecord(name, row, row, f"{row:032x}", 300 + row % 7, 300, "2024-05-06T07:08:09")
        for row, name in enumerate(sorted(names))
    )
    snapshot = IndexSnapshot(
        library=Path("/library"),
        space=known.space,
        generation=1,
        published_at="",
        images=images,
        rows=matrix,
        fit=known.fit,
        distances=known.distances,
        approximate=file,
        recall=1.0,
    )
    local = LocalIndex(snapshot)
    marks = Feedback((images[5].id, images[9].id), (images[11].id,))
    filters = Filters(folders=("03", "04", "05", "07"), min_side=300, orientations=("landscape",))
    for name, options in (
        ("a search with nothing else", SearchOptions()),
        ("with marks", SearchOptions(feedback=marks)),
        ("with marks and filters", SearchOptions(feedback=marks, filters=filters)),
    ):
        times = []
        for query in queries:
            started = time.perf_counter()
            search(snapshot, query[None], options, index=local)
            times.append(time.perf_counter() - started)
        _tell_fine(name, statistics.median(times) * 1000, "ms", limit)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    tell("peak memory of this process, the mapped matrix included", peak, "MB")


def _timed(
    find: Callable[..., tuple[Array, Rows]], queries: Array, among: Rows | None
) -> tuple[float, list[Rows]]:
    """Median milliseconds of a query, and what was found."""
    find(queries[:1], MATCHES, among=among)
    times, found = [], []
    for query in queries:
        started = time.perf_counter()
        found.append(find(query[None], MATCHES, among=among)[1])
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000, found


def _tell_fine(name: str, value: float, unit: str, limit: float | None) -> None:
    tell(f"{name} ({value:.2f})", value, unit, limit=limit)
