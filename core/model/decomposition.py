"""What each position of the maps adds to a descriptor.

The functions take maps ``(n, height, width, channels)`` float32 and return parts of the same shape.
Over all positions they sum to what the pooling function of the descriptor returns (Stylianou,
Souvenir, Pless 2019, "Visualizing deep similarity networks", section 3).
"""

from collections.abc import Callable
from types import MappingProxyType

import numpy as np

from ..errors import ConfigurationError
from ..types import Array
from .pooling import crow_weights, rmac_regions


def check_positions(descriptor: str) -> None:
    """Raise ``ConfigurationError`` unless a descriptor is one of ``WITH_POSITIONS``."""
    if descriptor not in WITH_POSITIONS:
        raise ConfigurationError(
            f"Expected a descriptor of maps: {', '.join(WITH_POSITIONS)}. Received: {descriptor}, "
            "which does not keep where in a picture something is. Index with another descriptor."
        )


def positions_of(descriptor: str, maps: Array) -> Array:
    """What each position adds to the unit vectors of a descriptor with positions.

    ``(n, height, width, channels)`` float32, as the maps, which are not negative; the sum over the
    positions has length 1.
    """
    parts = _PARTS[descriptor](maps)
    lengths = np.linalg.norm(parts.sum(axis=(1, 2)), axis=1)
    scale = np.where(lengths > 0, lengths, 1)[:, None, None, None]
    return (parts / scale).astype(np.float32, copy=False)


def _average(maps: Array) -> Array:
    return maps / np.float32(maps.shape[1] * maps.shape[2])


def _maximum(maps: Array) -> Array:
    # Equal maxima share it.
    largest = maps.max(axis=(1, 2), keepdims=True)
    winners = maps == largest
    parts: Array = winners * (largest / winners.sum(axis=(1, 2), keepdims=True, dtype=np.float32))
    return parts


def _generalised_mean(maps: Array) -> Array:
    # The third root of the mean power, divided by the shares of the powers.
    largest = maps.max(axis=(1, 2), keepdims=True)
    scaled = maps / np.where(largest > 0, largest, 1)
    powers = scaled * scaled * scaled
    sums = powers.sum(axis=(1, 2), keepdims=True)
    mean = np.cbrt(sums / np.float32(maps.shape[1] * maps.shape[2])) * largest
    parts: Array = powers * (mean / np.where(sums > 0, sums, 1))
    return parts


def _cross_dimensional(maps: Array) -> Array:
    by_position, by_channel = crow_weights(maps)
    weights = by_position[..., None] * by_channel[:, None, None].astype(np.float32)
    return maps * weights


def _regional_maximum(maps: Array) -> Array:
    parts = np.zeros_like(maps)
    for top, left, side in rmac_regions(maps.shape[1], maps.shape[2]):
        region = np.s_[:, top : top + side, left : left + side]
        maxima = _maximum(maps[region])
        lengths = np.linalg.norm(maps[region].max(axis=(1, 2)), axis=1)
        parts[region] += maxima / np.where(lengths > 0, lengths, 1)[:, None, None, None]
    return parts


_PARTS: MappingProxyType[str, Callable[[Array], Array]] = MappingProxyType(
    {
        "avg": _average,
        "max": _maximum,
        "gem": _generalised_mean,
        "crow": _cross_dimensional,
        "rmac": _regional_maximum,
    }
)
WITH_POSITIONS = tuple(_PARTS)
