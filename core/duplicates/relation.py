"""The relation of two pictures that show the same, at least in part."""

from enum import StrEnum


class Relation(StrEnum):
    """What two pictures that are the same one have to do with each other."""

    WHOLE = "whole"
    """Both show the same frame, upright, in the same proportions."""
    STRETCHED = "stretched"
    """The same frame in other proportions."""
    TURNED = "turned"
    MIRRORED = "mirrored"
    """Perhaps turned as well."""
    CROPPED = "cropped"
    """The frame of one lies in that of the other."""
    OVERLAP = "overlap"
    """They share a part, and none contains the other: scrolled screenshots, tiles."""
