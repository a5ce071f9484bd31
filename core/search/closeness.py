"""How close is close: the distances of matches against those between images of the gallery."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.feature_store import Distances
from core.types import Array, Closeness

# A best match is ordinary where this share of the gallery's images have a nearer neighbour.
ORDINARY = 0.95


def closeness(distances: Sequence[float] | Array, known: Distances) -> list[Closeness | None]:
    """Compare distances with those of random pairs of the gallery.

    Args:
        distances: Of matches, 0 to 2.
        known: The distances of the index.

    Returns:
        One for each distance; ``None`` where the index has no pairs.
    """
    pairs = len(known.pairs)
    if not pairs:
        return [None] * len(distances)
    return [Closeness(float(share), pairs) for share in known.farther_pairs(distances)]


def nothing_similar(distance: float, known: Distances) -> str | None:
    """Say that the gallery has nothing like a picture.

    Random pairs cannot tell: in a gallery of few kinds most pairs are close.

    Args:
        distance: Of the best match.
        known: The distances of the index.

    Returns:
        A sentence; ``None`` where the match is as near as the neighbours of most images.
    """
    nearer = known.nearer_neighbours(distance)
    if nearer <= ORDINARY:
        return None
    return (
        f"{math.floor(100 * nearer)}\u00a0% of the images of this gallery have a nearer "
        "neighbour in it than your picture has."
    )
