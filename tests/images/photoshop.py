"""Photoshop files, which Pillow reads and does not write."""

from __future__ import annotations

import struct
from typing import BinaryIO

from PIL import Image, ImageOps

# Of a file: what Photoshop calls its modes.
_MODES = {"1": 0, "L": 1, "P": 2, "RGB": 3, "RGBA": 3, "CMYK": 4}


def psd(
    image: Image.Image,
    *,
    rle: bool = False,
    transparent: bool = True,
    bits: int = 8,
    version: int = 1,
    resources: bytes = b"",
) -> bytes:
    """A file with the composite of an image and no layer.

    Args:
        image: Of one of these modes: L, P, RGB, RGBA, CMYK.
        rle: Whether the rows are packed.
        transparent: Whether a fourth channel beside RGB is transparency, not a saved selection.
        bits: What the header tells of a channel.
        version: What the header tells of the file.
        resources: What stands between the palette and the layers.
    """
    width, height = image.size
    bands = [ImageOps.invert(band) for band in image.split()] if image.mode == "CMYK" else None
    bands = bands or list(image.split())
    header = struct.pack(
        ">4sH6xHIIHH", b"8BPS", version, len(bands), height, width, bits, _MODES[image.mode]
    )
    palette = b""
    if image.mode == "P":
        colours = bytes(image.getpalette() or ()).ljust(768, b"\0")
        palette = colours[0::3] + colours[1::3] + colours[2::3]
    # A negative number of layers tells that the first extra channel is transparency.
    layers = struct.pack(">Ihxx", 4, -1) if image.mode == "RGBA" and transparent else b""
    parts = b"".join(struct.pack(">I", len(part)) + part for part in (palette, resources, layers))
    return header + parts + (_packed(bands) if rle else _raw(bands))


def _raw(bands: list[Image.Image]) -> bytes:
    return struct.pack(">H", 0) + b"".join(band.tobytes() for band in bands)


def _packed(bands: list[Image.Image]) -> bytes:
    rows = [
        _pack_bits(content[start : start + bands[0].width])
        for content in (band.tobytes() for band in bands)
        for start in range(0, len(content), bands[0].width)
    ]
    lengths = struct.pack(f">{len(rows)}H", *map(len, rows))
    return struct.pack(">H", 1) + lengths + b"".join(rows)


def _pack_bits(row: bytes) -> bytes:
    """Runs of one value, each of up to 128 bytes, as (257 - length, value)."""
    packed = bytearray()
    start = 0
    while start < len(row):
        end = start + 1
        while end < min(len(row), start + 128) and row[end] == row[start]:
            end += 1
        packed += bytes(((257 - (end - start)) & 0xFF, row[start]))
        start = end
    return bytes(packed)


def _save(image: Image.Image, file: BinaryIO, _name: str | bytes) -> None:
    file.write(psd(image, **image.encoderinfo))


def register_psd_writer() -> None:
    """Have Pillow write such files, as ``PSD``."""
    Image.register_save("PSD", _save)
