"""The interface of feature extractors, their feature space, and the extractor of the baselines."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import ConfigurationError
from ..images import fit, squash
from ..types import FIT, NO_WEIGHTS, SQUASH, Array, FeatureSpace
from .pooling import DESCRIPTORS, LAST_MAPS, Descriptor, descriptor_named
from .weights import Weights

INPUT_SIZE = 224
SMALLEST_SIZE, LARGEST_SIZE = 96, 448
# VGG16 halves an image five times.
STRIDE = 32


@dataclass(frozen=True, eq=False)
class Inspection:
    """What the layers of VGG16 make of one image.

    Attributes:
        space: The feature space of the extractor.
        seen: The image as the network takes it, RGB.
        filters: The kernels of the first layer, ``(3, 3, 3, 64)`` float32; the third axis is RGB.
        outputs: The maps ``(height, width, channels)`` float32 of the first layer and after each
            of the five blocks, by Keras's name of the layer; empty for a baseline.
        feature: Of the extractor, a unit vector ``(d,)`` float32.
    """

    space: FeatureSpace
    seen: Image.Image
    filters: Array
    outputs: Mapping[str, Array]
    feature: Array


class FeatureExtractor(Protocol):
    """Describes images by features of one space."""

    @property
    def space(self) -> FeatureSpace:
        """The feature space."""

    def load(self) -> None:
        """Load the model; the second call does nothing."""

    def extract(self, images: Sequence[Image.Image]) -> Array:
        """The features of ``n`` RGB images of any size: ``(n, dimension)`` float32 unit rows."""

    def extract_all(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        """The same by name of the descriptor, also for the ``sibling_descriptors`` of the space."""

    def outputs(self, images: Sequence[Image.Image]) -> Sequence[NDArray[Any]]:
        """What the descriptor pools of each image.

        Maps ``(height, width, channels)`` float32, activations ``(d,)`` float32 of a fully
        connected layer, or the pixels ``(height, width, 3)`` uint8 of a baseline.
        """

    def inspect(self, image: Image.Image) -> Inspection:
        """What each layer makes of an RGB image; a baseline has no layers."""

    def channel_means(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        """The mean activation of each channel after each block, ``(n, channels)`` float32.

        For ``n`` RGB images of any size, by Keras's name of the layer; empty for no image, and for
        a baseline.
        """

    def maps(self, images: Sequence[Image.Image], side: int) -> Sequence[Array]:
        """The maps ``(height, width, channels)`` float32 of ``block5_pool``, of each image.

        They are not negative and have a position for every ``STRIDE`` pixels. The images are RGB of
        any size; the network sees them with ``side`` pixels at the longer side.

        Raises:
            ConfigurationError: The features of the space are not of ``block5_pool``.
        """


def no_maps(descriptor: Descriptor) -> ConfigurationError:
    """The error for a descriptor that is not pooled from the maps of ``block5_pool``."""
    known = [sibling.name for sibling in DESCRIPTORS.values() if sibling.layer == LAST_MAPS]
    return ConfigurationError(
        "Expected a gallery that is described by the maps of VGG16, with one of "
        f"{', '.join(known)}. Received: descriptor={descriptor.name!r}. Index it with another "
        "descriptor."
    )


def feature_space(weights: Weights, descriptor: str, size: int = INPUT_SIZE) -> FeatureSpace:
    """The space of the features of VGG16 by a descriptor.

    A size of 96 to 224 pixels is the side of the square that images are squashed to, 224 as VGG16
    was trained; 225 to 448 is the longer side, and the aspect ratio is kept.
    """
    chosen = descriptor_named(descriptor)
    check_size(size, chosen)
    return FeatureSpace(
        model="vgg16",
        weights=weights.source,
        weights_digest=weights.digest,
        descriptor=descriptor,
        dimension=chosen.dimension,
        input_size=size,
        resize=SQUASH if size <= INPUT_SIZE else FIT,
    )


def check_size(size: int, descriptor: Descriptor | None) -> int:
    """The given size, see ``feature_space``, if the descriptor takes it.

    Raises:
        ConfigurationError: It is not 96 to 448, or a fully connected layer cannot take it.
    """
    if not SMALLEST_SIZE <= size <= LARGEST_SIZE:
        raise ConfigurationError(
            f"Expected a size from {SMALLEST_SIZE} to {LARGEST_SIZE} pixels. Received: size={size}"
        )
    if descriptor and descriptor.needs_top and size != INPUT_SIZE:
        raise ConfigurationError(
            f"The fully connected layers take {INPUT_SIZE}x{INPUT_SIZE} pixels: expected a "
            "descriptor of the convolutions with another size. Received: "
            f"descriptor={descriptor.name!r}, size={size}"
        )
    return size


def prepared(image: Image.Image, space: FeatureSpace) -> Image.Image:
    """An RGB image at the size that the model of a space sees."""
    if space.resize == SQUASH:
        return squash(image, space.input_size)
    return fit(image, space.input_size, least=STRIDE)


class PixelExtractor:
    """Describes images by a baseline descriptor, which takes the pixels and needs no network."""

    def __init__(self, descriptor: str) -> None:
        self._descriptor = descriptor_named(descriptor)
        self.space = FeatureSpace(
            model="pixels",
            weights=NO_WEIGHTS,
            weights_digest=hashlib.sha256(f"{descriptor}, version 1".encode()).hexdigest(),
            descriptor=descriptor,
            dimension=self._descriptor.dimension,
            input_size=INPUT_SIZE,
        )

    def load(self) -> None:
        """Do nothing: a baseline has no model."""

    def extract(self, images: Sequence[Image.Image]) -> Array:
        """See ``FeatureExtractor``."""
        features = np.empty((len(images), self.space.dimension), np.float32)
        for row, image in zip(features, images, strict=True):
            pixels = np.asarray(prepared(image, self.space))
            row[:] = self._descriptor.describe(pixels[None])[0]
        return features

    def extract_all(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        """See ``FeatureExtractor``."""
        return {self.space.descriptor: self.extract(images)}

    def outputs(self, images: Sequence[Image.Image]) -> Sequence[NDArray[Any]]:
        """See ``FeatureExtractor``."""
        return [np.asarray(prepared(image, self.space)) for image in images]

    def inspect(self, image: Image.Image) -> Inspection:
        """See ``FeatureExtractor``."""
        no_filters = np.empty((3, 3, 3, 0), np.float32)
        seen, feature = prepared(image, self.space), self.extract([image])[0]
        return Inspection(self.space, seen, no_filters, outputs={}, feature=feature)

    def channel_means(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:  # noqa: ARG002
        """See ``FeatureExtractor``."""
        return {}

    def maps(self, images: Sequence[Image.Image], side: int) -> Sequence[Array]:  # noqa: ARG002
        """See ``FeatureExtractor``: a baseline has none."""
        raise no_maps(self._descriptor)
