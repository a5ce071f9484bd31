"""What the header of a Photoshop file tells, before Pillow opens it.

Source: Adobe Photoshop File Formats Specification, 2019, "Photoshop File Format".
"""

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

# Version 1; version 2 is PSB.
SIGNATURE = b"8BPS\0\1"
MAX_SIDE = 30_000
# Photoshop writes about a hundred. Pillow keeps each in memory.
_MAX_RESOURCES = 10_000


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a PSD file: size in pixels, bits of a channel (1, 8, 16 or 32).

    ``transparent`` tells whether the fourth channel is transparency, not a saved selection.
    """

    width: int
    height: int
    bits: int
    transparent: bool


def read_header(file: BinaryIO) -> Header:
    """The header of a file that begins with ``SIGNATURE``.

    Raises:
        ValueError, struct.error: The file is cut, or has more parts than Photoshop would write.
    """
    height, width, bits = struct.unpack(">14xIIH2x", file.read(26))
    if max(width, height) > MAX_SIDE:
        raise ValueError(f"a side of more than {MAX_SIDE} pixels")
    (size,) = struct.unpack(">I", file.read(4))
    file.seek(size, io.SEEK_CUR)
    _check_resources(file)
    return Header(width, height, bits, _has_transparency(file))


def _check_resources(file: BinaryIO) -> None:
    (size,) = struct.unpack(">I", file.read(4))
    end = file.tell() + size
    for _ in range(_MAX_RESOURCES):
        if file.tell() >= end:
            return
        (name,) = struct.unpack(">6xB", file.read(7))
        file.seek(name + 1 - name % 2, io.SEEK_CUR)
        (size,) = struct.unpack(">I", file.read(4))
        file.seek(size + size % 2, io.SEEK_CUR)
    raise ValueError(f"more than {_MAX_RESOURCES} resources")


def _has_transparency(file: BinaryIO) -> bool:
    """Whether the number of layers is negative, which says what the fourth channel is."""
    (size,) = struct.unpack(">I", file.read(4))
    start = file.tell()
    if file.seek(0, io.SEEK_END) < start + size:
        raise ValueError("the file is cut")
    if size < 6:
        return False
    file.seek(start)
    length, layers = struct.unpack(">Ih", file.read(6))
    return bool(length > 0 and layers < 0)
