"""Approximate search of a large gallery with FAISS, re-ranked by the exact distances."""

from __future__ import annotations

import math
import sys
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError
from core.feature_store import LARGE
from core.search.exact import ALL, ExactIndex, distances_to
from core.types import Array, Rows

AUTO, EXACT, APPROXIMATE = INDEXES = ("auto", "exact", "approximate")
# Of the k-means, for each list; more rows train the lists no better.
_TRAINING_ROWS = 40
# Lists that are looked through; more where few rows may be found.
_PROBES = 9
# Rows whose exact distance is computed, for each query; at least twice as many as are asked for.
_CANDIDATES = 100
# Among so few rows an exact search is faster.
_FEW = 2_000
_ROWS_AT_ONCE = 50_000
# The lists are made anew when the gallery is this many times as large as when they were made, or
# when so large a share of their rows is gone.
_GROWTH = 2
_MOST_GONE = 0.2
_CHECKED_ROWS, _CHECKED_MATCHES = 200, 30


class ApproximateIndex:
    """Search over a matrix ``(n, d)`` of float32 unit rows, possibly memory-mapped.

    An inverted file of 8-bit rows (Jegou, Douze, Schmid 2011, "Product quantization for nearest
    neighbor search", section 4) gives the candidates; their distances are the real ones. Rows at
    the same distance come in the order of the matrix.

    Args:
        matrix: The rows.
        lists: An inverted file of FAISS of the rows by their numbers; -1 for a row that is gone.
    """

    def __init__(self, matrix: Array, lists: Any) -> None:
        self._matrix = np.asarray(matrix)
        self._lists = lists

    @classmethod
    def of(
        cls, matrix: Array, old: Path | None = None, old_rows: Rows | None = None
    ) -> ApproximateIndex:
        """Make an index of a matrix, from an older one where few rows changed.

        Args:
            matrix: ``(n, d)`` float32 unit rows; may be memory-mapped.
            old: File of the index of an older matrix.
            old_rows: For each row its number in the older matrix, -1 for a new row.
        """
        lists = _extended(matrix, old, old_rows) if old and old_rows is not None else None
        return cls(matrix, lists if lists is not None else _trained(matrix))

    @classmethod
    def load(cls, path: Path, matrix: Array) -> ApproximateIndex:
        """Map what ``save`` wrote into memory.

        Raises:
            ValueError: The file is damaged, or that of another matrix.
        """
        try:
            lists = faiss().read_index(str(path), faiss().IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise ValueError(f"no index of FAISS: {error}") from error
        numbers = (_row_numbers(lists, number) for number in range(lists.nlist))
        last = max(int(rows.max(initial=-1)) for rows in numbers)
        if lists.d != matrix.shape[1] or last != len(matrix) - 1:
            raise ValueError("an index of another matrix")
        return cls(matrix, lists)

    def save(self, file: BinaryIO) -> None:
        """Write the index."""
        faiss().write_index(self._lists, faiss().PyCallbackIOWriter(file.write))

    def search_together(
        self,
        queries: Array,
        k: int,
        *,
        combine: str = ALL,
        among: Rows | None = None,
        without: Rows | None = None,
    ) -> tuple[Array, Rows]:
        """About the ``k`` closest rows; see ``ExactIndex.search_together``."""
        count = len(self._matrix)
        left_out = without if without is not None else np.empty(0, np.int64)
        total = count if among is None else len(among)

        def closest_of(rows: Rows) -> tuple[Array, Rows]:
            if len(left_out):
                rows = np.setdiff1d(rows, left_out, assume_unique=True)
            distances = distances_to(self._matrix[rows], queries, combine)
            order = np.argsort(distances, kind="stable")[:k]
            return distances[order], rows[order]

        if total <= max(_FEW, 2 * k):
            return closest_of(np.arange(count) if among is None else among)
        wanted = max(2 * k, _CANDIDATES) + len(left_out)
        asked = queries if combine != ALL or len(queries) == 1 else _mean(queries)
        while True:
            found, bound = self._candidates(asked, min(wanted, total), among)
            distances, rows = closest_of(found)
            if wanted >= total or len(asked) == len(queries):
                break
            # The distance to the farthest query is at least the root of the mean of the squares,
            # which is 2 - 2 x·m for the mean m of the queries.
            if len(rows) == k and distances[-1] ** 2 <= 2 - 2 * bound:
                break
            wanted *= 4
        if len(rows) < k and len(rows) < total - len(left_out):
            return ExactIndex(self._matrix).search_together(
                queries, k, combine=combine, among=among, without=without
            )
        return distances, rows

    def nearest(self, queries: Array, k: int) -> tuple[Rows, Array]:
        """About the ``k`` closest rows of each query, by inner product.

        Args:
            queries: ``(m, d)`` float32 unit rows.
            k: At least 1; the matrix has as many rows.

        Returns:
            Row numbers and inner products float32, ``(m, k)`` each, largest first; -1 and minus
            infinity where fewer were found.
        """
        _, found = self._lists.search(queries, 2 * k, params=self._parameters(1.0))
        rows = np.where(found < 0, 0, found)
        products = np.einsum("mkd,md->mk", self._matrix[rows], queries)
        products[found < 0] = -np.inf
        order = np.argsort(-products, axis=1, kind="stable")[:, :k]
        return (
            np.take_along_axis(found, order, axis=1),
            np.take_along_axis(products, order, axis=1),
        )

    def recall(self) -> float:
        """The share of the 30 closest rows to some of its own rows that are found, 0 to 1."""
        rows = np.random.RandomState(0).permutation(len(self._matrix))[:_CHECKED_ROWS]
        exact = ExactIndex(self._matrix)
        shares = []
        for row in np.sort(rows):
            query = self._matrix[row : row + 1]
            expected = exact.search_together(query, _CHECKED_MATCHES)[1]
            found = self.search_together(query, _CHECKED_MATCHES)[1]
            shares.append(len(np.intersect1d(expected, found)) / len(expected))
        return float(np.mean(shares))

    def _candidates(self, queries: Array, count: int, among: Rows | None) -> tuple[Rows, float]:
        """Rows near any of the queries, ascending, and the least inner product of those asked for.

        All rows that are not among them have a smaller one, as far as the lists tell.
        """
        share, selector = 1.0, None
        if among is not None:
            share = len(among) / len(self._matrix)
            selector = _selector(among, len(self._matrix))
        products, found = self._lists.search(
            queries, count, params=self._parameters(share, selector)
        )
        known = found >= 0
        # The 8 bits of a row are off by less than this.
        bound = float(products.min()) - 1e-2 if known.all() else -1.0
        rows = found[known]
        return np.unique(rows) if len(queries) > 1 else np.sort(rows), bound

    def _parameters(self, share: float, selector: Any = None) -> Any:
        # Measured: of the rows that pass a filter the nearest are in so many lists.
        probes = min(math.ceil(_PROBES / share**0.5), self._lists.nlist)
        options = {"sel": selector} if selector else {}
        return faiss().SearchParametersIVF(nprobe=probes, **options)


class ApproximateIndexes:
    """Makes approximate indexes; see ``IndexMaker``.

    Args:
        kind: One of ``INDEXES``: always, never, or from ``LARGE`` images on where FAISS is there.

    Raises:
        ConfigurationError: There is no such kind, or FAISS is not installed and always needed.
    """

    def __init__(self, kind: str = AUTO) -> None:
        if kind not in INDEXES:
            raise ConfigurationError(
                f"Expected an index of the kind {', '.join(INDEXES)}. Received: index={kind!r}"
            )
        if kind == APPROXIMATE:
            faiss()
        self._kind = kind

    def wanted(self, images: int) -> bool:
        """Whether a gallery of so many images gets one."""
        if self._kind == AUTO:
            return images >= LARGE and installed()
        return self._kind == APPROXIMATE

    def make(self, matrix: Array, old: Path | None, old_rows: Rows) -> ApproximateIndex:
        """Make one; see ``ApproximateIndex.of``."""
        return ApproximateIndex.of(matrix, old, old_rows)


def installed() -> bool:
    """Whether FAISS can be imported."""
    try:
        faiss()
    except ConfigurationError:
        return False
    return True


@cache
def faiss() -> Any:
    """The library; raises ``ConfigurationError`` where it is not installed."""
    try:
        import faiss as library
    except ImportError as error:
        raise ConfigurationError(
            "An approximate index needs FAISS: expected it to be installed. Received: "
            f"{error}. Run: pip install -r requirements-large.txt"
        ) from error
    if sys.platform == "darwin":
        # TensorFlow and FAISS bring an OpenMP each there; two teams of threads end the process.
        library.omp_set_num_threads(1)
    return library


def _trained(matrix: Array) -> Any:
    count, width = matrix.shape
    lists = _lists_for(count)
    index = faiss().index_factory(width, f"IVF{lists},SQ8", faiss().METRIC_INNER_PRODUCT)
    rows = np.linspace(0, count - 1, min(count, _TRAINING_ROWS * lists)).astype(np.int64)
    # A small gallery whose user asks for an index needs no advice on standard error.
    index.cp.min_points_per_centroid = 1
    index.train(np.ascontiguousarray(matrix[rows]))
    _add(index, matrix, np.arange(count))
    return index


def _extended(matrix: Array, old: Path, old_rows: Rows) -> Any | None:
    """The older index with the rows of a newer matrix; ``None`` where too many changed."""
    try:
        index = faiss().read_index(str(old))
    except RuntimeError:
        # It is damaged.
        return None
    lists = [_row_numbers(index, number) for number in range(index.nlist)]
    numbers = np.concatenate(lists)
    new_number = np.full(numbers.max(initial=-1) + 2, -1, np.int64)
    kept = np.flatnonzero((old_rows >= 0) & (old_rows < len(new_number) - 1))
    new_number[old_rows[kept]] = kept
    # The last one stands for rows that were gone before.
    renumbered = new_number[numbers]
    gone = int((renumbered < 0).sum())
    grown = _lists_for(len(matrix)) > index.nlist * _GROWTH**0.5 * 1.01
    if grown or gone > _MOST_GONE * len(matrix):
        return None
    for row_numbers in lists:
        row_numbers[:] = new_number[row_numbers]
    _add(index, matrix, np.setdiff1d(np.arange(len(matrix)), renumbered))
    return index


def _lists_for(rows: int) -> int:
    """A power of two near twice the root of the rows, at most as many as rows."""
    return min(1 << round(math.log2(2 * rows**0.5)), rows)


def _add(index: Any, matrix: Array, rows: Rows) -> None:
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = rows[start : start + _ROWS_AT_ONCE]
        index.add_with_ids(np.ascontiguousarray(matrix[block]), block)


def _row_numbers(index: Any, number: int) -> NDArray[np.int64]:
    """The row numbers in one list of an index that is in memory; they may be changed."""
    lists = index.invlists
    numbers: NDArray[np.int64] = faiss().rev_swig_ptr(
        lists.get_ids(number), lists.list_size(number)
    )
    return numbers


def _selector(rows: Rows, count: int) -> Any:
    wanted = np.zeros(count, bool)
    wanted[rows] = True
    bits = np.packbits(wanted, bitorder="little")
    return faiss().IDSelectorBitmap(bits)


def _mean(queries: Array) -> Array:
    mean: Array = queries.mean(axis=0, keepdims=True, dtype=np.float32)
    return mean
