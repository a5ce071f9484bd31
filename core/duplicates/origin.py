"""Whether a file is as the camera wrote it."""

import re
from datetime import datetime, timedelta

from .tag_words import Tags

_BY_CAMERAS = ("JPEG", "MPO", "HEIF")
_EDITORS = re.compile(
    rb"photoshop|lightroom|gimp|paint|snapseed|picasa|instagram|vsco|affinity|capture one"
    rb"|darktable|rawtherapee|digikam|photo ?scape|luminar|dxo|acdsee|irfanview|xnview"
    rb"|photo editor|photos \d|imagemagick|canva|pixelmator|faststone|corel|topaz|gigapixel|upscay"
    rb"|waifu|facebook|whatsapp|windows photo|shotwell|polarr|fotor|nik collection|on1",
    re.IGNORECASE,
)
_PROGRAMS = ("EXIF Software", "EXIF ProcessingSoftware", "XMP xmp:CreatorTool")
_HISTORIES = ("XMP xmpMM:History", "XMP xmpMM:DerivedFrom")
_HEAD = 65_536
# A camera writes the file some seconds after it took the photograph.
_AT_ONCE = timedelta(minutes=1)


def is_camera_original(content: bytes, format: str, size: tuple[int, int], tags: Tags) -> bool:
    """Whether nothing in a file speaks against it being as the camera wrote it.

    Its format is as Pillow calls it; its size is in pixels, as stored.
    """
    # A camera puts EXIF first (EXIF 2.32, 4.5.4); libjpeg and what is built on it put JFIF there.
    # Cameras make HEIF of tiles; libheif and what is built on it do not.
    by_camera = b"grid" in content[:_HEAD] if format == "HEIF" else content[2:4] == b"\xff\xe1"
    named = bool(tags.get("EXIF Make") or tags.get("EXIF Model"))
    edited = any(_EDITORS.search(tags.get(name, b"")) for name in _PROGRAMS)
    edited = edited or any(name in tags for name in _HISTORIES)
    return (
        format in _BY_CAMERAS
        and by_camera
        and named
        and not edited
        and _is_of_one_time(tags)
        and _is_of_size(tags, size)
    )


def _is_of_one_time(tags: Tags) -> bool:
    taken, written = tags.get("EXIF DateTimeOriginal"), tags.get("EXIF DateTime")
    if taken is None:
        return False
    try:
        times = [_time(text) for text in (taken, written or taken)]
    except ValueError:
        return taken == written
    return abs(times[1] - times[0]) <= _AT_ONCE


def _time(text: bytes) -> datetime:
    return datetime.strptime(text.decode("ascii", "replace")[:19], "%Y:%m:%d %H:%M:%S")


def _is_of_size(tags: Tags, size: tuple[int, int]) -> bool:
    sides = [tags.get(f"EXIF ExifImage{side}") for side in ("Width", "Height")]
    told = {side for side in sides if side}
    return told <= {str(side).encode() for side in size}
