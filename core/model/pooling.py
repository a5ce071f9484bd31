"""How the output of a layer, or the picture itself, becomes one vector.

All pooling is without a fitted step; ``core.whitening`` learns one from a gallery.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError
from core.model.baselines import colour_histogram, perceptual_hash
from core.types import STARTER, Array

LAST_CONVOLUTION = "block5_pool"
FULLY_CONNECTED = ("fc1", "fc2")
RMAC_SCALES = 3
RMAC_OVERLAP = 0.4
# Keeps the logarithm of CroW finite for a channel that is zero everywhere.
CROW_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A way to describe an image with one vector.

    Attributes:
        name: What the user calls it.
        layer: Layer of Keras's VGG16 whose output it takes; ``None`` for one that takes the
            pixels, as retrieval did before networks: a baseline to measure them against.
        dimension: Length of the vector.
        pool: Turns the output of the layer for ``n`` images, or their pixels ``(n, height, width,
            3)`` uint8, into ``(n, dimension)``.
    """

    name: str
    layer: str | None
    dimension: int
    pool: Callable[[Any], Array]

    @property
    def needs_top(self) -> bool:
        """Whether the layer belongs to the fully connected part of the network."""
        return self.layer in FULLY_CONNECTED

    def describe(self, outputs: NDArray[Any]) -> Array:
        """Pool and normalise.

        Args:
            outputs: Outputs of the layer, ``(n, …)`` float32, or pixels, see ``pool``.

        Returns:
            Unit vectors, ``(n, dimension)`` float32.
        """
        return l2_normalise(self.pool(outputs))


def average_pool(maps: Array) -> Array:
    """Mean over the positions of each channel.

    Global average pooling (Lin, Chen, Yan 2014, section 3.2); over a last convolution it is the
    SPoC descriptor without centre prior (Babenko, Lempitsky 2015, section 3).

    Args:
        maps: ``(n, height, width, channels)`` float32.

    Returns:
        ``(n, channels)`` float32.
    """
    pooled: Array = maps.mean(axis=(1, 2), dtype=np.float32)
    return pooled


def maximum_pool(maps: Array) -> Array:
    """Greatest activation of each channel.

    Maximum activations of convolutions, MAC (Tolias, Sicre, Jegou 2016, section 3.1).

    Args:
        maps: ``(n, height, width, channels)`` float32.

    Returns:
        ``(n, channels)`` float32.
    """
    pooled: Array = maps.max(axis=(1, 2))
    return pooled


def generalised_mean_pool(maps: Array) -> Array:
    """Power mean over the positions of each channel, between the mean and the maximum.

    Generalised-mean pooling, GeM, with power 3 (Radenovic, Tolias, Chum 2019, section 3.2).

    Args:
        maps: ``(n, height, width, channels)`` float32, not negative.

    Returns:
        ``(n, channels)`` float32.
    """
    # Scaled by the maximum, so that no power leaves the range of float32.
    largest = maps.max(axis=(1, 2), keepdims=True)
    scaled = maps / np.where(largest > 0, largest, 1)
    powers = scaled * scaled * scaled
    pooled: Array = np.cbrt(powers.mean(axis=(1, 2), dtype=np.float32)) * largest[:, 0, 0]
    return pooled


def cross_dimensional_pool(maps: Array) -> Array:
    """Sum over the positions, weighted by position and by channel.

    Cross-dimensional weighting, CroW (Kalantidis, Mellina, Osindero 2016, sections 3.2 and 3.3,
    a = b = 2): a position counts as the square root of its share of all activation, a channel by
    the logarithm of how rarely it is active.

    Args:
        maps: ``(n, height, width, channels)`` float32, not negative.

    Returns:
        ``(n, channels)`` float32.
    """
    positions = maps.reshape(len(maps), -1, maps.shape[3])
    mass = positions.sum(axis=2, dtype=np.float64)
    norm = np.linalg.norm(mass, axis=1, keepdims=True)
    by_position = np.sqrt(mass / np.where(norm > 0, norm, 1)).astype(np.float32)
    active = (positions > 0).sum(axis=1, dtype=np.int32) / positions.shape[1]
    epsilon = CROW_EPSILON
    rarity = np.log(
        (active.shape[1] * epsilon + active.sum(axis=1, keepdims=True)) / (epsilon + active)
    )
    sums = np.matmul(by_position[:, None, :], positions)[:, 0]
    pooled: Array = (sums * rarity).astype(np.float32)
    return pooled


def regional_maximum_pool(maps: Array) -> Array:
    """Sum of the normalised channel maxima of overlapping squares at three scales.

    Regional maximum activations of convolutions, R-MAC (Tolias, Sicre, Jegou 2016, section 3.2),
    off the shelf: regions are not whitened before they are summed.

    Args:
        maps: ``(n, height, width, channels)`` float32.

    Returns:
        ``(n, channels)`` float32.
    """
    pooled = np.zeros((len(maps), maps.shape[3]), np.float32)
    for top, left, side in rmac_regions(maps.shape[1], maps.shape[2]):
        region = maps[:, top : top + side, left : left + side]
        pooled += l2_normalise(region.max(axis=(1, 2)))
    return pooled


def rmac_regions(height: int, width: int) -> list[tuple[int, int, int]]:
    """The squares of R-MAC (Tolias, Sicre, Jegou 2016, section 3.2).

    At scale ``l`` they have the side ``2 min(height, width) / (l + 1)``. Along the shorter side
    there are ``l``; along the longer as many more as bring the overlap of the largest squares
    closest to 40 %. They are spread evenly.

    Args:
        height: Of the map, at least 1.
        width: Of the map, at least 1.

    Returns:
        Top, left and side of each.
    """
    shorter, longer = sorted((height, width))
    # The overlap of neighbours among m squares of the shorter side, spread over the longer one.
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
    """The activations of a fully connected layer (neural codes; Babenko et al. 2014, section 3).

    Args:
        vectors: ``(n, dimension)`` float32.

    Returns:
        The same array.
    """
    return vectors


def l2_normalise(vectors: Array) -> Array:
    """Scale each row to Euclidean length 1; a row of zeros stays zero.

    Args:
        vectors: ``(n, dimension)`` float32.

    Returns:
        ``(n, dimension)`` float32.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


DEFAULT_DESCRIPTOR = "avg"
# The fastest: it serves until a network has seen the images.
FIRST_LOOK = "hsv"
DESCRIPTORS = MappingProxyType(
    {
        descriptor.name: descriptor
        for descriptor in (
            Descriptor("avg", LAST_CONVOLUTION, 512, average_pool),
            Descriptor("max", LAST_CONVOLUTION, 512, maximum_pool),
            Descriptor("gem", LAST_CONVOLUTION, 512, generalised_mean_pool),
            Descriptor("crow", LAST_CONVOLUTION, 512, cross_dimensional_pool),
            Descriptor("rmac", LAST_CONVOLUTION, 512, regional_maximum_pool),
            Descriptor("fc1", "fc1", 4096, as_is),
            Descriptor("fc2", "fc2", 4096, as_is),
            Descriptor("hsv", None, 128, colour_histogram),
            Descriptor("phash", None, 64, perceptual_hash),
        )
    }
)


def sibling_descriptors(name: str) -> tuple[Descriptor, ...]:
    """The other descriptors that take the same layer: one forward pass gives all of them.

    Args:
        name: Of a descriptor.

    Returns:
        None for a name that is not known, and for one that takes no layer.
    """
    known = DESCRIPTORS.get(name)
    if known is None or known.layer is None:
        return ()
    return tuple(
        other for other in DESCRIPTORS.values() if other.layer == known.layer and other != known
    )


def default_descriptor(weights: str) -> str:
    """The descriptor that measures best with these weights; docs/quality.md has the tables.

    Args:
        weights: Their source, see ``FeatureSpace.weights``.
    """
    return "gem" if weights == STARTER else DEFAULT_DESCRIPTOR


def descriptor_named(name: str) -> Descriptor:
    """Look a descriptor up.

    Raises:
        ConfigurationError: There is none of this name; the message lists those that exist.
    """
    try:
        return DESCRIPTORS[name]
    except KeyError:
        known = ", ".join(DESCRIPTORS)
        raise ConfigurationError(
            f"Unknown descriptor: expected one of {known}. Received: descriptor={name!r}"
        ) from None
