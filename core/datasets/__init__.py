"""Galleries to start with: drawn flowers, and the photographs of Oxford Flowers 102.

In goes a folder; out comes the number of pictures in it, sorted into folders by kind.
"""

from core.datasets.drawn_flowers import KINDS, draw_flower, draw_gallery
from core.datasets.flowers102 import ARCHIVE, NAMES, PHOTOGRAPHS, fetch_flowers, read_labels

__all__ = [
    "ARCHIVE",
    "KINDS",
    "NAMES",
    "PHOTOGRAPHS",
    "draw_flower",
    "draw_gallery",
    "fetch_flowers",
    "read_labels",
]
