"""Scores of all images of a gallery for queries, by distance or by neighbourhood."""

from __future__ import annotations

import numpy as np

from core.evaluation.measures import Rankings
from core.feature_store import Neighbours
from core.search import expand, put_equal_first
from core.types import Array, Rows

# Of a row of zeros, which has no direction.
_LEAST_LENGTH = 1e-12


class Scorer:
    """Scores the rows of a matrix: the higher, the earlier in the ranking.

    By distance the score is the inner product, which gives the same order for unit rows. By
    neighbourhood it is that of ``core.search.rank_by_neighbourhood`` for each row, also in a
    gallery of which a search ranks only the nearest.

    Args:
        matrix: ``(n, d)`` float32 unit rows; may be memory-mapped.
        neighbours: Of the rows, to rank by neighbourhood; by default by distance.
    """

    def __init__(self, matrix: Array, neighbours: Neighbours | None = None) -> None:
        self.matrix = np.asarray(matrix)
        self._neighbours = neighbours
        if neighbours:
            # Imported here: it takes as long as half of the command line.
            from scipy.sparse import csr_array

            count, k = neighbours.rows.shape
            parts = (neighbours.weights.ravel(), neighbours.rows.ravel(), np.arange(count + 1) * k)
            self._weights = csr_array(parts, shape=(count, count))
            self._listed_by = self._weights.T.tocsr()

    def scores(self, queries: Array, ignored: Rankings | None = None) -> Array:
        """The score of each row for each query, ``(q, n)`` float32.

        Args:
            queries: ``(q, d)`` float32 unit rows.
            ignored: ``(q, n)``, whether each row is left out for each query, because it is the
                query or a copy of it: no query is expanded with it, and the lists of neighbours do
                not hold it. Its own score means nothing.
        """
        products: Array = queries @ self.matrix.T
        if self._neighbours is None:
            return products
        visible = products if ignored is None else np.where(ignored, -np.inf, products)
        expanded = expand(queries, self.matrix, visible.T)
        own = self.matrix @ expanded.T
        found: Array = own.T + (self._weights @ own).T
        lengths = np.maximum(self._neighbours.lengths, _LEAST_LENGTH)
        if ignored is None:
            found /= lengths
        else:
            changed = self._without(ignored, queries, expanded, products, found)
            found /= lengths
            found[changed[:2]] = changed[2]
        every = np.arange(len(self.matrix))
        for number, query in enumerate(queries):
            put_equal_first(found[number], products[number], self.matrix, every, query[None])
        return found

    def _without(
        self, ignored: Rankings, queries: Array, expanded: Array, products: Array, sums: Array
    ) -> tuple[Rows, Rows, Array]:
        """The query, row and score where ignored rows leave the list of a row.

        With the weight ``w`` of the ignored rows, copies of the query ``x``, the sum ``v`` of a row
        and its neighbours becomes ``v - w x``, of the squared length ``|v|² - 2 w v·x + w²``.
        """
        assert self._neighbours
        from scipy.sparse import csr_array

        dropped = (csr_array(ignored, dtype=np.float32) @ self._listed_by).tocoo()
        query, row = dropped.coords
        weight = dropped.data
        listed = products[query[:, None], self._neighbours.rows[row]]
        along = products[query, row] + (self._neighbours.weights[row] * listed).sum(axis=1)
        squares = self._neighbours.lengths[row] ** 2 - 2 * weight * along + weight**2
        to_query = (expanded * queries).sum(axis=1)[query]
        scores = (sums[query, row] - weight * to_query) / np.sqrt(
            np.maximum(squares, _LEAST_LENGTH)
        )
        return query, row, scores
