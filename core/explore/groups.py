"""Groups of pictures that are close together on a map.

Campello, Moulavi, Sander 2013, "Density-based clustering based on hierarchical density estimates".
"""

import math
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Array

# Pictures of the smallest group: it grows with the gallery between these limits.
SMALLEST, _LARGEST_MINIMUM = 5, 25
# Other pictures around one, of which the distance of the last one says how dense the map is there.
SAMPLES = 2
# No group has a larger share of the gallery, so that kinds that touch each other stay apart. Fewer
# pictures may all be in one group.
_LARGEST_SHARE, _MAY_BE_ONE = 0.2, 1000
# Between pictures at the same place: a distance of 0 would be none.
LEAST_DISTANCE = 1e-9


def find_groups(positions: Array) -> NDArray[np.int32]:
    """The group of each position ``(n, 2)``, ``(n,)``: 0 for the largest; -1 for none."""
    from sklearn.cluster import HDBSCAN

    count = len(positions)
    if count < 2 * SMALLEST:
        return np.full(count, -1, np.int32)
    clusters = HDBSCAN(
        min_cluster_size=min(max(math.isqrt(count) // 4, SMALLEST), _LARGEST_MINIMUM),
        min_samples=SAMPLES,
        max_cluster_size=max(int(_LARGEST_SHARE * count), _MAY_BE_ONE),
        metric="precomputed",
        copy=True,
    ).fit_predict(distances(positions.astype(np.float64)))
    sizes = np.bincount(clusters[clusters >= 0])
    # The last number stands for -1.
    numbers = np.append(np.empty_like(sizes), -1)
    numbers[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    found: NDArray[np.int32] = numbers[clusters].astype(np.int32)
    return found


def distances(points: NDArray[np.float64]) -> Any:
    """The distances of neighbours, a symmetric sparse matrix ``(n, n)``.

    Those of all pairs take scikit-learn 7 s for 50,000 points, in which no other thread runs. The
    edges of a Delaunay triangulation are enough. A point c in the circle over the edge from a to b
    is closer to both than they are to each other, and so has two others as close: the ways from a
    to c and from c to b are as dense as the edge, which no minimum spanning tree then needs.
    """
    from scipy.sparse import csr_array
    from scipy.spatial import Delaunay, KDTree, QhullError

    count = len(points)
    places, first, place_of = np.unique(points, axis=0, return_index=True, return_inverse=True)
    nearest = KDTree(points).query(points, SAMPLES + 1)[1]
    every = np.arange(count)
    pairs = [
        np.column_stack((np.repeat(every, SAMPLES + 1), nearest.ravel())),
        # Points at the same place, and places on a line, have no triangles.
        np.column_stack((every, first[place_of])),
        np.column_stack((first[:-1], first[1:])),
    ]
    with suppress(QhullError):
        triangles = first[Delaunay(places).simplices]
        pairs += [triangles[:, sides] for sides in ((0, 1), (1, 2), (2, 0))]
    ends = np.unique(np.sort(np.concatenate(pairs), axis=1), axis=0)
    one, other = ends[ends[:, 0] < ends[:, 1]].T
    lengths = np.maximum(np.linalg.norm(points[one] - points[other], axis=1), LEAST_DISTANCE)
    entries = np.tile(lengths, 2), (np.append(one, other), np.append(other, one))
    return csr_array(entries, shape=(count, count))
