"""The seam of search: what finds the closest images, wherever their features are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.search.exact import ALL
from core.search.filters import Filters
from core.types import Array, ImageRecord

NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Hit:
    """An image that was found, and its Euclidean distance, 0 to 2."""

    record: ImageRecord
    distance: float


class SearchIndex(Protocol):
    """Finds the images of a gallery that are closest to queries.

    Images are named by their ids; every file with the same content has the same id.
    """

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
        """The ``k`` best images for one query or several together, in the order of the ranking.

        Images at the same distance come in the order of their paths.

        Args:
            queries: ``(q, d)`` float32 unit rows, at least one, fitted like those of the gallery.
            k: At least 1.
            combine: The distance of an image is that to the farthest query (``"all"``) or to the
                nearest one (``"any"``).
            filters: Only images that pass are found.
            without: Ids of images that are not found.
            max_distance: Images farther than this are not found.
            ranking: One of ``RANKINGS``; by default that of the gallery, if this index has it.

        Raises:
            ConfigurationError: ``k`` is less than 1, there is no query, no such ``combine``, or
                this index cannot rank so.
        """
        ...

    def count(self, filters: Filters = NO_FILTERS, without: Collection[str] = ()) -> int:
        """How many images are compared by a search."""
        ...

    def features_of(self, ids: Sequence[str]) -> Array:
        """The features ``(n, d)`` float32 of images, as they are compared.

        Raises:
            ConfigurationError: An id is not in the gallery.
        """
        ...

    def record(self, image_id: str) -> ImageRecord | None:
        """The image of an id, of identical files the first by path; ``None`` for an unknown id."""
        ...

    def warning(self, generation: int) -> str | None:
        """A sentence for a person if another generation than this is searched, else ``None``."""
        ...
