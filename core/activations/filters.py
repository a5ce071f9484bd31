"""The filters of the first layer as pictures."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..types import Array

_GREY = 127.5


def filter_picture(kernel: Array, side: int) -> Image.Image:
    """A filter as an RGB picture of ``side`` by ``side`` pixels.

    Args:
        kernel: ``(3, 3, 3)`` float32, the third axis is RGB. Weights of 0 are grey; lighter is
            positive, darker negative, scaled to the largest weight (Zeiler, Fergus 2014,
            "Visualizing and understanding convolutional networks", figure 6).
        side: In pixels.
    """
    largest = float(np.abs(kernel).max()) or 1.0
    colours = np.rint(_GREY + _GREY * kernel / largest).astype(np.uint8)
    return Image.fromarray(colours).resize((side, side), Image.Resampling.NEAREST)
