"""Flowers drawn from parameters: a gallery without a photograph.

In go a kind, a seed and a number; out comes a picture, always the same one.
"""

from core.datasets.drawn_flowers.gallery import draw_gallery
from core.datasets.drawn_flowers.kinds import KINDS
from core.datasets.drawn_flowers.scenes import draw_flower

__all__ = [
    "KINDS",
    "draw_flower",
    "draw_gallery",
]
