"""Nearest neighbours among the rows of a matrix of features."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.descriptors import Array
from core.errors import ConfigurationError

Rows = NDArray[np.int64]

# Bounds the error of a float32 inner product of unit vectors of some thousand dimensions; rows
# this close to the k-th best are compared exactly.
INNER_PRODUCT_ERROR = 1e-5


class VectorIndex(Protocol):
    """What finds the closest rows to a query."""

    def search(self, queries: Array, k: int, *, among: Rows | None = None) -> tuple[Array, Rows]:
        """Find the ``k`` closest rows for each query.

        Args:
            queries: ``(q, d)`` float32 unit rows.
            k: At least 1.
            among: The ``(m,)`` rows to compare, rising; by default all of them.

        Returns:
            Distances ``(q, min(k, m))`` float32, rising, and the row numbers in the same shape.
        """


class ExactIndex:
    """Exhaustive search: the answer of comparing with every row.

    One matrix product finds the candidates, whose Euclidean distances are then computed directly:
    the product alone would lose half of the digits of a small distance. Rows at the same distance
    come in the order of the matrix.

    Args:
        matrix: ``(n, d)`` float32 unit rows; may be memory-mapped.
    """

    def __init__(self, matrix: Array) -> None:
        self._matrix = np.asarray(matrix)

    def search(self, queries: Array, k: int, *, among: Rows | None = None) -> tuple[Array, Rows]:
        """Find the ``k`` closest rows for each query.

        Args:
            queries: ``(q, d)`` float32 unit rows.
            k: At least 1.
            among: The ``(m,)`` rows to compare, rising; by default all of them.

        Returns:
            Euclidean distances ``(q, min(k, m))`` float32, rising, 0 to 2, and row numbers.

        Raises:
            ConfigurationError: ``k`` is less than 1.
        """
        if k < 1:
            raise ConfigurationError(f"Expected at least 1 match to look for. Received: k={k}")
        candidates = np.arange(len(self._matrix)) if among is None else among
        k = min(k, len(candidates))
        distances = np.empty((len(queries), k), np.float32)
        rows = np.empty((len(queries), k), np.int64)
        for number, query in enumerate(queries):
            distances[number], rows[number] = self._closest(query, k, candidates)
        return distances, rows

    def _closest(self, query: Array, k: int, candidates: Rows) -> tuple[Array, Rows]:
        if k < len(candidates):
            # Of the whole matrix: a product is cheaper than a copy of the rows that are compared.
            similarities = (self._matrix @ query)[candidates]
            kth_best = np.partition(similarities, -k)[-k]
            candidates = candidates[similarities >= kth_best - INNER_PRODUCT_ERROR]
        distances = np.linalg.norm(self._matrix[candidates] - query, axis=1)
        order = np.argsort(distances, kind="stable")[:k]
        return distances[order], candidates[order]
