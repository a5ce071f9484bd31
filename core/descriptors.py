"""How the output of a layer, or the picture itself, becomes one vector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import ConfigurationError
from core.types import STARTER

Array = NDArray[np.float32]

GEM_POWER = 3


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
        needs_top: Whether the layer belongs to the fully connected part of the network.
    """

    name: str
    layer: str | None
    dimension: int
    pool: Callable[[Any], Array]
    needs_top: bool = False

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
    powers = (maps / np.where(largest > 0, largest, 1)) ** GEM_POWER
    pooled: Array = np.cbrt(powers.mean(axis=(1, 2), dtype=np.float32)) * largest[:, 0, 0]
    return pooled


def as_is(vectors: Array) -> Array:
    """The activations of a fully connected layer (neural codes; Babenko et al. 2014, section 3).

    Args:
        vectors: ``(n, dimension)`` float32.

    Returns:
        The same array.
    """
    return vectors


def colour_histogram(pixels: NDArray[np.uint8]) -> Array:
    """Histogram over hue, saturation and value in 8 by 4 by 4 bins (Swain, Ballard 1991).

    The square roots of the shares make Euclidean distance that of Hellinger (RootSIFT;
    Arandjelovic, Zisserman 2012, section 3).

    Args:
        pixels: ``(n, height, width, 3)`` uint8, RGB.

    Returns:
        ``(n, 128)`` float32.
    """
    histograms = np.empty((len(pixels), 128), np.float32)
    for row, image in zip(histograms, pixels, strict=True):
        hue, saturation, value = np.moveaxis(
            np.asarray(Image.fromarray(image).convert("HSV")), 2, 0
        )
        bins = (hue // 32).astype(np.intp) * 16 + saturation // 64 * 4 + value // 64
        row[:] = np.sqrt(np.bincount(bins.ravel(), minlength=128) / bins.size)
    return histograms


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
DESCRIPTORS = MappingProxyType(
    {
        descriptor.name: descriptor
        for descriptor in (
            Descriptor("avg", "block5_pool", 512, average_pool),
            Descriptor("max", "block5_pool", 512, maximum_pool),
            Descriptor("gem", "block5_pool", 512, generalised_mean_pool),
            Descriptor("fc1", "fc1", 4096, as_is, needs_top=True),
            Descriptor("hsv", None, 128, colour_histogram),
        )
    }
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
