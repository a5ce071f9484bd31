"""Heat maps as pictures."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from ..images import colour_ramp
from ..media import load_font
from ..types import Array
from .explanation import Explanation

# From what speaks against a match over 0 to what speaks for it: light blue, blue, dark, orange,
# light yellow. RGBA. Blue and orange differ for people who do not tell red from green.
HEAT_COLOURS = colour_ramp(
    (165, 225, 255, 190),
    (38, 118, 214, 165),
    (24, 24, 30, 150),
    (214, 72, 38, 165),
    (255, 232, 120, 190),
)
_ZERO = 127.5

_SIDE = 640
_GAP = 16
_LEGEND_HEIGHT = 40
_BAR = (160, 14)
_TEXT_SIZE = 16
_PAPER, _INK = "#ffffff", "#1d1a18"
_QUALITY = 90


def heat_maps(query: Image.Image, match: Image.Image, explanation: Explanation) -> bytes:
    """Two RGB pictures side by side, each under its heat map, with a legend, as a JPEG."""
    sides = [
        heat_overlay(ImageOps.contain(picture, (_SIDE, _SIDE)), heat)
        for picture, heat in ((query, explanation.query), (match, explanation.match))
    ]
    legend = _legend()
    width = max(sum(side.width for side in sides) + _GAP, legend.width)
    height = max(side.height for side in sides)
    page = Image.new("RGB", (width, height + legend.height), _PAPER)
    left = 0
    for side in sides:
        page.paste(side, (left, (height - side.height) // 2))
        left += side.width + _GAP
    page.paste(legend, ((width - legend.width) // 2, height))
    file = io.BytesIO()
    page.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def heat_overlay(picture: Image.Image, heat: Array) -> Image.Image:
    """An RGB picture under a heat map ``(h, w)`` float32, RGB; see ``heat_levels``."""
    smooth = Image.fromarray(heat_levels(heat)).resize(picture.size, Image.Resampling.BICUBIC)
    colours = Image.fromarray(HEAT_COLOURS[np.asarray(smooth)], "RGBA")
    return Image.alpha_composite(picture.convert("RGBA"), colours).convert("RGB")


def heat_levels(heat: Array) -> NDArray[np.uint8]:
    """Numbers of ``HEAT_COLOURS`` for values of any shape: 128 for 0, as far as the largest."""
    shares = heat / (np.abs(heat).max() or 1)
    return np.rint(_ZERO + _ZERO * shares).astype(np.uint8)


def _legend() -> Image.Image:
    """The colours between their meanings."""
    font = load_font(_TEXT_SIZE)
    words = "speaks against", "speaks for"
    widths = [round(font.getlength(word)) for word in words]
    legend = Image.new("RGB", (sum(widths) + _BAR[0] + 2 * _GAP, _LEGEND_HEIGHT), _PAPER)
    draw, middle = ImageDraw.Draw(legend), _LEGEND_HEIGHT // 2
    bar = Image.fromarray(HEAT_COLOURS[None], "RGBA").resize(_BAR)
    legend.paste(bar.convert("RGB"), (widths[0] + _GAP, middle - _BAR[1] // 2))
    for word, left in zip(words, (0, legend.width - widths[1]), strict=True):
        draw.text((left, middle), word, _INK, font, anchor="lm")
    return legend
