"""An image turned by any angle."""

import math

from PIL import Image


def rotate(image: Image.Image, degrees: float) -> Image.Image:
    """An RGB image turned anticlockwise, without parts from outside of it.

    The largest part in its middle with the same proportions that the turned image covers is kept.
    """
    angle = math.radians(degrees)
    longer, shorter = max(image.size), min(image.size)
    share = 1 / (abs(math.cos(angle)) + abs(math.sin(angle)) * longer / shorter)
    width, height = (max(int(side * share), 1) for side in image.size)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    turned = image.rotate(degrees, Image.Resampling.BICUBIC)
    return turned.crop((left, top, left + width, top + height))
