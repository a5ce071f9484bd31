"""The distance of two pictures, split over the numbers of their features."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ..feature_store import IndexSnapshot
from ..model import WITH_POSITIONS
from ..types import Array


@dataclass(frozen=True, eq=False)
class DistanceSplit:
    """The distance of two unit vectors, split over their numbers.

    Attributes:
        apart: ``(d,)`` float32, the squared differences; they sum to the squared distance.
        together: ``(d,)`` float32, the products; they sum to the similarity, which is 1 minus half
            of the squared distance.
    """

    apart: Array
    together: Array

    @classmethod
    def of(cls, feature: Array, other: Array) -> Self:
        """Split the distance of two unit vectors ``(d,)`` float32."""
        return cls(np.square(feature - other), feature * other)

    @property
    def distance(self) -> float:
        """Euclidean, 0 to 2."""
        return float(np.sqrt(self.apart.sum()))

    @property
    def similarity(self) -> float:
        """The inner product, -1 to 1."""
        return float(self.together.sum())

    @property
    def half(self) -> int:
        """The least number of squared differences that sum to half of the squared distance."""
        falling = np.cumsum(np.sort(self.apart)[::-1])
        return int(np.searchsorted(falling, falling[-1] / 2)) + 1


def number_names(snapshot: IndexSnapshot) -> list[str]:
    """What each number of a fitted feature is: a channel, or an axis that a fit has learnt."""
    fit = snapshot.fit
    learnt = 0 if fit.axes is None else int(fit.axes.shape[1])
    kind = "channel" if snapshot.space.descriptor in WITH_POSITIONS else "number"
    kept = range(fit.dimension - learnt)
    return [f"axis {axis}" for axis in range(learnt)] + [f"{kind} {number}" for number in kept]
