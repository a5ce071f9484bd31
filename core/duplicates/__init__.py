"""Duplicates of a gallery in three tiers: the same picture, a shared part, the same moment.

In goes an index; out come sets of images with the one to keep and why. Candidates are near by their
features; local features tell how two pictures are related. A copy is ticked only where the file to
keep shows and holds all of it.
"""

from .dismissals import dismiss
from .finding import find_duplicates
from .folding import pictures_of, without_copies
from .gallery import find_and_save, known_copies, known_sets
from .keep_folder import folder_of
from .links import Links, links_state
from .removal import moves_of, proposed
from .sets import (
    MOMENT,
    OVERLAP,
    SAME,
    TIERS,
    DuplicateImage,
    DuplicateSet,
    duplicate_sets,
)

__all__ = [
    "MOMENT",
    "OVERLAP",
    "SAME",
    "TIERS",
    "DuplicateImage",
    "DuplicateSet",
    "Links",
    "dismiss",
    "duplicate_sets",
    "find_and_save",
    "find_duplicates",
    "folder_of",
    "known_copies",
    "known_sets",
    "links_state",
    "moves_of",
    "pictures_of",
    "proposed",
    "without_copies",
]
