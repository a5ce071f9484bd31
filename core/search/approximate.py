"""Approximate search of a large gallery with FAISS, re-ranked by the exact distances."""

import hashlib
import math
import os
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np

from ..types import Array, Rows
from .exact import (
    ALL,
    INNER_PRODUCT_ERROR,
    NO_ROWS,
    best,
    closest_rows,
    compared_rows,
    distances_to,
)
from .inverted_lists import (
    extend_lists,
    faiss,
    installed,
    make_lists,
    nearest_others,
    row_numbers,
    selector,
)

# Lists that are looked through; more where few rows may be found. Measured with rows of 512 and of
# 128 numbers: docs/scale.md.
_PROBES = 9
# Rows whose exact distance is computed, for each query; at least twice as many as are asked for.
_CANDIDATES = 100
# Around the mean of queries that all are to be near, so many times as many of both.
_WIDER_PROBES, _WIDER_CANDIDATES = 8, 16
# Among so few rows an exact search is faster.
_FEW = 2_000
_ROWS_AT_ONCE = 50_000
_BYTES_AT_ONCE = 1 << 20
_DIGEST_SIZE = 16
_CHECKED_ROWS, _CHECKED_MATCHES = 200, 30


class ApproximateIndex:
    """Search over a matrix ``(n, d)`` of float32 unit rows, possibly memory-mapped.

    An inverted file of 8-bit rows (Jegou, Douze, Schmid 2011, "Product quantization for nearest
    neighbor search", section 4) gives the candidates; their distances are the real ones. Rows at
    the same distance come in the order of the matrix. ``lists`` is an inverted file of FAISS of the
    rows by their numbers; -1 for a row that is gone.
    """

    def __init__(self, matrix: Array, lists: Any) -> None:
        self._matrix = np.asarray(matrix)
        self._lists = lists

    @classmethod
    def of(cls, matrix: Array, old: Path | None = None, old_rows: Rows | None = None) -> Self:
        """Make an index of a matrix, from the file of an older one where few rows changed.

        ``old_rows`` holds for each row its number in the older matrix, -1 for a new row.
        """
        lists = extend_lists(matrix, old, old_rows) if old and old_rows is not None else None
        return cls(matrix, lists if lists is not None else make_lists(matrix))

    @classmethod
    def load(cls, path: Path, matrix: Array) -> Self:
        """Map what ``save`` wrote into memory.

        Raises:
            ValueError: The file is damaged, or that of another matrix.
        """
        try:
            lists = faiss().read_index(str(path), faiss().IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise ValueError(f"no index of FAISS: {error}") from error
        numbers = (row_numbers(lists, number) for number in range(lists.nlist))
        last = max(int(rows.max(initial=-1)) for rows in numbers)
        if lists.d != matrix.shape[1] or last != len(matrix) - 1:
            raise ValueError("an index of another matrix")
        return cls(matrix, lists)

    def save(self, file: BinaryIO) -> None:
        """Write the index, followed by its digest, which FAISS does not read."""
        digest = hashlib.blake2b(digest_size=_DIGEST_SIZE)

        def write(content: bytes) -> int:
            digest.update(content)
            return file.write(content)

        faiss().write_index(self._lists, faiss().PyCallbackIOWriter(write))
        file.write(digest.digest())

    @staticmethod
    def problem(path: Path, matrix: Array) -> str | None:
        """What is wrong with a saved index of a matrix; ``None`` also where FAISS is missing."""
        if not installed():
            return None
        try:
            # Of a file that was cut or changed FAISS may read anything.
            if not _has_its_digest(path):
                return "it is not the one that was saved"
            ApproximateIndex.load(path, matrix)
        except (OSError, ValueError) as error:
            return str(error)
        return None

    def search(
        self,
        queries: Array,
        k: int,
        *,
        combine: str = ALL,
        among: Rows | None = None,
        without: Rows = NO_ROWS,
    ) -> tuple[Array, Rows]:
        """About the ``k`` closest rows; see ``closest_rows``."""
        total = len(self._matrix) if among is None else len(among)

        def closest_of(some: Rows | None) -> tuple[Array, Rows]:
            rows = compared_rows(total, some, without)
            distances = distances_to(self._matrix[rows], queries, combine)
            order = best(-distances, k)
            return distances[order], rows[order]

        if total <= max(_FEW, 2 * k):
            return closest_of(among)
        wanted, probes = max(2 * k, _CANDIDATES), float(_PROBES)
        asked = queries
        together = combine == ALL and len(queries) > 1
        if together:
            wanted, probes = wanted * _WIDER_CANDIDATES, probes * _WIDER_PROBES
            asked = queries.mean(axis=0, keepdims=True)
        candidates, bound = self._candidates(asked, wanted + len(without), probes, among)
        distances, rows = closest_of(candidates)
        complete = len(rows) == min(k, total - len(without))
        if together and complete:
            # The distance to the farthest query is at least the root of the mean of the squares,
            # which is 2 - 2 x·m for the mean m of the queries.
            complete = bool(distances[-1] ** 2 <= 2 - 2 * bound)
        if complete:
            return distances, rows
        return closest_rows(self._matrix, queries, k, combine=combine, among=among, without=without)

    def nearest(self, rows: Rows, k: int) -> tuple[Rows, Array]:
        """About the ``k`` nearest other rows of rows; see ``nearest_others``."""
        return nearest_others(self._lists, self._matrix, rows, k)

    def recall(self) -> float:
        """The share of the 30 closest rows to some of its own rows that are found, 0 to 1."""
        rows = np.random.RandomState(0).permutation(len(self._matrix))[:_CHECKED_ROWS]
        queries = self._matrix[np.sort(rows)]
        k = min(_CHECKED_MATCHES, len(self._matrix))
        shares = []
        for query, kth in zip(queries, _kth_products(self._matrix, queries, k), strict=True):
            _, found = self.search(query[None], k)
            # Of rows at the same distance any may be found.
            shares.append((self._matrix[found] @ query >= kth - INNER_PRODUCT_ERROR).sum() / k)
        return float(np.mean(shares))

    def _candidates(
        self, queries: Array, count: int, probes: float, among: Rows | None
    ) -> tuple[Rows, float]:
        """Rows near any of the queries, ascending, and how large an inner product others may have.

        As far as the lists tell that are looked through.
        """
        options, share = {}, 1.0
        if among is not None:
            share = len(among) / len(self._matrix)
            options["sel"] = selector(among, len(self._matrix))
        # Measured: of the rows that pass a filter the nearest are in so many lists.
        lists = min(math.ceil(probes / share**0.5), self._lists.nlist)
        parameters = faiss().SearchParametersIVF(nprobe=lists, **options)
        products, rows = self._lists.search(queries, count, params=parameters)
        found = rows >= 0
        # The 8 bits of all but 1 row in 2,000 are off by less. Lists that had no more tell nothing.
        bound = float(products.min()) - 1e-2 if found.all() else 1.0
        # Of one query each row comes once, and sorting takes a fifth of the time.
        numbers = np.sort(rows[found]) if len(queries) == 1 else np.unique(rows[found])
        return numbers, bound


def _has_its_digest(path: Path) -> bool:
    digest = hashlib.blake2b(digest_size=_DIGEST_SIZE)
    with path.open("rb") as file:
        left = os.fstat(file.fileno()).st_size - _DIGEST_SIZE
        while left > 0:
            content = file.read(min(left, _BYTES_AT_ONCE))
            digest.update(content)
            left -= len(content)
        return file.read() == digest.digest()


def _kth_products(matrix: Array, queries: Array, k: int) -> Array:
    """The ``k``-th largest inner product of each query with the rows of a matrix, ``(q,)``."""
    largest = np.full((len(queries), k), -np.inf, np.float32)
    for start in range(0, len(matrix), _ROWS_AT_ONCE):
        products = queries @ matrix[start : start + _ROWS_AT_ONCE].T
        largest = np.partition(np.concatenate([largest, products], axis=1), -k, axis=1)[:, -k:]
    return largest[:, 0]
