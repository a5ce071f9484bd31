"""What somebody at the screen says of an answer, and how the query follows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import ConfigurationError
from core.types import Array

# The textbook has 1, 0.75 and 0.15 (Manning et al. 2008, section 9.1.1). Of text; of features what
# is wrong says more: docs/feedback.md compares.
ALPHA, BETA, GAMMA = 1.0, 0.75, 0.45

# Of unit vectors: what is shorter than this is the rounding of vectors that cancel out.
_NOTHING = 1e-6


ALL_WRONG = "Every image that could be found is marked as wrong: take a mark back."


@dataclass(frozen=True, slots=True)
class Feedback:
    """Images of the gallery that were marked in an answer.

    Attributes:
        right: Their ids: more like these.
        wrong: Their ids: less like these, and none of these.

    Raises:
        ConfigurationError: An image is marked as both.
    """

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


def follow(
    queries: Array,
    right: Array,
    wrong: Array,
    *,
    alpha: float = ALPHA,
    beta: float = BETA,
    gamma: float = GAMMA,
) -> Array:
    """Move each query towards what was marked as right and away from what was marked as wrong.

    ``alpha`` times the query, plus ``beta`` times the mean of the right, minus ``gamma`` times the
    mean of the wrong features, scaled to length 1 (Rocchio 1971; Manning et al. 2008, section
    9.1.1). Unlike in text retrieval negative components stay: whitened features have them.

    Args:
        queries: ``(q, d)`` float32 unit rows.
        right: ``(r, d)`` float32 unit rows, ``r`` may be 0.
        wrong: ``(w, d)`` float32 unit rows, ``w`` may be 0.
        alpha: Weight of the query, at least 0.
        beta: Weight of the right, at least 0.
        gamma: Weight of the wrong, at least 0.

    Returns:
        ``(q, d)`` float32 unit rows. A query that cancels out has no direction to search in: it
        stays as it was.
    """
    moved = alpha * queries.astype(np.float64)
    for weight, marked in ((beta, right), (-gamma, wrong)):
        if len(marked):
            moved += weight * marked.mean(axis=0, dtype=np.float64)
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    lost = lengths < _NOTHING
    return np.where(lost, queries, moved / np.where(lost, 1, lengths)).astype(np.float32)
