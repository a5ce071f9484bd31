"""Pairs of images that may be the same picture, by their features."""

import numpy as np

from ..feature_store import IndexSnapshot, find_neighbours
from ..types import Rows


def candidate_pairs(snapshot: IndexSnapshot) -> Rows:
    """Pairs of rows of different content, ``(m, 2)``, each once, the smaller row first.

    They ascend by the larger row: once all pairs up to a row are compared, none is left between
    the images before it. Of files of the same content, only the first one is in pairs.

    An image is paired with the ten nearest, however far: among five there is the source of 99 % of
    the changed copies, but of a crop to half of the picture other crops may be nearer. No distance
    is a limit: that of a grey copy is as large as that of most other pictures.
    """
    neighbours = snapshot.label_free_neighbours or find_neighbours(snapshot.matrix)
    _, first, content = np.unique(snapshot.images.ids, return_index=True, return_inverse=True)
    rows = first[content][neighbours.rows]
    own = np.broadcast_to(first[content][:, None], rows.shape)
    pairs = np.sort(np.stack([own, rows], axis=-1).reshape(-1, 2), axis=1)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    unique: Rows = np.unique(pairs[:, ::-1], axis=0)[:, ::-1]
    return unique
