"""Order images by their neighbourhood: database-side augmentation and query expansion.

Each row of the gallery counts as the mean of itself and its nearest rows, each weighted by the cube
of its cosine, of length 1 (Turcot, Lowe 2009; Arandjelovic, Zisserman 2012, section 3); the query
likewise with the nearest of these (alpha query expansion; Radenovic, Tolias, Chum 2019, section
3.4).
"""

from __future__ import annotations

import numpy as np

from core.feature_store import NEIGHBOURS, IndexSnapshot, Neighbours, neighbour_weights
from core.model import l2_normalise
from core.search.exact import ALL, distances_to, inner_products, together
from core.types import DISTANCE, Array, Rows

DEFAULT_RANKING = DISTANCE
# So many of the nearest rows may expand a query; in a gallery larger than ``SMALL`` so many are
# ranked.
MOST_RANKED = 1_000
SMALL = 5_000
_ROWS_AT_ONCE = 256
# A row this close to the query is the query itself.
_SAME = 1e-3


def ranking_of(snapshot: IndexSnapshot, ranking: str | None = None) -> str:
    """The ranking asked for, else that of the gallery, else the default; one of ``RANKINGS``."""
    return ranking or snapshot.chosen.ranking or DEFAULT_RANKING


def neighbourhood_scores(
    queries: Array,
    matrix: Array,
    neighbours: Neighbours,
    products: Array,
    *,
    rows: Rows | None = None,
    without: Rows | None = None,
) -> Array:
    """The inner products of expanded queries with augmented rows.

    Args:
        queries: ``(q, d)`` float32 unit rows.
        matrix: ``(n, d)`` float32 unit rows.
        neighbours: Of its rows.
        products: ``(n, q)`` float32, of the rows and the queries.
        rows: Row numbers to score ``(m,)``; by default all.
        without: Row numbers that expand no query and augment no row.

    Returns:
        ``(m, q)`` float32, at most 1.
    """
    if without is not None and len(without):
        neighbours = neighbours.without(without, matrix)
    expanded = np.stack(
        [
            _expand(query, matrix, neighbours, to_query, without)
            for query, to_query in zip(queries, products.T, strict=True)
        ]
    )
    to_expanded = _products_needed(matrix, l2_normalise(expanded), neighbours, rows)
    return np.stack([neighbours.augmented_products(one, rows) for one in to_expanded.T], axis=1)


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
    query: Array, matrix: Array, neighbours: Neighbours, products: Array, without: Rows | None
) -> Array:
    """A query plus its nearest augmented rows by their weights, ``(d,)`` float32."""
    if without is not None and len(without):
        visible = products.copy()
        visible[without] = -np.inf
        near = _largest(visible, MOST_RANKED)
        near = near[np.isfinite(visible[near])]
    else:
        near = _largest(products, MOST_RANKED)
    scores = neighbours.augmented_products(products, near)
    nearest = _ordered(scores, NEIGHBOURS)
    weights = neighbour_weights(scores[nearest])
    expanded: Array = query + weights @ neighbours.augmented(near[nearest], matrix)
    return expanded


def _largest(values: Array, k: int) -> Rows:
    """Where the ``k`` largest values are, and those that equal the smallest of them, ascending."""
    if len(values) <= k:
        return np.arange(len(values))
    return np.flatnonzero(values >= np.partition(values, -k)[-k])


def _ordered(values: Array, k: int) -> Rows:
    """Where the ``k`` largest values are, largest first, equal ones as they stand."""
    largest = _largest(values, k)
    return largest[np.argsort(-values[largest], kind="stable")[:k]]


def rank_by_neighbourhood(
    matrix: Array,
    neighbours: Neighbours,
    queries: Array,
    k: int,
    *,
    combine: str = ALL,
    among: Rows | None = None,
    without: Rows | None = None,
    max_distance: float | None = None,
) -> tuple[Array, Rows]:
    """The ``k`` best rows by their neighbourhood; rows that equal the query come first.

    Args:
        matrix: ``(n, d)`` float32 unit rows.
        neighbours: Of its rows.
        queries: ``(q, d)`` float32 unit rows, at least one.
        k: At least 1.
        combine: See ``ExactIndex.search_together``; it holds for scores and distances.
        among: Row numbers to rank ``(m,)``, ascending; by default all.
        without: See ``neighbourhood_scores``.
        max_distance: Rows farther than this are left out.

    Returns:
        The distances ``(at most k,)`` float32, 0 to 2, in the order of the scores, and row numbers.
    """
    # Indexing a memory map is slower.
    matrix = np.asarray(matrix)
    products = inner_products(matrix, queries)
    rows = np.arange(len(matrix)) if among is None else among
    similarities = together(products if among is None else products[among], combine)
    if max_distance is not None:
        near = np.flatnonzero(2 - 2 * similarities <= (max_distance + _SAME) ** 2)
        near = near[distances_to(matrix[rows[near]], queries, combine) <= max_distance]
        rows, similarities = rows[near], similarities[near]
    if len(matrix) > SMALL and len(rows) > MOST_RANKED:
        nearest = _largest(similarities, MOST_RANKED)
        rows, similarities = rows[nearest], similarities[nearest]
    scores = neighbourhood_scores(
        queries,
        matrix,
        neighbours,
        products,
        rows=None if len(rows) == len(matrix) else rows,
        without=without,
    )
    best = together(scores, combine)
    put_equal_first(best, similarities, matrix, rows, queries, combine)
    found = rows[_ordered(best, k)]
    return distances_to(matrix[found], queries, combine), found


def put_equal_first(
    scores: Array,
    similarities: Array,
    matrix: Array,
    rows: Rows,
    queries: Array,
    combine: str = ALL,
) -> None:
    """Raise the scores of rows that equal the query, so that they come first.

    Args:
        scores: ``(m,)`` float32, at most 1; changed in place.
        similarities: ``(m,)`` float32 inner products of the rows and the queries together.
        matrix: ``(n, d)`` float32 unit rows.
        rows: Row numbers of the scores ``(m,)``.
        queries: ``(q, d)`` float32 unit rows.
        combine: See ``ExactIndex.search_together``.
    """
    same = np.flatnonzero(similarities > 1 - _SAME)
    equal = distances_to(matrix[rows[same]], queries, combine) < _SAME
    scores[same[equal]] = 2 + similarities[same[equal]]
