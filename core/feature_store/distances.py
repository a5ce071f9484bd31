"""Distances between the images of a gallery, measured at each publication."""

from dataclasses import dataclass
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from ..types import Array
from .neighbours import Neighbours

# More of them say no more.
MOST = 10_000
# Largest distance between equal features, by rounding. Copies are no neighbours.
_COPY_DISTANCE = 2e-3


@dataclass(frozen=True, eq=False, slots=True)
class Distances:
    """Distances from images to their nearest ones, which say how close that of a match is.

    Attributes:
        own: From images of the gallery to their nearest other image, as they are in the index;
            ``(m,)`` float32, rising, 0 to 2. See ``own_distances``.
        neighbours: From images that were held out of the fit to their nearest other image, ``(n,)``
            float32, rising, 0 to 2; see ``Lesson.held_out``. A new picture is as far, which is
            farther than pictures that taught the fit.
    """

    own: Array
    neighbours: Array

    @classmethod
    def unknown(cls) -> Self:
        """No distances: of a gallery that was not measured."""
        return cls(np.empty(0, np.float32), np.empty(0, np.float32))

    def farther(self, distances: Array, *, own: bool) -> NDArray[np.float64] | None:
        """For each distance of a match, the share of nearest images that are not closer, 0 to 1.

        ``own`` is for a query that is in the gallery. ``None`` where nothing was measured.
        """
        nearest = self.own if own else self.neighbours
        if not len(nearest):
            return None
        closer = np.searchsorted(nearest, np.asarray(distances, np.float32), side="left")
        return 1 - closer / len(nearest)

    def nearer_neighbours(self, distance: float) -> float:
        """The share of neighbours nearer than a distance, 0 to 1; 0 without neighbours."""
        total = len(self.neighbours)
        nearer = np.searchsorted(self.neighbours, np.float32(distance), side="left")
        return float(nearer) / total if total else 0.0

    def save(self, file: BinaryIO) -> None:
        """Write a NumPy archive."""
        np.savez(file, own=self.own, neighbours=self.neighbours)

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """Read what ``save`` wrote; anything else raises ``ValueError``."""
        with np.load(file, allow_pickle=False) as content:
            try:
                # An older version wrote distances of random pairs.
                own = content.get("own", np.empty(0, np.float32))
                neighbours = content["neighbours"]
            except (KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"no distances: {error}") from error
        for one in (own, neighbours):
            if one.ndim != 1 or one.dtype != np.float32:
                raise ValueError(f"distances of {one.shape} {one.dtype}")
        return cls(own, neighbours)


def own_distances(neighbours: Neighbours) -> Array:
    """Distances from rows to their nearest other row: ``(at most MOST,)`` float32, rising, 0 to 2.

    Copies do not count. Of more than ``MOST`` those at even steps of their order are taken.
    """
    squares = np.maximum(2 - 2 * neighbours.similarities, 0)
    squares[squares < _COPY_DISTANCE**2] = np.inf
    nearest = squares.min(axis=1, initial=np.inf)
    distances = np.sort(np.sqrt(nearest[np.isfinite(nearest)]))
    if len(distances) > MOST:
        distances = distances[np.linspace(0, len(distances) - 1, MOST).round().astype(np.int64)]
    return distances.astype(np.float32, copy=False)
