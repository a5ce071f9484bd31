"""Several pictures as one, to stand for a query of several."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageOps

_SIDE = 800
_GAP = 16
_PAPER = "#ffffff"


def collage(images: Sequence[Image.Image]) -> Image.Image:
    """Pictures side by side on a square, each whole and as large as its place; one stays itself.

    Args:
        images: RGB, any size, at least one.

    Returns:
        RGB; for several pictures at most 800 by 800 pixels.
    """
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
