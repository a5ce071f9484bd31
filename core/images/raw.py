"""The preview inside a raw camera file; the sensor data are not developed."""

import io
import struct
from dataclasses import dataclass

import numpy as np

_MAGICS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_SUBFILE_TYPE, _COMPRESSION, _MAKE, _DNG_VERSION = 254, 259, 271, 50706
_OF_PENTAX = 65535
_SHORT = 3
# EXIF orientations by the flip of LibRaw.
_ORIENTATIONS = (1, 2, 4, 3, 5, 8, 6, 7)
# A date before it comes from a clock that was never set.
_FIRST_YEAR = 1971


@dataclass(frozen=True, slots=True)
class Preview:
    """The largest picture that a camera put into a raw file.

    Attributes:
        content: A file that Pillow reads.
        orientation: EXIF orientation of the raw file, for a preview without its own.
        taken_at: When the photograph was taken, ``YYYY-MM-DDTHH:MM:SS``; ``None`` if not recorded.
    """

    content: bytes
    orientation: int
    taken_at: str | None


def is_raw(content: bytes) -> bool:
    """Whether a file is a raw camera file, by its first 4 kB."""
    if content.startswith(_MAGICS) or content[4:12] == b"ftypcrx ":
        return True
    tags = _first_directory(content)
    if _DNG_VERSION in tags or (tags and content[8:10] == b"CR"):
        return True
    # Others have a small picture first, or a compression of their own.
    reduced = tags.get(_SUBFILE_TYPE, 0) & 1
    return _MAKE in tags and bool(reduced or tags.get(_COMPRESSION) == _OF_PENTAX)


def preview_of(content: bytes) -> Preview | None:
    """The largest preview of a raw camera file; ``None`` if LibRaw finds none."""
    import rawpy

    try:
        with rawpy.imread(io.BytesIO(content)) as raw:
            picture = raw.extract_thumb()
            flip, taken = raw.sizes.flip, raw.other.timestamp
    # Damaged data raises whatever the parser stumbles on.
    except Exception:
        return None
    return Preview(
        content=picture.data if isinstance(picture.data, bytes) else _as_file(picture.data),
        orientation=_ORIENTATIONS[flip & 7],
        taken_at=taken.isoformat(timespec="seconds") if taken.year >= _FIRST_YEAR else None,
    )


def _as_file(pixels: np.ndarray) -> bytes:
    height, width = pixels.shape[:2]
    kind = "P6" if pixels.size == 3 * width * height else "P5"
    return f"{kind} {width} {height} 255\n".encode() + pixels.astype(np.uint8).tobytes()


def _first_directory(content: bytes) -> dict[int, int]:
    """The tags of the first directory of a TIFF, with the first value of those that hold it."""
    order = _BYTE_ORDERS.get(content[:4])
    if order is None or len(content) < 8:
        return {}
    (start,) = struct.unpack_from(f"{order}I", content, 4)
    count = int.from_bytes(content[start : start + 2], "little" if order == "<" else "big")
    entries = content[start + 2 : start + 2 + 12 * count]
    found = struct.iter_unpack(f"{order}HHI4s", entries[: len(entries) // 12 * 12])
    return {
        tag: struct.unpack_from(order + ("H" if kind == _SHORT else "I"), value)[0]
        for tag, kind, _, value in found
    }
