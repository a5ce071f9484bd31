"""The similarity of two pictures, split over their positions."""

from dataclasses import dataclass

import numpy as np

from ..model import Fit, positions_of
from ..types import Array

# Of the positions of a picture: those that a person sees as the brightest.
_BRIGHTEST = 0.2


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where the similarity of a query and a match comes from.

    The pooled feature is a sum over positions, and so is the inner product with another feature
    (Stylianou, Souvenir, Pless 2019, "Visualizing deep similarity networks", section 3). A fit
    subtracts the mean of the gallery first: that part of the sum has no position.

    Attributes:
        similarity: Inner product of the two fitted features, -1 to 1.
        query: ``(h, w)`` float32: what each position of the query adds; with ``query_constant``
            they sum to the similarity.
        match: The same of the match, ``(h', w')``.
        pairs: ``(h, w, h', w')`` float32: what each pair of positions adds, the mean of the
            gallery taken evenly from all; they sum to the similarity.
        query_constant: What the mean of the gallery takes away from the query's sum.
        match_constant: The same of the match.
    """

    similarity: float
    query: Array
    match: Array
    pairs: Array
    query_constant: float
    match_constant: float

    @property
    def share(self) -> float:
        """The share, 0 to 1, of the brightest fifth of the query's positions in what it adds."""
        positive = np.sort(np.maximum(self.query, 0).ravel())[::-1]
        brightest = positive[: max(round(_BRIGHTEST * len(positive)), 1)]
        return float(brightest.sum() / positive.sum()) if positive.any() else 0.0

    @property
    def sentence(self) -> str:
        """The share in plain words, and the sum where a part of it has no position."""
        if not self.query.max() > 0:
            return "Nothing in your picture speaks for this match."
        share = f"{self.share:.0%} of the likeness comes from the brightest fifth of your picture."
        if not self.query_constant:
            return share
        places, mean, similarity = (
            # Without a minus before 0.00.
            f"{round(float(value), 2) + 0:.2f}".replace("-", "−")
            for value in (self.query.sum(), self.query_constant, self.similarity)
        )
        return (
            f"{share} Its places add {places}, the mean of the gallery {mean}: together a "
            f"similarity of {similarity}."
        )


def explanation_of(descriptor: str, fit: Fit, query: Array, match: Array) -> Explanation:
    """Split the similarity of two pictures by a descriptor with positions.

    The maps of the network are ``(h, w, channels)`` float32 of the query and ``(h', w', channels)``
    of the match.
    """
    parts, constant = _fitted(descriptor, fit, query)
    others, other_constant = _fitted(descriptor, fit, match)
    feature, other = parts.sum(axis=0) + constant, others.sum(axis=0) + other_constant
    return Explanation(
        similarity=float(feature @ other),
        query=(parts @ other).reshape(query.shape[:2]),
        match=(others @ feature).reshape(match.shape[:2]),
        pairs=np.matmul(
            parts + constant / len(parts), (others + other_constant / len(others)).T
        ).reshape(*query.shape[:2], *match.shape[:2]),
        query_constant=float(constant @ other),
        match_constant=float(other_constant @ feature),
    )


def _fitted(descriptor: str, fit: Fit, maps: Array) -> tuple[Array, Array]:
    """What the positions ``(p, d)`` and the mean ``(d,)`` add to a fitted feature."""
    parts = positions_of(descriptor, maps[None])[0].reshape(-1, maps.shape[2])
    linear, constant = fit.linear(parts.sum(axis=0))
    return parts @ linear, constant
