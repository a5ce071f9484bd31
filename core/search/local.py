"""Search of a published index on this machine, exact or approximate."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.errors import ConfigurationError, FeatureStoreError
from core.feature_store import IndexSnapshot
from core.search.approximate import ApproximateIndex
from core.search.exact import ALL, ExactIndex, check_search
from core.search.filters import Filters
from core.search.index import NO_FILTERS, Hit
from core.search.inverted_lists import installed
from core.search.ranking import rank_by_neighbourhood, ranking_of
from core.types import NEIGHBOURHOOD, Array, FeatureSpace, ImageRecord, Rows

_FILTERS = 8


class LocalIndex:
    """The ``SearchIndex`` of a published index; approximate where it was published so.

    Args:
        snapshot: The published index.
        exact: Whether to compare with every row all the same.

    Raises:
        FeatureStoreError: The file of the approximate index is damaged.
    """

    def __init__(self, snapshot: IndexSnapshot, *, exact: bool = False) -> None:
        self._snapshot = snapshot
        # A search and its count, and searches of the same session, ask for the same filters.
        self._passing = lru_cache(_FILTERS)(lambda filters: filters.passing(snapshot.images))
        self._rows: ExactIndex | ApproximateIndex = ExactIndex(snapshot.matrix)
        if snapshot.approximate and not exact and installed():
            self._rows = _load(snapshot.approximate, snapshot)

    def search(
        self,
        queries: Array,
        k: int,
        *,
        combine: str = ALL,
        filters: Filters = NO_FILTERS,
        without: Collection[str] = (),
        max_distance: float | None = None,
        ranking: str | None = None,
    ) -> Sequence[Hit]:
        """See ``SearchIndex.search``."""
        check_search(queries, k, combine)
        among = self._passing(filters) if filters else None
        left_out = self._snapshot.images.rows_of_ids(without)
        if ranking_of(self._snapshot, ranking) == NEIGHBOURHOOD:
            distances, rows = self._by_neighbourhood(
                queries, k, combine, among, left_out, max_distance
            )
        else:
            distances, rows = self._rows.search_together(
                queries, k, combine=combine, among=among, without=left_out
            )
            if max_distance is not None:
                near = distances <= max_distance
                distances, rows = distances[near], rows[near]
        images = self._snapshot.images
        pairs = zip(rows.tolist(), distances.tolist(), strict=True)
        return [Hit(images[row], distance) for row, distance in pairs]

    def count(self, filters: Filters = NO_FILTERS, without: Collection[str] = ()) -> int:
        """See ``SearchIndex.count``."""
        left_out = self._snapshot.images.rows_of_ids(without)
        if not filters:
            return len(self._snapshot.images) - len(left_out)
        passing = self._passing(filters)
        # Both ascend: a few are looked up among many.
        first, after = (np.searchsorted(passing, left_out, side) for side in ("left", "right"))
        return len(passing) - int((after - first).sum())

    def features_of(self, ids: Sequence[str]) -> Array:
        """See ``SearchIndex.features_of``."""
        images = self._snapshot.images
        rows = [images.row_of_id(image_id) for image_id in ids]
        if None in rows:
            raise ConfigurationError(
                f"Expected the id of an image in the gallery, such as {images[0].id!r}. "
                f"Received: {ids[rows.index(None)]!r}. Take it from an answer."
            )
        return np.asarray(self._snapshot.matrix)[np.array(rows, np.int64)]

    def record(self, image_id: str) -> ImageRecord | None:
        """See ``SearchIndex.record``."""
        return self._snapshot.with_id(image_id)

    def warning(self, generation: int) -> str | None:  # noqa: ARG002
        """See ``SearchIndex.warning``: this is always the index of its snapshot."""
        return None

    def _by_neighbourhood(
        self,
        queries: Array,
        k: int,
        combine: str,
        among: Rows | None,
        left_out: Rows,
        max_distance: float | None,
    ) -> tuple[Array, Rows]:
        snapshot = self._snapshot
        if snapshot.neighbours is None:
            raise ConfigurationError(
                "To rank by neighbourhood, expected an index with neighbours. Received: one of an "
                "older version. Update the gallery."
            )
        if len(left_out):
            every = np.arange(len(snapshot.images)) if among is None else among
            among = np.setdiff1d(every, left_out)
        return rank_by_neighbourhood(
            snapshot.matrix,
            snapshot.neighbours,
            queries,
            k,
            combine=combine,
            among=among,
            without=left_out,
            max_distance=max_distance,
        )


def _load(path: Path, snapshot: IndexSnapshot) -> ApproximateIndex:
    try:
        return ApproximateIndex.load(path, snapshot.matrix)
    except ValueError as error:
        raise FeatureStoreError(
            f"The approximate index cannot be read: expected one of {len(snapshot.images):,} "
            f"images. Received: {path} ({error}). Delete this file and update the gallery."
        ) from error


class LocalIndexes:
    """The search index of the newest snapshot of each gallery; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[Path, FeatureSpace], tuple[IndexSnapshot, LocalIndex]] = {}

    def of(self, snapshot: IndexSnapshot, *, exact: bool = False) -> LocalIndex:
        """The search index of a snapshot."""
        if exact:
            return LocalIndex(snapshot, exact=True)
        key = (snapshot.library, snapshot.space)
        with self._lock:
            known = self._known.get(key)
            if known is None or known[0] is not snapshot:
                known = self._known[key] = snapshot, LocalIndex(snapshot)
            return known[1]
