"""Hubness: whether a few images are among the nearest of very many others."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ..feature_store import Neighbours


@dataclass(frozen=True, slots=True)
class Hubness:
    """How unevenly images are among the ten nearest of the others.

    Attributes:
        skew: Skewness of the number of lists that each image is in, N_10 (Radovanović, Nanopoulos,
            Ivanović 2010): 0 where the numbers are symmetric around their mean; the higher, the
            more of the answers go to a few images.
        most: In how many lists the most frequent image is.
        nowhere: How many images are in no list.
    """

    skew: float
    most: int
    nowhere: int

    def __str__(self) -> str:
        return (
            f"{self.skew:.2f}; one image is among the ten nearest of {self.most:,} others, "
            f"{self.nowhere:,} are among nobody's"
        )

    @classmethod
    def of(cls, neighbours: Neighbours) -> Self:
        """That of an index whose rows have these neighbours, by distance."""
        listed = neighbours.rows[neighbours.similarities != 0]
        counts = np.bincount(listed, minlength=len(neighbours.rows))
        off = counts - counts.mean()
        deviation = float(counts.std())
        skew = float((off**3).mean()) / deviation**3 if deviation else 0.0
        return cls(skew, int(counts.max(initial=0)), int(np.count_nonzero(counts == 0)))
