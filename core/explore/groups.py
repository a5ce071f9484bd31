"""Groups of pictures that are close together on a map.

Campello, Moulavi, Sander 2013, "Density-based clustering based on hierarchical density estimates".
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from core.types import Array

# Pictures of the smallest group: it grows with the gallery between these limits.
SMALLEST, _LARGEST_MINIMUM = 5, 25
# Around a picture, of which the distance of the last one says how dense the map is there.
_SAMPLES = 3
# No group has a larger share of the gallery, so that kinds that touch each other stay apart. Fewer
# pictures may all be in one group.
_LARGEST_SHARE, _MAY_BE_ONE = 0.2, 1000


def find_groups(positions: Array) -> NDArray[np.int32]:
    """The group of each position ``(n, 2)``, ``(n,)``: 0 for the largest; -1 for none."""
    from sklearn.cluster import HDBSCAN

    count = len(positions)
    if count < 2 * SMALLEST:
        return np.full(count, -1, np.int32)
    clusters = HDBSCAN(
        min_cluster_size=min(max(math.isqrt(count) // 4, SMALLEST), _LARGEST_MINIMUM),
        min_samples=_SAMPLES,
        max_cluster_size=max(int(_LARGEST_SHARE * count), _MAY_BE_ONE),
        copy=True,
    ).fit_predict(positions.astype(np.float64))
    sizes = np.bincount(clusters[clusters >= 0])
    # The last number stands for -1.
    numbers = np.append(np.empty_like(sizes), -1)
    numbers[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    found: NDArray[np.int32] = numbers[clusters].astype(np.int32)
    return found
