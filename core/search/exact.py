"""Nearest neighbours among the rows of a matrix of features."""

from __future__ import annotations

import numpy as np

from core.errors import ConfigurationError
from core.types import Array, Rows

# Bounds the error of a float32 inner product of unit vectors of some thousand dimensions; rows
# this close to the k-th best are compared exactly.
INNER_PRODUCT_ERROR = 1e-5

# How several queries are asked at once: near all of them, or near any of them.
ALL, ANY = COMBINATIONS = ("all", "any")


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
        candidates, k = self._checked(k, among)
        distances = np.empty((len(queries), k), np.float32)
        rows = np.empty((len(queries), k), np.int64)
        for number, query in enumerate(queries):
            distances[number], rows[number] = self._closest(query[None], k, candidates, ALL)
        return distances, rows

    def search_together(
        self, queries: Array, k: int, *, combine: str = ALL, among: Rows | None = None
    ) -> tuple[Array, Rows]:
        """Find the ``k`` closest rows for all queries at once.

        Args:
            queries: ``(q, d)`` float32 unit rows, at least one.
            k: At least 1.
            combine: What the distance of a row is: to the farthest of the queries (``"all"``) or
                to the nearest (``"any"``).
            among: The ``(m,)`` rows to compare, rising; by default all of them.

        Returns:
            Euclidean distances ``(min(k, m),)`` float32, rising, 0 to 2, and row numbers.

        Raises:
            ConfigurationError: ``k`` is less than 1, there is no query or no such combination.
        """
        if not len(queries):
            raise ConfigurationError("Expected at least one query. Received: none")
        if combine not in COMBINATIONS:
            raise ConfigurationError(
                f"Expected several queries to be combined by {' or '.join(COMBINATIONS)}. "
                f"Received: combine={combine!r}"
            )
        candidates, k = self._checked(k, among)
        return self._closest(queries, k, candidates, combine)

    def _checked(self, k: int, among: Rows | None) -> tuple[Rows, int]:
        if k < 1:
            raise ConfigurationError(f"Expected at least 1 match to look for. Received: k={k}")
        candidates = np.arange(len(self._matrix)) if among is None else among
        return candidates, min(k, len(candidates))

    def _closest(
        self, queries: Array, k: int, candidates: Rows, combine: str
    ) -> tuple[Array, Rows]:
        if k < len(candidates):
            to_each = self._similarities(queries)[candidates]
            similarities = to_each.min(axis=1) if combine == ALL else to_each.max(axis=1)
            kth_best = np.partition(similarities, -k)[-k]
            candidates = candidates[similarities >= kth_best - INNER_PRODUCT_ERROR]
        rows = self._matrix[candidates]
        from_each = np.stack([np.linalg.norm(rows - query, axis=1) for query in queries])
        distances = from_each.max(axis=0) if combine == ALL else from_each.min(axis=0)
        order = np.argsort(distances, kind="stable")[:k]
        return distances[order], candidates[order]

    def _similarities(self, queries: Array) -> Array:
        """``1 - d² / 2`` for the distance ``d`` of each row to each query, ``(n, q)`` float32."""
        # Over the whole matrix: a product is cheaper than a copy of the rows that are compared.
        products: Array = self._matrix @ queries.T
        # The inner product is that number for unit vectors; a vector of zeros is no unit vector.
        zero_rows = np.flatnonzero(~products.any(axis=1))
        zero_rows = zero_rows[~self._matrix[zero_rows].any(axis=1)]
        products[zero_rows] += 0.5
        products[:, ~queries.any(axis=1)] += 0.5
        return products
