"""Distances between the images of a gallery, measured at each publication."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from ..types import Array

PAIRS = 50_000
SEED = 0
_ROWS_AT_ONCE = 2_048


@dataclass(frozen=True, eq=False, slots=True)
class Distances:
    """Distances between images of a gallery, which say how close the distance of a match is.

    Attributes:
        pairs: Between random pairs, ``(m,)`` float32, rising, 0 to 2.
        neighbours: From images that were held out of the fit to their nearest other image, ``(n,)``
            float32, rising, 0 to 2; see ``Lesson.held_out``.
    """

    pairs: Array
    neighbours: Array

    @classmethod
    def unknown(cls) -> Self:
        """No distances: of a gallery that was not measured."""
        return cls(np.empty(0, np.float32), np.empty(0, np.float32))

    def farther_pairs(self, distances: Sequence[float] | Array) -> NDArray[np.float64]:
        """For each distance the share of pairs that are not closer, 0 to 1; 0 without pairs."""
        total = max(len(self.pairs), 1)
        closer = np.searchsorted(self.pairs, np.asarray(distances, np.float32), side="left")
        return (len(self.pairs) - closer) / total

    def nearer_neighbours(self, distance: float) -> float:
        """The share of neighbours nearer than a distance, 0 to 1; 0 without neighbours."""
        total = len(self.neighbours)
        nearer = np.searchsorted(self.neighbours, np.float32(distance), side="left")
        return float(nearer) / total if total else 0.0

    def save(self, file: BinaryIO) -> None:
        """Write a NumPy archive."""
        np.savez(file, pairs=self.pairs, neighbours=self.neighbours)

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """Read what ``save`` wrote; anything else raises ``ValueError``."""
        with np.load(file, allow_pickle=False) as content:
            try:
                pairs, neighbours = content["pairs"], content["neighbours"]
            except (KeyError, TypeError) as error:
                raise ValueError(f"no distances: {error}") from error
        for one in (pairs, neighbours):
            if one.ndim != 1 or one.dtype != np.float32:
                raise ValueError(f"distances of {one.shape} {one.dtype}")
        return cls(pairs, neighbours)


def pair_distances(matrix: Array, pairs: int = PAIRS) -> Array:
    """Distances between pairs of rows drawn with a fixed seed: ``(m,)`` float32, rising, 0 to 2.

    Of ``(n, d)`` float32 unit rows with at most ``pairs`` pairs, each pair is taken once.
    """
    count = len(matrix)
    if count * (count - 1) // 2 <= pairs:
        left, right = np.triu_indices(count, 1)
    else:
        # NumPy promises that this stream never changes; that of default_rng may.
        stream = np.random.RandomState(SEED)
        left = stream.randint(0, count, pairs)
        # Uniform over the other images.
        right = (left + stream.randint(1, count, pairs)) % count
    distances = np.empty(len(left), np.float32)
    for start in range(0, len(left), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        distances[part] = np.linalg.norm(matrix[left[part]] - matrix[right[part]], axis=1)
    return np.sort(distances)
