"""Images of the gallery in full size, in formats that browsers show."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..errors import ImageError
from ..feature_store import IndexSnapshot
from ..images import file_id
from ..types import ImageRecord
from .disk_cache import DiskCache
from .thumbnails import shrunk

PICTURE_SIDE = 2048
# Phones do not decode more.
MOST_PIXELS = 40_000_000
CONVERTED = "image/jpeg"
_QUALITY = 88
_HEAD = 16


@dataclass(frozen=True)
class Picture:
    """A file that browsers show, or the content of a JPEG made from it, and the media type."""

    content: Path | bytes
    media_type: str


def picture(snapshot: IndexSnapshot, image_id: str, cache: DiskCache) -> Picture:
    """An image of the gallery in a format that browsers show.

    Other formats, such as HEIC and TIFF, and images too large for a phone become a JPEG of at most
    ``PICTURE_SIDE`` pixels a side, which is kept in the cache.

    Raises:
        ImageError: The image is not in the index, or its file has changed or is unreadable.
        OSError: The file cannot be read.
    """
    image = snapshot.with_id(image_id)
    if image is None:
        raise ImageError("not in the index")
    path = snapshot.library / image.path
    shown = _media_type(path)
    if shown and image.width * image.height <= MOST_PIXELS:
        if not _is_as_indexed(path, image):
            raise ImageError("its file has changed since it was indexed")
        return Picture(path, shown)
    name = f"{image_id}-{PICTURE_SIDE}.jpg"
    make = partial(shrunk, path, image_id, PICTURE_SIDE, "JPEG", quality=_QUALITY)
    return Picture(cache.get(name, make), CONVERTED)


def _media_type(path: Path) -> str | None:
    """Media type by the first bytes of a file; ``None`` for formats that not all browsers show."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    known = {
        b"\xff\xd8\xff": "image/jpeg",
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"GIF87a": "image/gif",
        b"GIF89a": "image/gif",
        b"BM": "image/bmp",
        b"\0\0\1\0": "image/x-icon",
    }
    return next((name for start, name in known.items() if head.startswith(start)), None)


def _is_as_indexed(path: Path, image: ImageRecord) -> bool:
    state = path.stat()
    if (state.st_size, state.st_mtime_ns) == (image.size, image.mtime_ns):
        return True
    # It may have been copied or restored.
    with path.open("rb") as file:
        return file_id(file) == image.id
