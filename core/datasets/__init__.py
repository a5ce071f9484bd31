"""Galleries to start with, in folders by kind: drawn flowers, and Oxford Flowers 102."""

from core.datasets.drawn_flowers import draw_flower, draw_gallery, flower_kinds
from core.datasets.flowers102 import ARCHIVE, NAMES, PHOTOGRAPHS, fetch_flowers, read_labels

__all__ = [
    "ARCHIVE",
    "NAMES",
    "PHOTOGRAPHS",
    "draw_flower",
    "draw_gallery",
    "fetch_flowers",
    "flower_kinds",
    "read_labels",
]
