"""Order images by their neighbourhood: database-side augmentation and query expansion.

Each row of the gallery counts as the mean of itself and its nearest rows, each weighted by the cube
of its cosine, of length 1 (Turcot, Lowe 2009; Arandjelovic, Zisserman 2012); the query likewise
with the nearest of these (alpha query expansion; Radenovic, Tolias, Chum 2019).
"""

import math

import numpy as np

from ..feature_store import NEIGHBOURS, Neighbours, neighbour_weights
from ..model import l2_normalise
from ..types import Array, Rows
from .exact import (
    ALL,
    NO_ROWS,
    best,
    compared_rows,
    distances_to,
    inner_products,
    largest,
    together,
)

# So many of the nearest rows may expand a query; in a gallery larger than ``SMALL`` so many are
# ranked.
MOST_RANKED = 1_000
SMALL = 5_000
_ROWS_AT_ONCE = 256
# A row this close to the query is the query itself.
_SAME = 1e-3


def rank_by_neighbourhood(
    matrix: Array,
    neighbours: Neighbours,
    queries: Array,
    k: int,
    *,
    combine: str = ALL,
    among: Rows | None = None,
    without: Rows = NO_ROWS,
    farthest: float = math.inf,
) -> tuple[Array, Rows]:
    """The ``k`` best rows by their neighbourhood; rows that equal the query come first.

    The arguments are those of ``closest_rows``; ``combine`` holds for scores and distances. The
    neighbours are those of the matrix. Rows farther than ``farthest`` are left out.

    Returns:
        The distances ``(at most k,)`` float32, 0 to 2, in the order of the scores, and row numbers.
    """
    # Indexing a memory map is slower.
    matrix = np.asarray(matrix)
    products = inner_products(matrix, queries)
    rows = compared_rows(len(matrix), among, without)
    similarities = together(products[rows], combine)
    if farthest < math.inf:
        near = np.flatnonzero(2 - 2 * similarities <= (farthest + _SAME) ** 2)
        near = near[distances_to(matrix[rows[near]], queries, combine) <= farthest]
        rows, similarities = rows[near], similarities[near]
    if len(matrix) > SMALL and len(rows) > MOST_RANKED:
        rows = rows[largest(similarities, MOST_RANKED)]
    scores = neighbourhood_scores(
        matrix, neighbours, queries, products, combine=combine, rows=rows, without=without
    )
    ranked = rows[best(scores, k)]
    return distances_to(matrix[ranked], queries, combine), ranked


def neighbourhood_scores(
    matrix: Array,
    neighbours: Neighbours,
    queries: Array,
    products: Array,
    *,
    combine: str = ALL,
    rows: Rows | None = None,
    without: Rows = NO_ROWS,
) -> Array:
    """The score of each row: the inner product of the expanded query with the augmented row.

    Args:
        matrix: ``(n, d)`` float32 unit rows.
        neighbours: Of its rows.
        queries: ``(q, d)`` float32 unit rows, at least one.
        products: ``(n, q)`` float32, of the rows and the queries.
        combine: See ``closest_rows``.
        rows: Row numbers to score ``(m,)``; by default all.
        without: Row numbers that expand no query and augment no row.

    Returns:
        ``(m,)`` float32, at most 1, or 2 to 3 for a row that equals the query.
    """
    if rows is not None and len(rows) == len(matrix):
        rows = None
    if len(without):
        neighbours = neighbours.without(without, matrix)
    expanded = [
        _expand(query, matrix, neighbours, to_query, without)
        for query, to_query in zip(queries, products.T, strict=True)
    ]
    to_expanded = _products_needed(matrix, l2_normalise(np.stack(expanded)), neighbours, rows)
    of_each = [neighbours.augmented_products(to_one, rows) for to_one in to_expanded.T]
    scores = together(np.stack(of_each, axis=1), combine)
    similarities = together(products if rows is None else products[rows], combine)
    near = np.flatnonzero(similarities > 1 - _SAME)
    distances = distances_to(matrix[near if rows is None else rows[near]], queries, combine)
    same = distances < _SAME
    scores[near[same]] = 3 - distances[same]
    return scores


def _products_needed(
    matrix: Array, queries: Array, neighbours: Neighbours, rows: Rows | None
) -> Array:
    """Inner products ``(n, q)`` with the queries, of some rows and their neighbours or of all."""
    if rows is None:
        return inner_products(matrix, queries)
    needed = np.zeros(len(matrix), bool)
    needed[rows] = True
    needed[neighbours.rows[rows]] = True
    numbers = np.flatnonzero(needed)
    products = np.empty((len(matrix), len(queries)), np.float32)
    # A copy of all of them at once would leave the caches of the processor.
    for start in range(0, len(numbers), _ROWS_AT_ONCE):
        block = numbers[start : start + _ROWS_AT_ONCE]
        products[block] = inner_products(matrix[block], queries)
    return products


def _expand(
    query: Array, matrix: Array, neighbours: Neighbours, products: Array, without: Rows
) -> Array:
    """A query plus its nearest augmented rows by their weights, ``(d,)`` float32."""
    visible = products.copy()
    visible[without] = -np.inf
    near = largest(visible, MOST_RANKED)
    near = near[np.isfinite(visible[near])]
    scores = neighbours.augmented_products(products, near)
    nearest = best(scores, NEIGHBOURS)
    weights = neighbour_weights(scores[nearest])
    expanded: Array = query + weights @ neighbours.augmented(near[nearest], matrix)
    return expanded
