"""What the header of a file claims, checked before Pillow opens the file.

Pillow decodes icons and JPEG XL as it opens them, and keeps parts of PSD.
"""

import io
import struct
from typing import BinaryIO

from PIL import IcoImagePlugin, Image

from ..errors import ImageError
from . import jpeg_xl, psd
from .memory import Reservation

# Of the decoded image: a JPEG that is decoded at reduced scale may have 64 times as many.
MAX_PIXELS = 100_000_000
MAX_ENCODED_PIXELS = 600_000_000
# Of Pillow's decoders that are written in Python, and take about a second a megapixel.
_MAX_SLOW_PIXELS = 25_000_000
_SLOW = ("qoi", "dds_rgb")
_ICON = b"\0\0\1\0"
_PNG = b"\x89PNG"


def check_size(size: tuple[int, int], limit: int = MAX_PIXELS) -> None:
    """Raise ``ImageError`` where an image of ``(width, height)`` has more than ``limit`` pixels."""
    width, height = size
    if width * height > limit:
        raise ImageError(
            f"too large: {width}x{height} pixels, at most {limit // 1_000_000} million"
        )


def max_pixels(image: Image.Image) -> int:
    """The most pixels that an opened image may have to be decoded."""
    slow = any(tile[0] in _SLOW for tile in getattr(image, "tile", ()))
    return _MAX_SLOW_PIXELS if slow else MAX_PIXELS


def check_header(file: BinaryIO, memory: Reservation) -> None:
    """Check what a file claims where Pillow would act on it unchecked.

    The file is at its start and is left there. The memory that opening it takes is reserved.

    Raises:
        ImageError: The image is too large, or of a kind that is not read.
        ValueError, struct.error: The header is damaged.
    """
    head = file.read(12)
    file.seek(0)
    try:
        if head.startswith(_ICON):
            _check_icon(file)
        elif head.startswith(psd.SIGNATURE):
            _check_psd(file)
        elif head.startswith(jpeg_xl.SIGNATURES):
            _check_jpeg_xl(file, memory)
    finally:
        file.seek(0)


def alpha_is_transparency(content: bytes, format: str | None) -> bool:
    """Whether the alpha channel of a file of Pillow's ``format`` is transparency."""
    if format == "TGA":
        # The header counts the bits of a pixel that are transparency.
        return bool(content[17] & 0x0F)
    if format == "PSD":
        return psd.read_header(io.BytesIO(content)).transparent
    return True


def _check_icon(file: BinaryIO) -> None:
    icon = IcoImagePlugin.IcoFile(file)
    if icon.entry:
        file.seek(icon.entry[0].offset)
        head = file.read(24)
        if head.startswith(_PNG) and len(head) == 24:
            check_size(struct.unpack(">II", head[16:]))


def _check_psd(file: BinaryIO) -> None:
    header = psd.read_header(file)
    check_size((header.width, header.height))
    if header.bits not in (1, 8):
        raise ImageError(
            f"a PSD file of {header.bits} bits a channel; only those of 8 are read: convert it"
        )


def _check_jpeg_xl(file: BinaryIO, memory: Reservation) -> None:
    header = jpeg_xl.read_header(file)
    check_size((header.width, header.height))
    if header.animated:
        raise ImageError("an animated JPEG XL file; only still ones are read")
    memory.reserve(header.peak, f"{header.width}x{header.height} pixels")
