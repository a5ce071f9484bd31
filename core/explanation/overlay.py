"""Heat maps as pictures."""

import io

import numpy as np
from PIL import Image, ImageOps

from ..images import colour_ramp
from ..types import Array
from .explanation import Explanation

# From cold to hot: transparent blue, orange, light yellow. RGBA.
HEAT_COLOURS = colour_ramp((20, 24, 60, 150), (214, 72, 38, 165), (255, 232, 120, 190))

_SIDE = 640
_GAP = 16
_PAPER = "#ffffff"
_QUALITY = 90


def heat_maps(query: Image.Image, match: Image.Image, explanation: Explanation) -> bytes:
    """Two RGB pictures side by side, each under its heat map, as a JPEG."""
    sides = [
        heat_overlay(ImageOps.contain(picture, (_SIDE, _SIDE)), heat)
        for picture, heat in ((query, explanation.query), (match, explanation.match))
    ]
    size = (sum(side.width for side in sides) + _GAP, max(side.height for side in sides))
    page = Image.new("RGB", size, _PAPER)
    left = 0
    for side in sides:
        page.paste(side, (left, (page.height - side.height) // 2))
        left += side.width + _GAP
    file = io.BytesIO()
    page.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def heat_overlay(picture: Image.Image, heat: Array) -> Image.Image:
    """An RGB picture under a heat map ``(h, w)`` float32, RGB; what is not positive is cold."""
    positive = np.maximum(heat, 0)
    shares = positive / (positive.max() or 1)
    smooth = Image.fromarray(np.round(shares * 255).astype(np.uint8)).resize(
        picture.size, Image.Resampling.BICUBIC
    )
    colours = Image.fromarray(HEAT_COLOURS[np.asarray(smooth)], "RGBA")
    return Image.alpha_composite(picture.convert("RGBA"), colours).convert("RGB")
