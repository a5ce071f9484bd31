"""Collage of several query pictures."""

import math
from collections.abc import Sequence

from PIL import Image

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
        down, across = divmod(number, columns)
        place(page, image, (across * step, down * step, cell, cell))
    return page


def place(page: Image.Image, image: Image.Image, box: tuple[int, int, int, int]) -> None:
    """Paste an image into the middle of a box, ``(left, top, width, height)``, as large as fits."""
    x, y, width, height = box
    share = min(width / image.width, height / image.height)
    size = (max(round(image.width * share), 1), max(round(image.height * share), 1))
    corner = (x + (width - size[0]) // 2, y + (height - size[1]) // 2)
    page.paste(image.resize(size, Image.Resampling.LANCZOS), corner)
