"""Distances of matches compared with the distances between images of the gallery."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.feature_store import Distances
from core.types import Array, Closeness

# The best match is not similar if more than this share of the images have a nearer neighbour.
NEARER_NEIGHBOURS = 0.95


def measure_closeness(
    distances: Sequence[float] | Array, known: Distances
) -> list[Closeness | None]:
    """Closeness of each distance, 0 to 2; ``None`` if the index has no pairs."""
    pairs = len(known.pairs)
    if not pairs:
        return [None] * len(distances)
    return [Closeness(float(share), pairs) for share in known.farther_pairs(distances)]


def nothing_similar(distance: float, known: Distances) -> str | None:
    """A sentence for a person if the best match, at this distance, is not similar; else ``None``.

    The distance is compared with those of nearest neighbours, not of random pairs: in a gallery of
    few kinds most pairs are close.
    """
    nearer = known.nearer_neighbours(distance)
    if nearer <= NEARER_NEIGHBOURS:
        return None
    return (
        f"{math.floor(100 * nearer)}\u00a0% of the images of this gallery have a nearer "
        "neighbour in it than your picture has."
    )
