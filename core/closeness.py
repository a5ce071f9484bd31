"""How close is close: a distance against those of random pairs of the same gallery."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.descriptors import Array

PAIRS = 50_000
SEED = 0
# A share of pairs: the best match must be closer than all but this many to count as similar.
ORDINARY = 0.01
_PAIRS_AT_ONCE = 2_048


def pair_distances(matrix: Array, pairs: int = PAIRS) -> Array:
    """Distances between images of a gallery, drawn at random; the same ones every time.

    Args:
        matrix: ``(n, d)`` float32 unit rows; may be memory-mapped.
        pairs: How many to draw; a gallery that has no more of them gives each once.

    Returns:
        ``(m,)`` float32, rising, 0 to 2; empty for a gallery of one image.
    """
    count = len(matrix)
    if count * (count - 1) // 2 <= pairs:
        left, right = np.triu_indices(count, 1)
    else:
        # NumPy promises that this stream never changes; that of default_rng may.
        stream = np.random.RandomState(SEED)
        left = stream.randint(0, count, pairs)
        # Never the image itself, every other one alike.
        right = (left + stream.randint(1, count, pairs)) % count
    distances = np.empty(len(left), np.float32)
    for start in range(0, len(left), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        distances[part] = np.linalg.norm(matrix[left[part]] - matrix[right[part]], axis=1)
    return np.sort(distances)


def farther_share(distances: Array, pairs: Array) -> NDArray[np.float64]:
    """The share of random pairs that are farther apart than each distance.

    Args:
        distances: ``(n,)`` float32.
        pairs: From ``pair_distances``; not empty.

    Returns:
        ``(n,)`` float64: 1 for closer than every pair, 0 for as far as the farthest.
    """
    shares: NDArray[np.float64] = 1 - np.searchsorted(pairs, distances, side="right") / len(pairs)
    return shares
