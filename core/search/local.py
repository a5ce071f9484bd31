"""Search of a published index on this machine, exact or approximate."""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache, partial

import numpy as np

from ..errors import ConfigurationError, FeatureStoreError
from ..feature_store import IndexSnapshot, Neighbours
from ..types import NEIGHBOURHOOD, Array, Rows
from .approximate import ApproximateIndex
from .exact import closest_rows
from .index import Hits, no_such_image
from .inverted_lists import installed
from .options import SearchOptions, ranking_of
from .ranking import rank_by_neighbourhood

_FILTERS = 8


class LocalIndex:
    """The ``SearchIndex`` of a published index; approximate where it was published so.

    Raises:
        FeatureStoreError: Its rows are not on this machine.
    """

    def __init__(self, snapshot: IndexSnapshot) -> None:
        self.snapshot = snapshot
        self._matrix = snapshot.require_rows()
        # Searches of the same session ask for the same filters.
        self._passing = lru_cache(_FILTERS)(lambda filters: filters.passing(snapshot.images))

    def search(self, queries: Array, options: SearchOptions) -> Hits:
        """See ``SearchIndex.search``.

        Raises:
            ConfigurationError: The index has no neighbours to rank by.
            FeatureStoreError: The file of the approximate index is damaged.
        """
        images = self.snapshot.images
        among = self._passing(options.filters) if options.filters else None
        wrong = images.rows_of_ids(options.feedback.wrong)
        closest: Callable[..., tuple[Array, Rows]]
        if ranking_of(self.snapshot, options.ranking) == NEIGHBOURHOOD:
            closest = partial(
                rank_by_neighbourhood, self._matrix, self._neighbours, farthest=options.farthest
            )
        elif not options.exact and self._approximate:
            closest = self._approximate.search
        else:
            closest = partial(closest_rows, self._matrix)
        distances, rows = closest(
            queries, options.k, combine=options.combine, among=among, without=wrong
        )
        near = distances <= options.farthest
        compared = len(images) - len(wrong)
        if among is not None:
            # Both ascend: a few are looked up among many.
            first, after = (np.searchsorted(among, wrong, side) for side in ("left", "right"))
            compared = len(among) - int((after - first).sum())
        return Hits([images[row] for row in rows[near].tolist()], distances[near], compared)

    def features_of(self, ids: Sequence[str]) -> Array:
        """See ``SearchIndex.features_of``."""
        images = self.snapshot.images
        rows = [images.row_of_id(image_id) for image_id in ids]
        if None in rows:
            raise no_such_image(ids[rows.index(None)], images[0].id)
        return np.asarray(self._matrix)[np.array(rows, np.int64)]

    @property
    def _neighbours(self) -> Neighbours:
        if self.snapshot.neighbours is None:
            raise ConfigurationError(
                "To rank by neighbourhood, expected an index with neighbours. Received: one of an "
                "older version. Update the gallery."
            )
        return self.snapshot.neighbours

    @cached_property
    def _approximate(self) -> ApproximateIndex | None:
        path = self.snapshot.approximate
        if path is None or not installed():
            return None
        try:
            return ApproximateIndex.load(path, self._matrix)
        except ValueError as error:
            raise FeatureStoreError(
                f"The approximate index cannot be read: expected one of {len(self._matrix):,} "
                f"images. Received: {path} ({error}). Delete this file and update the gallery."
            ) from error
