"""Where a query stands on a map."""

import numpy as np

from ..types import Array
from .gallery_map import GalleryMap
from .placing import NEAREST, place

# Inner product of a picture with itself, less rounding and another size.
_SAME = 0.999


def place_query(found: GalleryMap, products: Array) -> tuple[float, float]:
    """The position of a query: that of the same picture, else among the nearest ones.

    ``products`` are the ``(n,)`` float32 inner products of the rows of the index with the query.
    """
    nearest = np.argsort(-products, kind="stable")[:NEAREST]
    if products[nearest[0]] > _SAME:
        nearest = nearest[:1]
    position = place(found.positions, nearest[None], products[nearest][None])[0]
    return float(position[0]), float(position[1])
