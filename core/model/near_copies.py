"""Pictures that are nearly the same one, by their features."""

import numpy as np
from numpy.typing import NDArray

from ..types import Array, Rows


def near_copies(neighbours: NDArray[np.int32], products: Array, least: float) -> Rows:
    """Pairs of a row and one of its nearest rows that is nearly the same picture, ``(m, 2)``.

    Args:
        neighbours: ``(n, k)``: the nearest other rows of each row.
        products: ``(n, k)``: cosines of the centred features of these.
        least: Cosine from which on two pictures are nearly the same one, -1 to 1.
    """
    rows, places = np.nonzero(products > least)
    return np.stack([rows, neighbours[rows, places]], axis=1)
