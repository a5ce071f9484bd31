"""What all feature extractors share, and the extractor of the baselines, which has no network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from PIL import Image

from core.errors import ConfigurationError
from core.images import fit, squash
from core.model.pooling import Descriptor, descriptor_named
from core.model.weights import Weights
from core.types import FIT, NO_WEIGHTS, SQUASH, Array, FeatureSpace

INPUT_SIZE = 224
LARGEST_SIZE = 448
# VGG16 halves an image five times.
STRIDE = 32


class FeatureExtractor(Protocol):
    """What turns images into features of one space."""

    @property
    def space(self) -> FeatureSpace:
        """The space of its features."""

    def load(self) -> None:
        """Make ready for ``extract``; does nothing the second time."""

    def extract(self, images: Sequence[Image.Image]) -> Array:
        """Describe images.

        Args:
            images: ``n`` RGB images of any size.

        Returns:
            ``(n, dimension)`` float32, each row of Euclidean length 1.
        """

    def extract_all(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        """Describe images in every way that costs no second look at them.

        Args:
            images: ``n`` RGB images of any size.

        Returns:
            What ``extract`` returns under the name of the space's descriptor, and the same of each
            descriptor that takes the same layer.
        """


def feature_space(weights: Weights, descriptor: str, size: int = INPUT_SIZE) -> FeatureSpace:
    """The space that an extractor with these choices would have.

    Args:
        weights: Where the kernels come from.
        descriptor: Name of the descriptor, see ``core.descriptors``.
        size: 224 squashes images to 224x224, as VGG16 was trained; a larger one, up to 448, is
            that of the longer side, and the aspect ratio is kept.

    Raises:
        ConfigurationError: There is no such descriptor or size, or the two do not fit.
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
        resize=SQUASH if size == INPUT_SIZE else FIT,
    )


def check_size(size: int, descriptor: Descriptor | None) -> int:
    """A size that a network can see images at.

    Args:
        size: See ``feature_space``.
        descriptor: What it must fit; ``None`` where that is still open.

    Raises:
        ConfigurationError: There is no such size, or it does not fit.
    """
    if not INPUT_SIZE <= size <= LARGEST_SIZE:
        raise ConfigurationError(
            f"Expected a size from {INPUT_SIZE} to {LARGEST_SIZE} pixels. Received: size={size}"
        )
    if descriptor and descriptor.needs_top and size != INPUT_SIZE:
        raise ConfigurationError(
            f"The fully connected layers take {INPUT_SIZE}x{INPUT_SIZE} pixels: expected a "
            "descriptor of the convolutions with another size. Received: "
            f"descriptor={descriptor.name!r}, size={size}"
        )
    return size


def prepared(image: Image.Image, space: FeatureSpace) -> Image.Image:
    """An image as the network of a space sees it; the image itself where it is that already.

    Args:
        image: RGB of any size.
        space: The feature space.
    """
    if space.resize == SQUASH:
        return squash(image, space.input_size)
    return fit(image, space.input_size, least=STRIDE)


class PixelExtractor:
    """A baseline: a descriptor of the pixels, without a network.

    Args:
        descriptor: Name of a descriptor that takes no layer, see ``core.descriptors``.
    """

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
        """Do nothing: there is nothing to load."""

    def extract(self, images: Sequence[Image.Image]) -> Array:
        """Describe images, see ``FeatureExtractor``."""
        features = np.empty((len(images), self.space.dimension), np.float32)
        for row, image in zip(features, images, strict=True):
            pixels = np.asarray(prepared(image, self.space))
            row[:] = self._descriptor.describe(pixels[None])[0]
        return features

    def extract_all(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        """Describe images, see ``FeatureExtractor``."""
        return {self.space.descriptor: self.extract(images)}
