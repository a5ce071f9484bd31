"""Collage of several query pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageOps

_SIDE = 800
_GAP = 16
_PAPER = "#ffffff"


def make_collage(images: Sequence[Image.Image]) -> Image.Image:
    """RGB images in a grid, at most 800 by 800 pixels; a single image is returned as it is."""
    if len(images) == 1:
        return images[0]
    columns = math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    cell = (_SIDE + _GAP) // columns - _GAP
    step = cell + _GAP
    page = Image.new("RGB", (columns * step - _GAP, rows * step - _GAP), _PAPER)
    for number, image in enumerate(images):
        shown = ImageOps.contain(image, (cell, cell))
        down, across = divmod(number, columns)
        corner = (
            across * step + (cell - shown.width) // 2,
            down * step + (cell - shown.height) // 2,
        )
        page.paste(shown, corner)
    return page
