"""Many small pictures on one sheet."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from ..media import load_font

_GAP = 12
_LINE = 22
_TEXT_SIZE = 15
_PAPER, _INK = "#ffffff", "#1d1a18"


def tiled(tiles: Sequence[Image.Image], columns: int) -> Image.Image:
    """RGB pictures of one size side by side, row by row, without gaps."""
    width, height = tiles[0].size
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * width, rows * height))
    for place, tile in enumerate(tiles):
        sheet.paste(tile, (place % columns * width, place // columns * height))
    return sheet


def labelled_sheet(tiles: Sequence[Image.Image], labels: Sequence[str], columns: int) -> bytes:
    """PNG file of RGB pictures of one size, each with a label below it, on white."""
    width, height = tiles[0].size
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    size = (columns * (width + _GAP) + _GAP, rows * (height + _LINE + _GAP) + _GAP)
    sheet, font = Image.new("RGB", size, _PAPER), load_font(_TEXT_SIZE)
    draw = ImageDraw.Draw(sheet)
    for place, (tile, label) in enumerate(zip(tiles, labels, strict=True)):
        left = _GAP + place % columns * (width + _GAP)
        top = _GAP + place // columns * (height + _LINE + _GAP)
        sheet.paste(tile, (left, top))
        draw.text((left, top + height + 2), label, _INK, font)
    return png(sheet)


def side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    """Two RGB pictures of one height as one."""
    both = Image.new("RGB", (left.width + right.width, left.height))
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both


def png(image: Image.Image) -> bytes:
    """PNG file of an image."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
