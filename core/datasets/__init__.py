"""Galleries to start with, in folders by kind; labels of the images of any gallery."""

from .flowers102 import (
    ARCHIVE,
    LABELS,
    NAMES,
    PHOTOGRAPHS,
    SPLIT_NAME,
    fetch_flowers,
    read_labels,
    read_test_split,
)
from .labels import FOLDERS, NAMING_RULES, labels_of
from .remembered import remember, remembered_labels, teaching
from .sample import SAMPLE_COUNT, SAMPLE_GALLERY, copy_sample

__all__ = [
    "ARCHIVE",
    "FOLDERS",
    "LABELS",
    "NAMES",
    "NAMING_RULES",
    "PHOTOGRAPHS",
    "SAMPLE_COUNT",
    "SAMPLE_GALLERY",
    "SPLIT_NAME",
    "copy_sample",
    "fetch_flowers",
    "labels_of",
    "read_labels",
    "read_test_split",
    "remember",
    "remembered_labels",
    "teaching",
]
