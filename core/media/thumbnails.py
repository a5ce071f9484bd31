"""Small versions of the gallery's images, made once and kept on the disk."""

from __future__ import annotations

import io
from pathlib import Path

from core.errors import ImageError
from core.feature_store import IndexSnapshot
from core.images import load_file
from core.media.disk_cache import DiskCache

SIDE = 320
MEDIA_TYPE = "image/webp"
_QUALITY = 80


def thumbnail_cache(features: Path) -> DiskCache:
    """Where what is made of the images is kept.

    Args:
        features: The features folder.
    """
    return DiskCache(features / "thumbnails")


def thumbnail(snapshot: IndexSnapshot, image_id: str, cache: DiskCache) -> bytes:
    """The thumbnail of an image of the gallery; made if there is none yet.

    Args:
        snapshot: The index that knows the image.
        image_id: Its id; it also names the file, so a thumbnail never goes stale.
        cache: Where the thumbnails are kept.

    Returns:
        A WebP file that fits in a square of ``SIDE`` pixels.

    Raises:
        ImageError: The image is not in the index, or its file is gone or has changed.
    """
    image = snapshot.by_id.get(image_id)
    if image is None:
        raise ImageError("not in the index")
    path = snapshot.library / image.path
    return cache.get(
        f"{image_id}.webp", lambda: shrunk(path, image_id, SIDE, "WEBP", quality=_QUALITY)
    )


def shrunk(path: Path, image_id: str, side: int, kind: str, *, quality: int) -> bytes:
    """An image anew, so that it fits in a square; a smaller one keeps its size.

    Args:
        path: Its file.
        image_id: Its id.
        side: Of the square, in pixels.
        kind: Pillow's name of the new format.
        quality: Of the new format, 1 to 95.

    Raises:
        ImageError: It cannot be used as an image, or is another one by now.
    """
    _, image = load_file(path, enough=side, unless=lambda found: found != image_id)
    if image is None:
        raise ImageError("its file has changed since it was indexed")
    image.pixels.thumbnail((side, side))
    file = io.BytesIO()
    image.pixels.save(file, kind, quality=quality)
    return file.getvalue()
