"""Relevance feedback: marks on matches, and the query moved by them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from ..types import Array

# Manning et al. 2008, section 9.1.1, give 1, 0.75 and 0.15 for text. For image features a larger
# weight of the wrong matches is better; docs/feedback.md compares.
ALPHA, BETA, GAMMA = 1.0, 0.75, 0.45

# Shorter sums of unit vectors are rounding errors of vectors that cancel out.
_SHORTEST = 1e-6

ALL_WRONG = "Every image that could be found is marked as wrong: take a mark back."


@dataclass(frozen=True, slots=True)
class Feedback:
    """Ids of images that were marked as right or wrong; ``ConfigurationError`` if one is both."""

    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if both := set(self.right) & set(self.wrong):
            raise ConfigurationError(
                "Expected each image to be marked as right or as wrong. "
                f"Received: {min(both)!r} as both. Take one mark back."
            )

    def __str__(self) -> str:
        return f"{len(self.right)} right, {len(self.wrong)} wrong"

    def __bool__(self) -> bool:
        return bool(self.right or self.wrong)


def rocchio(
    queries: Array,
    right: Array,
    wrong: Array,
    *,
    alpha: float = ALPHA,
    beta: float = BETA,
    gamma: float = GAMMA,
) -> Array:
    """Queries moved towards the right and away from the wrong features, ``(q, d)`` float32.

    ``alpha`` times the query, plus ``beta`` times the mean of the right features, minus ``gamma``
    times the mean of the wrong ones, scaled to length 1 (Rocchio 1971; Manning et al. 2008, section
    9.1.1). Negative components are kept, unlike in text retrieval: whitened features have them. A
    query that cancels out is returned unchanged.

    All features are float32 unit rows: ``(q, d)`` queries, ``(r, d)`` right and ``(w, d)`` wrong;
    ``r`` and ``w`` may be 0. The weights are at least 0.
    """
    moved = alpha * queries.astype(np.float64) + shift(right, wrong, beta=beta, gamma=gamma)
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    cancelled = lengths < _SHORTEST
    return np.where(cancelled, queries, moved / np.where(cancelled, 1, lengths)).astype(np.float32)


def shift(
    right: Array, wrong: Array, *, beta: float = BETA, gamma: float = GAMMA
) -> NDArray[np.float64]:
    """What ``rocchio`` adds to each query, before it is scaled to length 1: ``(d,)`` float64."""
    added = np.zeros(right.shape[1])
    for weight, marked in ((beta, right), (-gamma, wrong)):
        if len(marked):
            added += weight * marked.mean(axis=0, dtype=np.float64)
    return added
