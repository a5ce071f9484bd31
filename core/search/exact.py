"""The rows of a matrix of features that are closest to queries, by comparing with every row."""

import numpy as np

from ..types import Array, Rows

# Upper bound of the error of a float32 inner product of unit vectors of some thousand dimensions.
# Rows this close to the k-th best are compared exactly.
INNER_PRODUCT_ERROR = 1e-5

# Matches of several queries are close to all of them or to any of them.
ALL, ANY = COMBINATIONS = ("all", "any")

NO_ROWS: Rows = np.empty(0, np.int64)


def closest_rows(
    matrix: Array,
    queries: Array,
    k: int,
    *,
    combine: str = ALL,
    among: Rows | None = None,
    without: Rows = NO_ROWS,
) -> tuple[Array, Rows]:
    """The ``k`` rows that are closest to one query, or to several together.

    Rows at the same distance come in the order of the matrix.

    Args:
        matrix: ``(n, d)`` float32 unit rows; may be memory-mapped.
        queries: ``(q, d)`` float32 unit rows, at least one.
        k: At least 1.
        combine: The distance of a row is that to the farthest query (``"all"``) or to the nearest
            one (``"any"``).
        among: Row numbers to compare, ascending; by default all.
        without: Row numbers to leave out, ascending.

    Returns:
        Euclidean distances ``(at most k,)`` float32, ascending, 0 to 2, and row numbers.
    """
    # Indexing a memory map is slower.
    matrix = np.asarray(matrix)
    rows = compared_rows(len(matrix), among, without)
    if k < len(rows):
        # Over the whole matrix: the product is cheaper than a copy of the compared rows.
        products = inner_products(matrix, queries)
        # The inner product of unit vectors equals 1 - d² / 2; for a vector of zeros it does not.
        zero_rows = np.flatnonzero(~products.any(axis=1))
        zero_rows = zero_rows[~matrix[zero_rows].any(axis=1)]
        products[zero_rows] += 0.5
        products[:, ~queries.any(axis=1)] += 0.5
        products = products if len(rows) == len(matrix) else products[rows]
        rows = rows[largest(together(products, combine), k, INNER_PRODUCT_ERROR)]
    # Computed directly: inner products lose half of the digits of a small distance.
    distances = distances_to(matrix[rows], queries, combine)
    order = best(-distances, k)
    return distances[order], rows[order]


def compared_rows(count: int, among: Rows | None, without: Rows) -> Rows:
    """Row numbers ``among``, by default all of so many, but those ``without``; ascending."""
    rows = np.arange(count) if among is None else among
    return np.setdiff1d(rows, without, assume_unique=True) if len(without) else rows


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
    of_all: Array = similarities.min(axis=1) if combine == ALL else similarities.max(axis=1)
    return of_all


def distances_to(rows: Array, queries: Array, combine: str) -> Array:
    """The distance of each row ``(n, d)`` to the queries ``(q, d)`` together, ``(n,)`` float32."""
    if len(queries) == 1:
        to_one: Array = np.linalg.norm(rows - queries[0], axis=1)
        return to_one
    to_each = np.stack([np.linalg.norm(rows - query, axis=1) for query in queries])
    of_all: Array = to_each.max(axis=0) if combine == ALL else to_each.min(axis=0)
    return of_all


def largest(scores: Array, k: int, margin: float = 0.0) -> Rows:
    """Where the ``k`` largest scores are, and those within a margin of the last, ascending."""
    if len(scores) <= k:
        return np.arange(len(scores))
    return np.flatnonzero(scores >= np.partition(scores, -k)[-k] - margin)


def best(scores: Array, k: int) -> Rows:
    """Where the ``k`` largest scores are, largest first, equal ones in the order of the rows."""
    places = largest(scores, k)
    return places[np.argsort(-scores[places], kind="stable")[:k]]
