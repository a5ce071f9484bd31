"""Pairs of images that may be the same picture, by their features."""

from __future__ import annotations

import numpy as np

from core.feature_store import IndexSnapshot, find_neighbours
from core.types import Rows


def candidate_pairs(snapshot: IndexSnapshot) -> Rows:
    """Pairs of rows of different content, ``(m, 2)``, each once, the smaller row first, ascending.

    An image is paired with the ten nearest, however far: among five there is the source of 99 % of
    the changed copies, but of a crop to half of the picture other crops may be nearer. No distance
    is a limit: that of a grey copy is as large as that of most other pictures. The order keeps
    pairs of the same folder together, so that few pictures have to be held at a time.
    """
    neighbours = snapshot.neighbours or find_neighbours(snapshot.matrix)
    rows = neighbours.rows.astype(np.int64)
    own = np.broadcast_to(np.arange(len(rows))[:, None], rows.shape)
    pairs = np.sort(np.stack([own, rows], axis=-1).reshape(-1, 2), axis=1)
    ids = snapshot.images.ids
    pairs = pairs[ids[pairs[:, 0]] != ids[pairs[:, 1]]]
    unique: Rows = np.unique(pairs, axis=0)
    return unique
