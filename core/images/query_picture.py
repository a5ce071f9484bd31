"""A picture to search with, and of which file it is."""

from dataclasses import dataclass
from typing import Self

from PIL import Image


@dataclass(frozen=True, slots=True)
class QueryPicture:
    """A picture to search with.

    Attributes:
        pixels: RGB of any size.
        content_id: Id of the file, if this is the whole picture in it, as it is; else ``None``.
    """

    pixels: Image.Image
    content_id: str | None = None

    @classmethod
    def of(cls, picture: Image.Image | Self) -> Self:
        """The picture itself; an RGB image becomes one of no file."""
        return cls(picture) if isinstance(picture, Image.Image) else picture
