"""Small versions of the gallery's images, made once and kept on the disk."""

from __future__ import annotations

from pathlib import Path

from core.atomic import atomic_write
from core.errors import ImageError
from core.feature_store import IndexSnapshot
from core.images import image_id as content_id
from core.images import load_image, read_file

SIDE = 320
MEDIA_TYPE = "image/webp"
_QUALITY = 80


def thumbnail(snapshot: IndexSnapshot, image_id: str, cache: Path) -> Path:
    """The thumbnail of an image of the gallery; made if there is none yet.

    Args:
        snapshot: The index that knows the image.
        image_id: Its id; it also names the file, so a thumbnail never goes stale.
        cache: Folder of the thumbnails; made if it does not exist.

    Returns:
        A WebP file that fits in a square of ``SIDE`` pixels.

    Raises:
        ImageError: The image is not in the index, or its file is gone or has changed.
        OSError: The cache cannot be written.
    """
    image = snapshot.by_id.get(image_id)
    if image is None:
        raise ImageError("not in the index")
    path = cache / image_id[:2] / f"{image_id}.webp"
    if path.exists():
        return path
    content = read_file(snapshot.library / image.path)
    if content_id(content) != image_id:
        raise ImageError("its file has changed since it was indexed")
    pixels = load_image(content, enough=SIDE).pixels
    pixels.thumbnail((SIDE, SIDE))
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        pixels.save(file, "WEBP", quality=_QUALITY)
    return path
