"""The images of a gallery that differ most from each other, found once for each published index."""

from typing import BinaryIO

import numpy as np

from ..types import Array, Rows

COUNT = 300
# Rows that are looked at in a large gallery: more take longer and add little.
SAMPLE = 10_000
# Squared distance below which two images count as copies of each other.
_COPY = 1e-4


def most_different(matrix: Array, count: int = COUNT, sample: int = SAMPLE) -> Rows:
    """Row numbers of images that differ most, ``(m,)`` int64, the most different first.

    Farthest-first traversal (Gonzalez 1985, "Clustering to minimize the maximum intercluster
    distance"): the first row is the nearest to the mean, each other one the farthest from all
    before it, by ties the first. Copies of a row that was taken are not taken.

    The matrix is ``(n, d)`` float32 unit rows, and may be memory-mapped. At most ``count`` rows are
    taken from at most ``sample`` evenly spaced ones.
    """
    total = len(matrix)
    rows = np.unique(np.linspace(0, total - 1, min(total, sample)).astype(np.int64))
    features = np.asarray(matrix[rows])
    taken = [int(np.argmax(features @ features.mean(axis=0)))]
    squares = np.full(len(rows), np.inf, np.float32)
    while len(taken) < min(count, len(rows)):
        np.minimum(squares, 2 - 2 * (features @ features[taken[-1]]), out=squares)
        farthest = int(np.argmax(squares))
        if squares[farthest] < _COPY:
            break
        taken.append(farthest)
    return rows[taken]


def save_rows(rows: Rows, file: BinaryIO) -> None:
    """Write row numbers as a NumPy array."""
    np.save(file, rows, allow_pickle=False)


def load_rows(file: BinaryIO) -> Rows:
    """Read what ``save_rows`` wrote; anything else raises ``ValueError``."""
    rows = np.load(file, allow_pickle=False)
    if not isinstance(rows, np.ndarray) or rows.ndim != 1 or rows.dtype != np.int64:
        raise ValueError("no row numbers")
    return rows
