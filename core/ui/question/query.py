"""One picture to search with, and what the browser may see of it."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode

from PIL import Image

from ...errors import ImageError
from ...feature_store import IndexSnapshot
from ...images import (
    ENOUGH_SIDE,
    Framing,
    LoadedImage,
    QueryPicture,
    load_image,
    read_indexed,
)
from ...images import image_id as id_of
from ...media import THUMBNAIL_SIDE, thumbnail
from ..components import jpeg_address
from ..resources import picture_cache
from ..text import plain
from .address import ID

_SHOWN_SIDE = 800
_SMALL_SIDE = 192


@dataclass(frozen=True)
class Query:
    """A picture to search with.

    Attributes:
        name: File name.
        content: The file that ``picture`` is decoded from.
        picture: What may be shown and cropped, upright and whole.
        content_id: Id of the image.
        framing: How the picture is cropped, turned and mirrored.
        unseen: The whole image, RGB, where ``picture`` is its thumbnail: searched with while there
            is no crop, never shown.
    """

    name: str
    content: bytes
    picture: LoadedImage
    content_id: str
    framing: Framing = field(default_factory=Framing)
    unseen: Image.Image | None = None

    @property
    def id(self) -> str:
        """Hash of content and framing, 32 hexadecimal digits; another one for a thumbnail."""
        said = f"{self.content_id}?{urlencode(self.framing.parameters())}"
        if self.unseen:
            said += "&thumbnail"
        return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()

    @property
    def memory(self) -> int:
        """Size of the file and the decoded picture, in bytes."""
        return len(self.content) + 3 * self.picture.pixels.width * self.picture.pixels.height

    @cached_property
    def image(self) -> Image.Image:
        """What is searched with, RGB; ``ImageError`` where a crop cannot be decoded again."""
        if self.unseen and not self.framing.box:
            return self.framing.turned(self.unseen)
        return self.visible

    @property
    def asked(self) -> QueryPicture:
        """``image``, with its id only while it is neither cropped nor turned."""
        return QueryPicture(self.image, None if self.framing != Framing() else self.content_id)

    @cached_property
    def visible(self) -> Image.Image:
        """The part of ``image`` that may be shown, RGB; raises ``ImageError`` as well."""
        return self.framing.apply(self.picture, self.content)

    @cached_property
    def shown(self) -> Image.Image:
        """The whole picture, turned but not cropped, RGB.

        Its longer side has 800 pixels, or as many as thumbnails have.
        """
        picture = self.picture
        # Decoding at reduced scale rounds the proportions. Small pictures are enlarged, so that
        # people can draw on them.
        side = THUMBNAIL_SIDE if self.unseen else _SHOWN_SIDE
        scale = side / max(picture.width, picture.height)
        size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
        return self.framing.turned(picture.pixels.resize(size))

    @cached_property
    def shown_address(self) -> str:
        """``shown`` as a data address."""
        return jpeg_address(self.shown, _SHOWN_SIDE)

    @cached_property
    def small_address(self) -> str:
        """``shown`` as a data address, for a list of several."""
        return jpeg_address(self.shown, _SMALL_SIDE)


def query_of_file(name: str, content: bytes) -> Query:
    """A query by a file; raises ``ImageError``, whose message is the reason."""
    return Query(name, content, load_image(content, enough=ENOUGH_SIDE), id_of(content))


def query_of_gallery(snapshot: IndexSnapshot, image_id: str, *, full: bool, remedy: str) -> Query:
    """A query by an image of the gallery, in full or as its thumbnail.

    Raises:
        ImageError: There is no such image, or its file cannot be used. The message is Markdown and
            ends in the remedy, a sentence.
    """
    record = snapshot.with_id(image_id) if ID.fullmatch(image_id) else None
    if record is None:
        raise ImageError(
            "The picture of this link is not in the gallery that is searched: "
            "choose another gallery in the sidebar, or drop a picture above."
        )
    name = record.path.rpartition("/")[2]
    try:
        content = read_indexed(snapshot.library / record.path, image_id)
        picture = load_image(content, enough=ENOUGH_SIDE)
        if full:
            return Query(name, content, picture, image_id)
        small = thumbnail(snapshot, image_id, picture_cache())
        return Query(name, small, load_image(small), image_id, unseen=picture.pixels)
    except ImageError as error:
        raise ImageError(f"“{plain(name)}” cannot be used: {error}. {remedy}") from error
