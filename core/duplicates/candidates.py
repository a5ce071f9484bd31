"""Pairs of images that may be the same picture, by their features."""

from __future__ import annotations

import numpy as np

from core.feature_store import IndexSnapshot, find_neighbours
from core.types import Rows

# Other pictures of a folder are often closer than this; a changed copy hardly ever is farther.
LEAST_COSINE = 0.4
# Nearest images of each that are compared. Among five there is the source of 99 % of the copies.
NEAREST = 5


def candidate_pairs(snapshot: IndexSnapshot) -> Rows:
    """Pairs of rows of different content, ``(m, 2)``, each once, the smaller row first, ascending.

    An image is paired with the images that are nearest to it, in the order of the rows, so that
    pairs of the same folder follow each other.
    """
    neighbours = snapshot.neighbours or find_neighbours(snapshot.matrix)
    rows = neighbours.rows[:, :NEAREST].astype(np.int64)
    own = np.broadcast_to(np.arange(len(rows))[:, None], rows.shape)
    near = neighbours.similarities[:, :NEAREST] >= LEAST_COSINE
    pairs = np.sort(np.stack([own[near], rows[near]], axis=1), axis=1)
    ids = snapshot.images.ids
    pairs = pairs[ids[pairs[:, 0]] != ids[pairs[:, 1]]]
    unique: Rows = np.unique(pairs, axis=0)
    return unique
