"""A gallery of drawn flowers: a kind, a seed and a number always give the same picture."""

from core.datasets.drawn_flowers.gallery import draw_gallery
from core.datasets.drawn_flowers.kinds import flower_kinds
from core.datasets.drawn_flowers.scenes import draw_flower

__all__ = [
    "draw_flower",
    "draw_gallery",
    "flower_kinds",
]
