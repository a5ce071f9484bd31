"""Galleries to start with, in folders by kind; labels of the images of any gallery."""

from .flowers102 import ARCHIVE, NAMES, PHOTOGRAPHS, fetch_flowers, read_labels
from .labels import FOLDERS, NAMING_RULES, labels_of
from .remembered import remember, remembered_labels, teaching
from .sample import SAMPLE_COUNT, SAMPLE_GALLERY, copy_sample

__all__ = [
    "ARCHIVE",
    "FOLDERS",
    "NAMES",
    "NAMING_RULES",
    "PHOTOGRAPHS",
    "SAMPLE_COUNT",
    "SAMPLE_GALLERY",
    "copy_sample",
    "fetch_flowers",
    "labels_of",
    "read_labels",
    "remember",
    "remembered_labels",
    "teaching",
]
