"""Descriptors: how the output of a layer, or the pixels, become one vector.

The pooling functions take maps ``(n, height, width, channels)`` float32 and return ``(n,
channels)`` float32. None is learnt from a gallery; that is ``core.model.fitting``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from ..types import Array
from .baselines import colour_histogram, perceptual_hash

LAST_MAPS = "block5_pool"
FULLY_CONNECTED = ("fc1", "fc2")
RMAC_SCALES = 3
RMAC_OVERLAP = 0.4
# Keeps the logarithm of CroW finite for a channel that is zero everywhere.
CROW_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Describes an image by one vector.

    Attributes:
        name: What the user calls it.
        layer: Layer of Keras's VGG16 that it pools; ``None`` for a baseline, which takes pixels.
        dimension: Length of the vector.
        pool: Turns the output of the layer for ``n`` images, or their pixels ``(n, height, width,
            3)`` uint8 RGB, into ``(n, dimension)`` float32.
    """

    name: str
    layer: str | None
    dimension: int
    pool: Callable[[Any], Array]

    @property
    def needs_top(self) -> bool:
        """Whether the layer is fully connected."""
        return self.layer in FULLY_CONNECTED

    def describe(self, outputs: NDArray[Any]) -> Array:
        """Pool what ``pool`` takes into ``(n, dimension)`` float32 unit vectors."""
        return l2_normalise(self.pool(outputs))


def average_pool(maps: Array) -> Array:
    """Mean over the positions of each channel.

    Global average pooling (Lin, Chen, Yan 2014, section 3.2); of the last block: SPoC without
    centre prior (Babenko, Lempitsky 2015, section 3).
    """
    pooled: Array = maps.mean(axis=(1, 2), dtype=np.float32)
    return pooled


def maximum_pool(maps: Array) -> Array:
    """Maximum of each channel: MAC (Tolias, Sicre, Jegou 2016, section 3.1)."""
    pooled: Array = maps.max(axis=(1, 2))
    return pooled


def generalised_mean_pool(maps: Array) -> Array:
    """Power mean over the positions of each channel; the maps are not negative.

    GeM with power 3 (Radenovic, Tolias, Chum 2019, section 3.2).
    """
    # Scaled by the maximum, so that no power leaves the range of float32.
    largest = maps.max(axis=(1, 2), keepdims=True)
    scaled = maps / np.where(largest > 0, largest, 1)
    powers = scaled * scaled * scaled
    pooled: Array = np.cbrt(powers.mean(axis=(1, 2), dtype=np.float32)) * largest[:, 0, 0]
    return pooled


def cross_dimensional_pool(maps: Array) -> Array:
    """Weighted sum over the positions of each channel; the maps are not negative.

    CroW (Kalantidis, Mellina, Osindero 2016, with a = b = 2): the weight of a position is the
    square root of its share of all activation, the weight of a channel the logarithm of how rarely
    it is active.
    """
    by_position, by_channel = crow_weights(maps)
    positions = maps.reshape(len(maps), -1, maps.shape[3])
    sums = np.matmul(by_position.reshape(len(maps), 1, -1), positions)[:, 0]
    pooled: Array = (sums * by_channel).astype(np.float32)
    return pooled


def crow_weights(maps: Array) -> tuple[Array, Array]:
    """The weights of CroW: of each position ``(n, height, width)``, of each channel ``(n, c)``."""
    positions = maps.reshape(len(maps), -1, maps.shape[3])
    mass = positions.sum(axis=2, dtype=np.float64)
    norm = np.linalg.norm(mass, axis=1, keepdims=True)
    by_position = np.sqrt(mass / np.where(norm > 0, norm, 1)).astype(np.float32)
    active = (positions > 0).sum(axis=1, dtype=np.int32) / positions.shape[1]
    epsilon = CROW_EPSILON
    rarity = np.log(
        (active.shape[1] * epsilon + active.sum(axis=1, keepdims=True)) / (epsilon + active)
    )
    return by_position.reshape(maps.shape[:3]), rarity


def regional_maximum_pool(maps: Array) -> Array:
    """Sum of the normalised channel maxima of overlapping squares at three scales.

    R-MAC (Tolias, Sicre, Jegou 2016, section 3.2) without the whitening of each region, which the
    paper learns on other landmarks.
    """
    pooled = np.zeros((len(maps), maps.shape[3]), np.float32)
    for top, left, side in rmac_regions(maps.shape[1], maps.shape[2]):
        region = maps[:, top : top + side, left : left + side]
        pooled += l2_normalise(region.max(axis=(1, 2)))
    return pooled


def rmac_regions(height: int, width: int) -> list[tuple[int, int, int]]:
    """Top, left and side of each square of R-MAC (Tolias, Sicre, Jegou 2016, section 3.2).

    At scale ``l`` the side is ``2 min(height, width) / (l + 1)``, and ``l`` squares are spread
    evenly along the shorter side of the map. Along the longer side there are as many more as
    bring the overlap of the largest squares closest to 40 %.
    """
    shorter, longer = sorted((height, width))
    # The overlap between neighbours of m squares, with the shorter side of the map as their side.
    more = 0
    if longer > shorter:
        overlaps = {m - 1: 1 - (longer - shorter) / ((m - 1) * shorter) for m in range(2, 8)}
        more = min(overlaps, key=lambda extra: abs(overlaps[extra] - RMAC_OVERLAP))
    regions = []
    for scale in range(1, RMAC_SCALES + 1):
        side = max(2 * shorter // (scale + 1), 1)
        counts = [scale + more * (length > shorter) for length in (height, width)]
        tops, lefts = (
            [place * (length - side) // max(count - 1, 1) for place in range(count)]
            for length, count in zip((height, width), counts, strict=True)
        )
        regions += [(top, left, side) for top in tops for left in lefts]
    return regions


def as_is(vectors: Array) -> Array:
    """The activations ``(n, d)`` of a fully connected layer (Babenko et al. 2014, section 3)."""
    return vectors


def l2_normalise(vectors: Array) -> Array:
    """Scale each row of ``(n, d)`` float32 to Euclidean length 1; a row of zeros stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


# It measured best on the two galleries that it was chosen on; see docs/quality.md.
DEFAULT_DESCRIPTOR = "rmac"
# The fastest descriptor: it serves while the network describes a new gallery.
FIRST_LOOK_DESCRIPTOR = "hsv"
DESCRIPTORS = MappingProxyType(
    {
        descriptor.name: descriptor
        for descriptor in (
            Descriptor("avg", LAST_MAPS, 512, average_pool),
            Descriptor("max", LAST_MAPS, 512, maximum_pool),
            Descriptor("gem", LAST_MAPS, 512, generalised_mean_pool),
            Descriptor("crow", LAST_MAPS, 512, cross_dimensional_pool),
            Descriptor("rmac", LAST_MAPS, 512, regional_maximum_pool),
            Descriptor("fc1", "fc1", 4096, as_is),
            Descriptor("fc2", "fc2", 4096, as_is),
            Descriptor("hsv", None, 128, colour_histogram),
            Descriptor("phash", None, 64, perceptual_hash),
        )
    }
)


def sibling_descriptors(name: str) -> tuple[Descriptor, ...]:
    """The other descriptors of the same layer, which one forward pass gives, too.

    Empty for a baseline and for an unknown name.
    """
    known = DESCRIPTORS.get(name)
    if known is None or known.layer is None:
        return ()
    return tuple(
        other for other in DESCRIPTORS.values() if other.layer == known.layer and other != known
    )


def descriptor_named(name: str) -> Descriptor:
    """The descriptor of a name; an unknown one raises ``ConfigurationError``."""
    try:
        return DESCRIPTORS[name]
    except KeyError:
        known = ", ".join(DESCRIPTORS)
        raise ConfigurationError(
            f"Unknown descriptor: expected one of {known}. Received: descriptor={name!r}"
        ) from None
