"""One interface for every search."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.search.exact import ALL
from core.search.filters import Filters
from core.types import DISTANCE, Array, ImageRecord

NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Hit:
    """An image that a search found, and its Euclidean distance, 0 to 2."""

    record: ImageRecord
    distance: float


class SearchIndex(Protocol):
    """Finds images among those of a gallery."""

    def search(
        self,
        queries: Array,
        k: int,
        *,
        combine: str = ALL,
        filters: Filters = NO_FILTERS,
        without: Collection[str] = (),
        max_distance: float | None = None,
        ranking: str = DISTANCE,
    ) -> Sequence[Hit]: ...

    def count(self, filters: Filters = NO_FILTERS, without: Collection[str] = ()) -> int: ...

    def features_of(self, ids: Sequence[str]) -> Array: ...

    def record(self, image_id: str) -> ImageRecord | None: ...
