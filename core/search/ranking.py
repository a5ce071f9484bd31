"""Order images by their neighbourhood: database-side augmentation and query expansion.

Each row of the gallery counts as the mean of itself and its nearest rows, each weighted by the cube
of its cosine, of length 1 (Turcot, Lowe 2009; Arandjelovic, Zisserman 2012, section 3); the query
likewise (alpha query expansion; Radenovic, Tolias, Chum 2019, section 3.4).
"""

from __future__ import annotations

import numpy as np

from core.feature_store import NEIGHBOURS, Neighbours, neighbour_weights
from core.model import l2_normalise
from core.search.exact import ALL, distances_to, together
from core.types import DISTANCE, Array, Rows

DEFAULT_RANKING = DISTANCE
# In a larger gallery than ``SMALL`` only so many of the nearest images are ranked.
MOST_RANKED = 1_000
SMALL = 50_000
# A row this close to the query is the query itself.
_SAME = 1e-3


def expand(queries: Array, matrix: Array, products: Array) -> Array:
    """Each query with its nearest rows, weighted, of length 1.

    Args:
        queries: ``(q, d)`` float32 unit rows.
        matrix: ``(n, d)`` float32 unit rows.
        products: ``(n, q)`` float32: their inner products; a row of minus infinity never counts.

    Returns:
        ``(q, d)`` float32.
    """
    k = min(NEIGHBOURS, len(matrix))
    expanded = queries.copy()
    for number, to_query in enumerate(products.T):
        nearest = np.argpartition(-to_query, k - 1)[:k]
        weights = neighbour_weights(to_query[nearest])
        expanded[number] += weights @ np.asarray(matrix)[nearest]
    return l2_normalise(expanded)


def neighbourhood_scores(
    expanded: Array, matrix: Array, neighbours: Neighbours, rows: Rows | None = None
) -> Array:
    """The inner products of expanded queries with augmented rows.

    Args:
        expanded: ``(q, d)`` float32, see ``expand``.
        matrix: ``(n, d)`` float32 unit rows.
        neighbours: Of its rows.
        rows: The rows to score; by default all.

    Returns:
        ``(m, q)`` float32, at most 1; one line for each row to score.
    """
    if rows is None:
        products = np.asarray(matrix) @ expanded.T
        own, places = products, neighbours.rows.astype(np.int64)
        weights, lengths = neighbours.weights, neighbours.lengths
    else:
        listed = neighbours.rows[rows].astype(np.int64)
        needed, found = np.unique(np.concatenate([rows, listed.ravel()]), return_inverse=True)
        products = np.asarray(matrix)[needed] @ expanded.T
        own, places = products[found[: len(rows)]], found[len(rows) :].reshape(listed.shape)
        weights = neighbour_weights(neighbours.similarities[rows])
        lengths = neighbours.lengths[rows]
    around = np.einsum("nk,nkq->nq", weights, products[places])
    scores: Array = (own + around) / np.maximum(lengths, 1e-12)[:, None]
    return scores


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
        without: Row numbers that no query is expanded with.
        max_distance: Rows farther than this are left out.

    Returns:
        The distances ``(at most k,)`` float32, 0 to 2, in the order of the scores, and row numbers.
    """
    products = np.asarray(matrix) @ queries.T
    visible = products
    if without is not None and len(without):
        visible = products.copy()
        visible[without] = -np.inf
    expanded = expand(queries, matrix, visible)
    rows = np.arange(len(matrix)) if among is None else among
    similarities = together(products[rows], combine)
    if max_distance is not None:
        near = np.flatnonzero(2 - 2 * similarities <= (max_distance + _SAME) ** 2)
        near = near[distances_to(matrix[rows[near]], queries, combine) <= max_distance]
        rows, similarities = rows[near], similarities[near]
    if len(matrix) <= SMALL:
        scores = neighbourhood_scores(expanded, matrix, neighbours)[rows]
    else:
        if len(rows) > MOST_RANKED:
            nearest = np.argpartition(-similarities, MOST_RANKED - 1)[:MOST_RANKED]
            nearest.sort()
            rows, similarities = rows[nearest], similarities[nearest]
        scores = neighbourhood_scores(expanded, matrix, neighbours, rows)
    best = together(scores, combine)
    put_equal_first(best, similarities, matrix, rows, queries, combine)
    order = np.argsort(-best, kind="stable")[:k]
    found = rows[order]
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
