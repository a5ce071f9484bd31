"""The box of a thing in a picture, from how well each region matches the thing at each size."""

import numpy as np

from ..model import STRIDE
from ..types import Array, Rows
from .regions import Boxes

# How fast the weight of a region, and of a size of the query, falls with its inner product. The
# box overlaps the planted things best with these, see benchmarks/RESULTS.md.
_REGION_SHARPNESS = 20
_SIZE_SHARPNESS = 40
# How far from the best region, in sides of the thing, others say where it is: the thing may be in
# the picture more than once.
_NEAR = 0.75

Box = tuple[float, float, float, float]
"""Left, top, right and bottom edge, as fractions of the sides, 0 to 1."""


def locate(products: Array, boxes: Boxes, sizes: Rows) -> Box:
    """Where the thing is.

    A region that matches well is often only a part of the thing, since the maps of its positions
    have seen more. So the regions around the best one say where the centre is, and the sizes of the
    query how large the thing is: the network must have seen both at about the same size.

    Args:
        products: ``(r, q)`` inner products of the regions with the query at each size.
        boxes: ``(r, 4)``, the regions; together they cover the picture.
        sizes: ``(q, 2)``, width and height of the query in pixels.
    """
    of_region = _weights(products.max(axis=1), _REGION_SHARPNESS)
    of_size = _weights(products.max(axis=0), _SIZE_SHARPNESS)
    side = of_size @ sizes / STRIDE
    centres = (boxes[:, [1, 0]] + boxes[:, [3, 2]]) / 2
    best = centres[of_region.argmax()]
    of_region *= (np.abs(centres - best) <= _NEAR * side).all(axis=1)
    centre = of_region @ centres / of_region.sum()
    picture = boxes[:, [3, 2]].max(axis=0)
    edges = np.concatenate([centre - side / 2, centre + side / 2]) / np.tile(picture, 2)
    first, second, third, fourth = np.clip(edges, 0, 1).tolist()
    return first, second, third, fourth


def _weights(products: Array, sharpness: int) -> Array:
    shares: Array = np.exp(sharpness * (products - products.max()))
    shares /= shares.sum()
    return shares
