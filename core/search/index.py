"""The seam of search: what finds the closest images, wherever their features are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..errors import ConfigurationError
from ..types import Array, ImageRecord
from .options import SearchOptions


@dataclass(frozen=True, slots=True)
class Hits:
    """What an index finds.

    Attributes:
        images: In the order of the ranking.
        distances: Of the images to the queries, ``(n,)`` float32, Euclidean, 0 to 2.
        compared: Number of images that were compared.
        warning: A sentence for a person if not all images of the gallery were.
    """

    images: Sequence[ImageRecord]
    distances: Array
    compared: int
    warning: str | None = None


class SearchIndex(Protocol):
    """Finds the images of a snapshot that are closest to queries.

    Images are named by their ids; every file with the same content has the same id.
    """

    def search(self, queries: Array, options: SearchOptions) -> Hits:
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

    def features_of(self, ids: Sequence[str]) -> Array:
        """The features ``(n, d)`` float32 of images, as they are compared.

        Raises:
            ConfigurationError: An id is not in the gallery.
        """
        ...


def no_such_image(image_id: str, example: str) -> ConfigurationError:
    """The error for an id that no image of the gallery has."""
    return ConfigurationError(
        f"Expected the id of an image in the gallery, such as {example!r}. "
        f"Received: {image_id!r}. Take it from an answer."
    )
