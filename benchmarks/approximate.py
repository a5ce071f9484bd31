"""The approximate index of a large gallery against the exact one, with 512 and with 128 numbers.

The pictures are blends of real ones: each lies at a random place between the centred feature of an
image and one of its ten nearest neighbours, with a little noise, of length 1. The queries are drawn
likewise. The rows of 128 numbers are the same pictures, by the fit ``neighbours`` of the real ones.
Both are searched in turn, so that the ratio of the two holds on a busy machine as well.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.limits import tell
from benchmarks.searching import medians
from core.engine import ImageSearchEngine
from core.feature_store import ImageTable, IndexSnapshot, find_neighbours
from core.model import Fit, FitChoice, l2_normalise, learn_fit
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

MATCHES, QUERIES = 30, 200
# An exact search of a million rows takes a while, and one of several queries more.
CHECKED, SEVERAL = 100, 20
SIZES = (100_000, 1_000_000)
_NOISE = 0.01
_ROWS_AT_ONCE = 20_000


class Blends:
    """Pictures between the real ones of an index.

    Args:
        extracted: Features of the real ones ``(n, d)``, float32 unit rows.
    """

    def __init__(self, extracted: Array) -> None:
        self._centred = learn_fit(extracted, FitChoice.of("centre")).apply(extracted)
        self._near = find_neighbours(self._centred).rows
        fits = (FitChoice.of(kind) for kind in ("none", "neighbours"))
        self.fits = [learn_fit(self._centred, choice) for choice in fits]

    def draw(self, count: int, *, seed: int) -> Array:
        """Centred features as the head of the module says, ``(count, d)`` float32."""
        rng = np.random.default_rng(seed)
        first = rng.integers(len(self._centred), size=count)
        second = self._near[first, rng.integers(self._near.shape[1], size=count)]
        place = rng.random((count, 1), np.float32)
        rows = (1 - place) * self._centred[first] + place * self._centred[second]
        return l2_normalise(rows + _NOISE * rng.standard_normal(rows.shape, np.float32))


@dataclass(frozen=True)
class Gallery:
    """The same pictures and queries by one fit, in an approximate index.

    Attributes:
        fit: Of blends.
        matrix: ``(n, width)``, mapped.
        file: Of the index.
        index: Loaded from it.
        queries: ``(QUERIES, width)``.
    """

    fit: Fit
    matrix: Array
    file: Path
    index: ApproximateIndex
    queries: Array


def measure_approximate(engine: ImageSearchEngine, folder: Path) -> None:
    """Print times and recalls at each of ``SIZES``.

    Args:
        engine: Has a gallery of some thousand real images.
        folder: For the matrices.
    """
    snapshot, features = engine.features()
    blends = Blends(features[snapshot.space.descriptor])
    for size in SIZES:
        galleries = _galleries(blends, size, folder)
        _compare(galleries, size)
        narrow = galleries[-1]
        limit = 10 if size == SIZES[-1] else None
        _whole_search(narrow, snapshot, limit=limit)


def _galleries(blends: Blends, size: int, folder: Path) -> list[Gallery]:
    """Galleries of so many blends by each fit, made and saved."""
    print(f"\napproximate index, {size:,} rows, {MATCHES} matches")
    paths = [folder / f"blends-{size}-{fit.dimension}.npy" for fit in blends.fits]
    matrices = [
        np.lib.format.open_memmap(path, "w+", np.float32, (size, fit.dimension))
        for path, fit in zip(paths, blends.fits, strict=True)
    ]
    for start in range(0, size, _ROWS_AT_ONCE):
        rows = blends.draw(min(_ROWS_AT_ONCE, size - start), seed=start)
        for matrix, fit in zip(matrices, blends.fits, strict=True):
            matrix[start : start + len(rows)] = fit.apply(rows)
    galleries, queries = [], blends.draw(QUERIES, seed=1)
    for path, written, fit in zip(paths, matrices, blends.fits, strict=True):
        written.flush()
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
        started = time.perf_counter()
        made = ApproximateIndex.of(matrix)
        file = path.with_suffix(".faiss")
        with file.open("wb") as opened:
            made.save(opened)
        limit = 60 if size == SIZES[-1] else None
        name = f"{fit.dimension} numbers"
        tell(f"{name}: made and saved", time.perf_counter() - started, "s", limit=limit)
        tell(f"{name}: its file", file.stat().st_size / 1e6, "MB")
        index = ApproximateIndex.load(file, matrix)
        galleries.append(Gallery(fit, matrix, file, index, fit.apply(queries)))
    return galleries


def _compare(galleries: Sequence[Gallery], size: int) -> None:
    """Tell times and recalls of the same searches in each of the galleries."""
    large = size == SIZES[-1]
    queries = [gallery.queries for gallery in galleries]
    for share in (1.0, 0.1, 0.01):
        passing = None
        if share < 1:
            passing = np.flatnonzero(np.random.default_rng(3).random(size) < share)
        name = "every row" if passing is None else f"a filter that {share:.0%} pass"
        options = {"k": MATCHES, "among": passing}
        times = medians([partial(one.index.search, **options) for one in galleries], queries)
        _tell_both(galleries, name, times, [0.8, 0.5] if large and passing is None else None)
        ratio = times[1] / times[0]
        tell(f"  ratio ({ratio:.2f})", ratio, "", limit=0.5 if passing is None else None)
        for gallery in galleries:
            asked = [query[None] for query in gallery.queries[:CHECKED]]
            _tell_recall(gallery, f"  {gallery.fit.dimension} numbers: recall@30", asked, passing)
    exact = medians(
        [partial(closest_rows, one.matrix, k=MATCHES) for one in galleries],
        [rows[:SEVERAL] for rows in queries],
    )
    _tell_both(galleries, "exact", exact)
    ratio = exact[1] / exact[0]
    tell(f"  ratio ({ratio:.2f})", ratio, "", limit=0.5)
    for gallery in galleries:
        # Each with one of the nearest others.
        near = gallery.queries @ gallery.queries.T
        pairs = [gallery.queries[[row, np.argsort(-near[row])[4]]] for row in range(SEVERAL)]
        _tell_recall(gallery, f"{gallery.fit.dimension} numbers, near two: recall@30", pairs, None)


def _tell_recall(gallery: Gallery, name: str, asked: Sequence[Array], passing: Rows | None) -> None:
    shares = []
    for queries in asked:
        found = gallery.index.search(queries, MATCHES, among=passing)[1]
        expected = closest_rows(gallery.matrix, queries, MATCHES, among=passing)[1]
        shares.append(len(np.intersect1d(found, expected)) / MATCHES)
    tell(name, 100 * float(np.mean(shares)), "%", limit=99, least=True)


def _tell_both(
    galleries: Sequence[Gallery],
    name: str,
    times: Sequence[float],
    limits: Sequence[float] | None = None,
) -> None:
    for gallery, taken, limit in zip(galleries, times, limits or (None, None), strict=True):
        said = f"{gallery.fit.dimension} numbers, {name}: median ({taken:.2f})"
        tell(said, taken, "ms", limit=limit)


def _whole_search(gallery: Gallery, known: IndexSnapshot, *, limit: float | None) -> None:
    """With filters, marks and records, as the engine searches, without the model."""
    names = [f"{row % 50:02}/{row:07}.jpg" for row in range(len(gallery.matrix))]
    images = ImageTable.of(
        ImageRecord(name, row, row, f"{row:032x}", 300 + row % 7, 300, "2024-05-06T07:08:09")
        for row, name in enumerate(sorted(names))
    )
    snapshot = replace(
        known,
        images=images,
        rows=gallery.matrix,
        fit=gallery.fit,
        neighbours=None,
        approximate=gallery.file,
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
        for query in gallery.queries:
            started = time.perf_counter()
            search(snapshot, query[None], options, index=local)
            times.append(time.perf_counter() - started)
        median = statistics.median(times) * 1000
        tell(f"{name} ({median:.2f})", median, "ms", limit=limit)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    tell("peak memory of this process, the mapped matrix included", peak, "MB")
