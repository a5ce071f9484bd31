"""Galleries to start with, in folders by kind; labels of the images of any gallery."""

from core.datasets.drawn_flowers import draw_flower, draw_gallery, flower_kinds
from core.datasets.flowers102 import ARCHIVE, NAMES, PHOTOGRAPHS, fetch_flowers, read_labels
from core.datasets.labels import FOLDERS, NAMING_RULES, labels_of
from core.datasets.remembered import remember, remembered_labels

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
    "remember",
    "remembered_labels",
]
