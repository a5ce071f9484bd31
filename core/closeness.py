"""How close is close: a distance against those of random pairs of the same gallery."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.descriptors import Array

PAIRS = 50_000
SEED = 0
# A share of pairs: where more are as close as the best match, it is not similar.
ORDINARY = 0.01
_PAIRS_AT_ONCE = 2_048


def pair_distances(matrix: Array, pairs: int = PAIRS) -> Array:
    """Distances between images of a gallery, drawn at random; the same ones every time.

    Args:
        matrix: ``(n, d)`` float32 unit rows; may be memory-mapped.
        pairs: How many to draw; a gallery that has no more of them gives each once.

    Returns:
        ``(m,)`` float32, rising, 0 to 2; empty for a gallery of one image.
    """
    count = len(matrix)
    if count * (count - 1) // 2 <= pairs:
        left, right = np.triu_indices(count, 1)
    else:
        # NumPy promises that this stream never changes; that of default_rng may.
        stream = np.random.RandomState(SEED)
        left = stream.randint(0, count, pairs)
        # Never the image itself, every other one alike.
        right = (left + stream.randint(1, count, pairs)) % count
    distances = np.empty(len(left), np.float32)
    for start in range(0, len(left), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        distances[part] = np.linalg.norm(matrix[left[part]] - matrix[right[part]], axis=1)
    return np.sort(distances)


@dataclass(frozen=True, slots=True)
class Closeness:
    """A distance against those of random pairs of the gallery.

    Attributes:
        share: Of the pairs that are not closer, 0 to 1: the same picture has 1, whatever copies
            of pictures there are in the gallery.
        pairs: How many pairs it was compared with.
    """

    share: float
    pairs: int

    @property
    def bar(self) -> float:
        """0 to 1, for the eye: each tenth of the pairs that is left is a step of the same length.

        A linear bar would be full for every match.
        """
        left = max(1 - self.share, 1 / self.pairs)
        return math.log(left) / math.log(1 / self.pairs) if self.pairs > 1 else 1 - left

    def ordinary(self, images: int) -> bool:
        """Whether a best match says nothing: more than one pair in a hundred is as close.

        In a small gallery chance is less kind: the nearest of ``n`` images that have nothing to do
        with the query is as close as one pair in ``n`` on average.

        Args:
            images: How many were compared.
        """
        return 1 - self.share > max(ORDINARY, 1 / max(images, 1))

    @property
    def odds(self) -> str:
        """How many random pairs are as close, as the start of a sentence."""
        left = 1 - self.share
        if left > 0.5:
            return "Most random pairs of this gallery are"
        return f"One in {round(1 / max(left, 1 / self.pairs)):,} random pairs of this gallery is"

    def __str__(self) -> str:
        # Rounded down: nearly all is not all.
        return f"{math.floor(self.share * 10_000) / 100:.2f}\u00a0%"


def closeness(distances: Sequence[float], pairs: Array) -> list[Closeness]:
    """Compare distances with those of random pairs.

    Args:
        distances: Of matches, 0 to 2.
        pairs: From ``pair_distances``.

    Returns:
        One for each distance; empty where there are no pairs to compare with.
    """
    if not len(pairs):
        return []
    farther = len(pairs) - np.searchsorted(pairs, np.asarray(distances, np.float32), side="left")
    return [Closeness(float(count) / len(pairs), len(pairs)) for count in farther]
