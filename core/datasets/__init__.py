"""Galleries to start with, in folders by kind: drawn flowers, and Oxford Flowers 102."""

from core.datasets.drawn_flowers import draw_flower, draw_gallery, flower_kinds
from core.datasets.flowers102 import ARCHIVE, NAMES, PHOTOGRAPHS, fetch_flowers, read_labels
from core.datasets.labels import FOLDERS, NAMING_RULES, labels_of

__all__ = [
    "ARCHIVE",
    "FOLDERS",
    "NAMES",
    "NAMING_RULES",
    "PHOTOGRAPHS",
    "draw_flower",
    "draw_gallery",
    "fetch_flowers",
    "flower_kinds",
    "labels_of",
    "read_labels",
]
