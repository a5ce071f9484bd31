"""Regions of a picture: squares of its maps, each described by the maxima of the channels.

The regional maximum activations of R-MAC (Tolias, Sicre, Jegou 2016, section 3.2), kept apart
instead of summed, so that a small thing in a large picture has a region of its own.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..model import l2_normalise
from ..types import Array

# Pixels of the longer side of a picture as the network sees it, and of its maps.
PICTURE_SIDE = 448
# Side of the squares, in positions of the maps, and the step between them.
COARSE = ((14, 14), (9, 4), (6, 3), (4, 2))
FINE = ((3, 1),)
Boxes = NDArray[np.int64]
"""Top, left, bottom and right of each region, in positions of the maps, ``(r, 4)``."""


def coarse_regions(height: int, width: int) -> Boxes:
    """The few large regions of maps of a size, by which all pictures are compared."""
    return _regions(height, width, COARSE)


def fine_regions(height: int, width: int) -> Boxes:
    """The many small regions, by which the best of them are compared again."""
    return _regions(height, width, FINE)


def all_regions(height: int, width: int) -> Boxes:
    """The large regions, followed by the small ones."""
    return _regions(height, width, COARSE + FINE)


@lru_cache(maxsize=256)
def _regions(height: int, width: int, scales: tuple[tuple[int, int], ...]) -> Boxes:
    boxes = [
        (top, left, top + min(side, height), left + min(side, width))
        for side, step in scales
        for top in _starts(height, side, step)
        for left in _starts(width, side, step)
    ]
    found = np.array(boxes, np.int64)
    found.setflags(write=False)
    return found


def _starts(length: int, side: int, step: int) -> list[int]:
    return [*range(0, max(length - side, 0) + 1, step)]


def pool_regions(maps: Array, boxes: Boxes) -> Array:
    """The maxima of each channel in each region, ``(r, channels)`` float32 unit rows.

    The maps are ``(height, width, channels)``, not negative; the boxes are of maps of this size.
    """
    pooled = np.empty((len(boxes), maps.shape[2]), np.float32)
    sizes = boxes[:, 2:] - boxes[:, :2]
    for height, width in np.unique(sizes, axis=0).tolist():
        rows = np.flatnonzero((sizes == (height, width)).all(axis=1))
        tops, lefts = boxes[rows, 0], boxes[rows, 1]
        starts, place = np.unique(tops, return_inverse=True)
        strips = _sliding_maximum(maps, height)[starts].swapaxes(0, 1)
        pooled[rows] = _sliding_maximum(strips, width)[lefts, place]
    return l2_normalise(pooled)


def _sliding_maximum(maps: Array, side: int) -> Array:
    """The maximum of the ``side`` rows from each row on, for all that are so many."""
    reached = 1
    while reached < side:
        step = min(reached, side - reached)
        maps = np.maximum(maps[:-step], maps[step:])
        reached += step
    return maps
