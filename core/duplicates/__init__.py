"""Duplicates of a gallery in two tiers: the same picture, and pictures of the same moment.

In goes an index; out come sets of images with the one to keep and why. Candidates are near by their
features; a second check on local features and aligned pixels decides.
"""

from core.duplicates.dismissals import dismiss
from core.duplicates.finding import find_duplicates
from core.duplicates.folding import pictures_of, pictures_state, without_copies
from core.duplicates.gallery import find_and_save, known_sets
from core.duplicates.removal import proposed, remove_duplicates, undo_removal
from core.duplicates.sets import MOMENT, SAME, TIERS, DuplicateImage, DuplicateSet, duplicate_sets

__all__ = [
    "MOMENT",
    "SAME",
    "TIERS",
    "DuplicateImage",
    "DuplicateSet",
    "dismiss",
    "duplicate_sets",
    "find_and_save",
    "find_duplicates",
    "known_sets",
    "pictures_of",
    "pictures_state",
    "proposed",
    "remove_duplicates",
    "undo_removal",
    "without_copies",
]
