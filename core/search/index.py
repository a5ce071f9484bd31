"""The seam of search: what finds the closest images, wherever their features are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from core.errors import ConfigurationError
from core.search.options import SearchOptions
from core.types import Array, ImageRecord


class Hit(NamedTuple):
    """An image that an index finds, and its Euclidean distance to the queries, 0 to 2."""

    image: ImageRecord
    distance: float


class SearchIndex(Protocol):
    """Finds the images of a snapshot that are closest to queries.

    Images are named by their ids; every file with the same content has the same id.
    """

    def search(self, queries: Array, options: SearchOptions) -> Sequence[Hit]:
        """The best images for one query or several together, in the order of the ranking.

        Images at the same distance come in the order of their paths.

        Args:
            queries: ``(q, d)`` float32 unit rows, at least one, fitted like those of the gallery
                and moved by the feedback.
            options: What else is asked for.

        Raises:
            ConfigurationError: This index cannot rank so.
        """
        ...

    def count(self, options: SearchOptions) -> int:
        """How many images are compared by a search."""
        ...

    def features_of(self, ids: Sequence[str]) -> Array:
        """The features ``(n, d)`` float32 of images, as they are compared.

        Raises:
            ConfigurationError: An id is not in the gallery.
        """
        ...

    @property
    def warning(self) -> str | None:
        """A sentence for a person if not all images were compared, else ``None``."""
        ...


def no_such_image(image_id: str, example: str) -> ConfigurationError:
    """The error for an id that no image of the gallery has."""
    return ConfigurationError(
        f"Expected the id of an image in the gallery, such as {example!r}. "
        f"Received: {image_id!r}. Take it from an answer."
    )
