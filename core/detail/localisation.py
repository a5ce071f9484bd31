"""The box of a thing in a picture, from how well each region matches the thing at each size."""

from __future__ import annotations

import numpy as np

from core.detail.regions import Boxes
from core.model import STRIDE
from core.types import Array, Rows

# How fast the weight of a region, and of a size of the query, falls with its inner product. The
# box overlaps the planted things best with these, see benchmarks/RESULTS.md.
_REGION_SHARPNESS = 20
_SIZE_SHARPNESS = 40

Box = tuple[float, float, float, float]
"""Left, top, right and bottom edge, as fractions of the sides, 0 to 1."""


def locate(products: Array, boxes: Boxes, sizes: Rows) -> Box:
    """Where the thing is.

    A region that matches well is often only a part of the thing, since the maps of its positions
    have seen more. So the regions say where the centre is, and the sizes of the query how large the
    thing is: the network must have seen both at about the same size.

    Args:
        products: ``(r, q)`` inner products of the regions with the query at each size.
        boxes: ``(r, 4)``, the regions; together they cover the picture.
        sizes: ``(q, 2)``, width and height of the query in pixels.
    """
    of_region = _weights(products.max(axis=1), _REGION_SHARPNESS)
    of_size = _weights(products.max(axis=0), _SIZE_SHARPNESS)
    top, left, bottom, right = of_region @ boxes
    centre = np.array([left + right, top + bottom]) / 2
    half = of_size @ sizes / STRIDE / 2
    picture = boxes[:, [3, 2]].max(axis=0)
    edges = np.clip(np.concatenate([centre - half, centre + half]) / np.tile(picture, 2), 0, 1)
    first, second, third, fourth = edges.tolist()
    return first, second, third, fourth


def _weights(products: Array, sharpness: int) -> Array:
    shares: Array = np.exp(sharpness * (products - products.max()))
    shares /= shares.sum()
    return shares
