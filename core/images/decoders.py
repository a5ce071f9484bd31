"""Pillow's decoders that are written in Python, and take about a second a megapixel."""

from __future__ import annotations

from PIL import DdsImagePlugin, Image

from .headers import MAX_PIXELS

_MAX_SLOW_PIXELS = 25_000_000
_SLOW = ("qoi", "dds_rgb")
_RED, _GREEN, _BLUE, _ALPHA = 0xFF, 0xFF00, 0xFF0000, 0xFF000000
# Pillow's names of the layouts of uncompressed DDS files, by bits a pixel and masks.
_RAW_MODES = {
    (24, (_RED, _GREEN, _BLUE)): "RGB",
    (24, (_BLUE, _GREEN, _RED)): "BGR",
    (32, (_RED, _GREEN, _BLUE)): "RGBX",
    (32, (_BLUE, _GREEN, _RED)): "BGRX",
    (32, (_RED, _GREEN, _BLUE, _ALPHA)): "RGBA",
    (32, (_BLUE, _GREEN, _RED, _ALPHA)): "BGRA",
}


def use_fast_decoder(image: Image.Image) -> None:
    """Have an opened, uncompressed DDS file decoded in C where Pillow knows its layout."""
    if isinstance(image, DdsImagePlugin.DdsImageFile):
        image.tile = [
            tile._replace(codec_name="raw", args=(_RAW_MODES[tile.args], 0, 1))
            if tile.codec_name == "dds_rgb" and tile.args in _RAW_MODES
            else tile
            for tile in image.tile
        ]


def max_pixels(image: Image.Image) -> int:
    """The most pixels that an opened image may have to be decoded."""
    slow = any(tile[0] in _SLOW for tile in getattr(image, "tile", ()))
    return _MAX_SLOW_PIXELS if slow else MAX_PIXELS
