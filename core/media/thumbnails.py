"""Thumbnails of the gallery's images, kept on disk."""

import io
from pathlib import Path

from ..errors import ImageError
from ..feature_store import IndexSnapshot
from ..images import load_file
from .disk_cache import DiskCache

THUMBNAIL_SIDE = 320
THUMBNAIL_TYPE = "image/webp"
_QUALITY = 80


def thumbnail_cache(features: Path) -> DiskCache:
    """The cache of thumbnails and converted pictures in a features folder."""
    return DiskCache(features / "thumbnails")


def thumbnail(snapshot: IndexSnapshot, image_id: str, cache: DiskCache) -> bytes:
    """WebP file of an image of the gallery, at most ``THUMBNAIL_SIDE`` pixels a side.

    It is kept in the cache by the id, which changes with the content of the image.

    Raises:
        ImageError: The image is not in the index, or its file is missing or has changed.
    """
    image = snapshot.with_id(image_id)
    if image is None:
        raise ImageError("not in the index")
    path = snapshot.library / image.path
    return cache.get(
        f"{image_id}.webp",
        lambda: shrunk(path, image_id, THUMBNAIL_SIDE, "WEBP", quality=_QUALITY),
    )


def shrunk(path: Path, image_id: str, side: int, kind: str, *, quality: int) -> bytes:
    """File in Pillow's format ``kind`` of an image reduced to at most ``side`` pixels a side.

    ``quality`` is 1 to 95. ``ImageError`` if the file no longer has this id.
    """
    _, image = load_file(path, enough=side, unless=lambda found: found != image_id)
    if image is None:
        raise ImageError("its file has changed since it was indexed")
    image.pixels.thumbnail((side, side))
    file = io.BytesIO()
    image.pixels.save(file, kind, quality=quality)
    return file.getvalue()
