"""Nearest neighbours among the rows of a matrix of features."""

from __future__ import annotations

import numpy as np

from core.errors import ConfigurationError
from core.types import Array, Rows

# Upper bound of the error of a float32 inner product of unit vectors of some thousand dimensions.
# Rows this close to the k-th best are compared exactly.
INNER_PRODUCT_ERROR = 1e-5

# Matches of several queries are close to all of them or to any of them.
ALL, ANY = COMBINATIONS = ("all", "any")


class ExactIndex:
    """Exhaustive search over a matrix ``(n, d)`` of float32 unit rows, possibly memory-mapped.

    Rows at the same distance come in the order of the matrix.
    """

    def __init__(self, matrix: Array) -> None:
        self._matrix = np.asarray(matrix)

    def search(self, queries: Array, k: int, *, among: Rows | None = None) -> tuple[Array, Rows]:
        """The ``k`` closest rows to each query.

        Args:
            queries: ``(q, d)`` float32 unit rows.
            k: At least 1, else ``ConfigurationError``.
            among: Row numbers to compare ``(m,)``, ascending; by default all.

        Returns:
            Euclidean distances ``(q, min(k, m))`` float32, ascending, 0 to 2, and row numbers.
        """
        if k < 1:
            raise ConfigurationError(f"Expected at least 1 match to look for. Received: k={k}")
        candidates, k = self._checked(k, among)
        distances = np.empty((len(queries), k), np.float32)
        rows = np.empty((len(queries), k), np.int64)
        for number, query in enumerate(queries):
            distances[number], rows[number] = self._closest(query[None], k, candidates, ALL)
        return distances, rows

    def search_together(
        self,
        queries: Array,
        k: int,
        *,
        combine: str = ALL,
        among: Rows | None = None,
        without: Rows | None = None,
    ) -> tuple[Array, Rows]:
        """The ``k`` closest rows to at least one query together; arguments as in ``search``.

        The distance of a row is that to the farthest query (``"all"``) or to the nearest one
        (``"any"``). The rows ``without`` are left out.

        Returns:
            Euclidean distances ``(at most k,)`` float32, ascending, 0 to 2, and row numbers.

        Raises:
            ConfigurationError: ``k`` is less than 1, there is no query or no such ``combine``.
        """
        check_search(queries, k, combine)
        if without is not None and len(without):
            kept = np.ones(len(self._matrix), bool)
            kept[without] = False
            among = np.flatnonzero(kept) if among is None else among[kept[among]]
        candidates, k = self._checked(k, among)
        return self._closest(queries, k, candidates, combine)

    def _checked(self, k: int, among: Rows | None) -> tuple[Rows, int]:
        candidates = np.arange(len(self._matrix)) if among is None else among
        return candidates, min(k, len(candidates))

    def _closest(
        self, queries: Array, k: int, candidates: Rows, combine: str
    ) -> tuple[Array, Rows]:
        if k < len(candidates):
            similarities = together(self._similarities(queries)[candidates], combine)
            kth_best = np.partition(similarities, -k)[-k]
            candidates = candidates[similarities >= kth_best - INNER_PRODUCT_ERROR]
        # Computed directly: inner products lose half of the digits of a small distance.
        distances = distances_to(self._matrix[candidates], queries, combine)
        order = np.argsort(distances, kind="stable")[:k]
        return distances[order], candidates[order]

    def _similarities(self, queries: Array) -> Array:
        """``1 - d² / 2`` for each distance ``d`` of a row to a query, ``(n, q)`` float32."""
        # Over the whole matrix: the product is cheaper than a copy of the compared rows.
        products = inner_products(self._matrix, queries)
        # The inner product of unit vectors equals 1 - d² / 2; for a vector of zeros it does not.
        zero_rows = np.flatnonzero(~products.any(axis=1))
        zero_rows = zero_rows[~self._matrix[zero_rows].any(axis=1)]
        products[zero_rows] += 0.5
        products[:, ~queries.any(axis=1)] += 0.5
        return products


def check_search(queries: Array, k: int, combine: str) -> None:
    """Raise ``ConfigurationError`` without a query, a match to find or such a ``combine``."""
    if not len(queries):
        raise ConfigurationError("Expected at least one query. Received: none")
    if k < 1:
        raise ConfigurationError(f"Expected at least 1 match to look for. Received: k={k}")
    if combine not in COMBINATIONS:
        raise ConfigurationError(
            f"Expected several queries to be combined by {' or '.join(COMBINATIONS)}. "
            f"Received: combine={combine!r}"
        )


def inner_products(matrix: Array, queries: Array) -> Array:
    """The inner products of rows ``(n, d)`` and queries ``(q, d)``, ``(n, q)`` float32."""
    # With a vector NumPy is twice as fast as with a matrix of one column.
    if len(queries) == 1:
        products: Array = (matrix @ queries[0])[:, None]
    else:
        products = matrix @ queries.T
    return products


def together(similarities: Array, combine: str) -> Array:
    """Similarities ``(n, q)`` of rows to each query as those to all together, ``(n,)``."""
    if similarities.shape[1] == 1:
        return similarities[:, 0]
    found: Array = similarities.min(axis=1) if combine == ALL else similarities.max(axis=1)
    return found


def distances_to(rows: Array, queries: Array, combine: str) -> Array:
    """The distance of each row ``(n, d)`` to the queries ``(q, d)`` together, ``(n,)`` float32."""
    to_each = np.stack([np.linalg.norm(rows - query, axis=1) for query in queries])
    found: Array = to_each.max(axis=0) if combine == ALL else to_each.min(axis=0)
    return found
