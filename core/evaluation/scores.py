"""Scores of all images of a gallery for queries, by distance or by neighbourhood."""

import numpy as np

from ..feature_store import Neighbours
from ..search import neighbourhood_scores
from ..types import Array
from .measures import Rankings


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

    def scores(self, queries: Array, ignored: Rankings | None = None) -> Array:
        """The score of each row for each query, ``(q, n)`` float32.

        Args:
            queries: ``(q, d)`` float32 unit rows.
            ignored: ``(q, n)``, whether each row is left out for each query, because it is the
                query or a copy of it: it expands no query and augments no row. Its own score means
                nothing.
        """
        found: Array = queries @ self.matrix.T
        if self._neighbours is None:
            return found
        for number, products in enumerate(found):
            found[number] = neighbourhood_scores(
                self.matrix,
                self._neighbours,
                queries[number, None],
                products[:, None],
                without=np.flatnonzero(ignored[number] if ignored is not None else []),
            )
        return found
