"""The similarity of two pictures, split over their positions."""

from dataclasses import dataclass

import numpy as np

from ..model import Fit, positions_of
from ..types import Array

# Of the positions of a picture: those that a person sees as the warmest.
_WARMEST = 0.2
# Shorter sums of unit vectors are rounding errors of vectors that cancel out.
_SHORTEST = 1e-6


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where the similarity of a query and a match comes from.

    The pooled feature is a sum over positions, and so is the inner product with another feature
    (Stylianou, Souvenir, Pless 2019, "Visualizing deep similarity networks", section 3). A fit
    subtracts the mean of the gallery first, and marks of the feedback add to the query: these parts
    of the sum have no position.

    Attributes:
        similarity: Inner product of the two fitted features, -1 to 1; of the query as it was moved.
        query: ``(h, w)`` float32: what each position of the query adds; with ``query_constant``
            and ``marks`` they sum to the similarity.
        match: ``(h', w')`` float32, of the match; with ``match_constant`` they sum to it.
        pairs: ``(h, w, h', w')`` float32: what each pair of positions adds, what has no position
            taken evenly from all; they sum to the similarity.
        query_constant: What the mean of the gallery takes away from the query's sum.
        match_constant: The same of the match.
        marks: What the feedback adds to the query's sum.
    """

    similarity: float
    query: Array
    match: Array
    pairs: Array
    query_constant: float
    match_constant: float
    marks: float = 0.0

    @property
    def share(self) -> float:
        """The share, 0 to 1, of the warmest fifth of the query's positions in what speaks for it.

        What speaks for the match is the sum of the positive values.
        """
        positive = np.sort(np.maximum(self.query, 0).ravel())[::-1]
        warmest = positive[: max(round(_WARMEST * len(positive)), 1)]
        return float(warmest.sum() / positive.sum()) if positive.any() else 0.0

    @property
    def sentence(self) -> str:
        """The share in plain words, and all that sums to the similarity."""
        first = "Nothing in your picture speaks for this match."
        if self.query.max() > 0:
            first = (
                f"{self.share:.0%} of what speaks for this match comes from the warmest fifth of "
                "your picture."
            )
        addends = {
            "those against it": _rounded(np.minimum(self.query, 0).sum()),
            "the mean of the gallery": _rounded(self.query_constant),
            "your marks": _rounded(self.marks),
        }
        similarity = _rounded(self.similarity)
        # Not rounded by itself, so that what is shown adds up.
        places = _rounded(similarity - sum(addends.values())) if self.query.max() > 0 else 0.0
        shown = [f"{what} {_number(value)}" for what, value in addends.items() if value]
        whole = ", ".join([f"the places for it add {_number(places)}", *shown])
        return f"{first} In all, {whole}: a similarity of {_number(similarity)}."


def _rounded(value: float) -> float:
    # Without a minus before 0.
    return round(float(value), 2) + 0


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def explanation_of(
    descriptor: str, fit: Fit, query: Array, match: Array, shift: Array | None = None
) -> Explanation:
    """Split the similarity of two pictures by a descriptor with positions.

    The maps of the network are ``(h, w, channels)`` float32 of the query and ``(h', w', channels)``
    of the match. ``shift`` is added to the fitted query, which is then scaled to length 1 again.
    """
    parts, constant = _fitted(descriptor, fit, query)
    others, other_constant = _fitted(descriptor, fit, match)
    marks = np.zeros_like(constant)
    if shift is not None:
        length = np.linalg.norm(parts.sum(axis=0) + constant + shift)
        # A query that cancels out is not moved.
        if length >= _SHORTEST:
            parts, constant, marks = parts / length, constant / length, shift / length
    feature = parts.sum(axis=0) + constant + marks
    other = others.sum(axis=0) + other_constant
    return Explanation(
        similarity=float(feature @ other),
        query=(parts @ other).reshape(query.shape[:2]),
        match=(others @ feature).reshape(match.shape[:2]),
        pairs=np.matmul(
            parts + (constant + marks) / len(parts), (others + other_constant / len(others)).T
        ).reshape(*query.shape[:2], *match.shape[:2]),
        query_constant=float(constant @ other),
        match_constant=float(other_constant @ feature),
        marks=float(marks @ other),
    )


def _fitted(descriptor: str, fit: Fit, maps: Array) -> tuple[Array, Array]:
    """What the positions ``(p, d)`` and the mean ``(d,)`` add to a fitted feature."""
    parts = positions_of(descriptor, maps[None])[0].reshape(-1, maps.shape[2])
    linear, constant = fit.linear(parts.sum(axis=0))
    return parts @ linear, constant
