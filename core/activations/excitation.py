"""The images of a gallery that excite a channel most."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ConfigurationError, ImageError
from ..feature_store import IndexSnapshot
from ..images import ENOUGH_SIDE, load_indexed
from ..model import WITH_POSITIONS, FeatureExtractor
from ..types import Array, ImageRecord


def has_channels(snapshot: IndexSnapshot) -> bool:
    """Whether an index keeps a number of each channel of the last block; older versions did not."""
    return snapshot.space.descriptor in WITH_POSITIONS and snapshot.extracted is not None


def exciting_images(
    snapshot: IndexSnapshot, channel: int, count: int
) -> list[tuple[ImageRecord, float]]:
    """The images whose descriptors are largest in a channel of the last block, largest first.

    Returns:
        At most ``count`` images with that number of their unit vector.
    """
    values = channel_values(snapshot, channel)
    rows = np.argsort(-values, kind="stable")[:count]
    return [(snapshot.images[int(row)], float(values[row])) for row in rows]


@dataclass(frozen=True, eq=False)
class ChannelMeans:
    """The mean activations of some images of a gallery.

    Attributes:
        images: ``n`` images.
        layers: ``(n, channels)`` float32 for each block, by Keras's name of the layer.
    """

    images: Sequence[ImageRecord]
    layers: Mapping[str, Array]


def channel_means(
    snapshot: IndexSnapshot, extractor: FeatureExtractor, images: Sequence[ImageRecord]
) -> ChannelMeans:
    """The mean activations of images of a gallery, without those that cannot be read."""
    read: list[ImageRecord] = []
    pixels = []
    for record in images:
        path = snapshot.library / record.path
        with contextlib.suppress(ImageError):
            pixels.append(load_indexed(path, record.id, enough=ENOUGH_SIDE).pixels)
            read.append(record)
    return ChannelMeans(read, extractor.channel_means(pixels))


def exciting_among(
    parts: Sequence[ChannelMeans], layer: str, channel: int, count: int
) -> list[tuple[ImageRecord, float]]:
    """The images of all parts with the largest mean activation in a channel, largest first.

    Returns:
        At most ``count`` images with that mean.
    """
    found = [
        (record, float(value))
        for part in parts
        if part.images
        for record, value in zip(part.images, part.layers[layer][:, channel], strict=True)
    ]
    return sorted(found, key=lambda one: -one[1])[:count]


def channel_values(snapshot: IndexSnapshot, channel: int) -> Array:
    """A channel of the descriptors of all images, ``(n,)`` float32, as before the fit.

    Raises:
        ConfigurationError: See ``has_channels``.
    """
    if snapshot.extracted is None or not has_channels(snapshot):
        raise ConfigurationError(
            "Expected an index that keeps a number of each channel. Received: one of the "
            f"descriptor {snapshot.space.descriptor}, generation {snapshot.generation}. Update "
            "the gallery, or choose another descriptor."
        )
    return np.array(snapshot.extracted[:, channel])
