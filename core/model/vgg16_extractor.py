"""The feature extractor by VGG16: images to the size of the network, outputs to features."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import ConfigurationError
from ..images import fit
from ..types import Array
from .extractor import INPUT_SIZE, STRIDE, Inspection, feature_space, no_maps, prepared
from .pooling import LAST_MAPS, Descriptor, descriptor_named, sibling_descriptors
from .vgg16 import BLOCKS, FIRST_LAYER, MakeNetwork, VGG16Network
from .weights import Weights

BATCH_SIZE = 32


class VGG16Extractor:
    """A ``FeatureExtractor`` by a descriptor of a layer of VGG16.

    ``make_network`` gives the network of the weights, size and precision; see ``shared_network``.

    Raises:
        ConfigurationError: The descriptor is a baseline.
    """

    def __init__(
        self,
        weights: Weights,
        *,
        descriptor: str,
        size: int = INPUT_SIZE,
        precision: str = "auto",
        make_network: MakeNetwork = VGG16Network,
    ) -> None:
        self.space = feature_space(weights, descriptor, size)
        self._descriptor = descriptor_named(descriptor)
        if self._descriptor.layer is None:
            raise ConfigurationError(
                f"Expected a descriptor of VGG16. Received: descriptor={descriptor!r}, which "
                "takes the pixels"
            )
        self._network = make_network(weights, self._descriptor.layer, size, precision)

    def load(self) -> None:
        """See ``FeatureExtractor``."""
        self._network.load()

    def extract(self, images: Sequence[Image.Image]) -> Array:
        """See ``FeatureExtractor``; the network is called with at most ``BATCH_SIZE`` images."""
        return self._describe(images, [self._descriptor])[self.space.descriptor]

    def extract_all(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        """See ``FeatureExtractor``."""
        return self._describe(
            images, [self._descriptor, *sibling_descriptors(self.space.descriptor)]
        )

    def outputs(self, images: Sequence[Image.Image]) -> Sequence[Array]:
        """See ``FeatureExtractor``."""
        return self._outputs([prepared(image, self.space) for image in images], BATCH_SIZE)

    def inspect(self, image: Image.Image) -> Inspection:
        """See ``FeatureExtractor``."""
        self.load()
        seen = prepared(image, self.space)
        outputs = self._network.all_outputs(np.asarray(seen)[None])
        return Inspection(
            space=self.space,
            seen=seen,
            filters=self._network.filters(),
            outputs={name: outputs[name][0] for name in (FIRST_LAYER, *BLOCKS)},
            feature=self._descriptor.describe(outputs[str(self._descriptor.layer)])[0],
        )

    def channel_means(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        """See ``FeatureExtractor``."""
        self.load()
        found: dict[str, Array] = {}
        for rows, batch in _batches([prepared(image, self.space) for image in images], BATCH_SIZE):
            for name, means in self._network.channel_means(batch).items():
                shape = (len(images), means.shape[1])
                found.setdefault(name, np.empty(shape, np.float32))[rows] = means
        return found

    def maps(self, images: Sequence[Image.Image], side: int) -> Sequence[Array]:
        """See ``FeatureExtractor``."""
        if self._descriptor.layer != LAST_MAPS:
            raise no_maps(self._descriptor)
        fitted = [fit(image, side, least=STRIDE) for image in images]
        return self._outputs(fitted, max(BATCH_SIZE * INPUT_SIZE**2 // side**2, 1))

    def _outputs(self, seen: Sequence[Image.Image], most: int) -> Sequence[Array]:
        """The output of the layer for each image as it is, at most so many in one call."""
        self.load()
        found: dict[int, Array] = {}
        for rows, batch in _batches(seen, most):
            found.update(zip(rows, self._network.outputs(batch), strict=True))
        return [found[row] for row in range(len(seen))]

    def _describe(
        self, images: Sequence[Image.Image], descriptors: Sequence[Descriptor]
    ) -> dict[str, Array]:
        self.load()
        features = {
            descriptor.name: np.empty((len(images), descriptor.dimension), np.float32)
            for descriptor in descriptors
        }
        seen = [prepared(image, self.space) for image in images]
        for rows, batch in _batches(seen, BATCH_SIZE):
            outputs = self._network.outputs(batch)
            for descriptor in descriptors:
                features[descriptor.name][rows] = descriptor.describe(outputs)
        return features


def _batches(
    images: Sequence[Image.Image], most: int
) -> Iterator[tuple[list[int], NDArray[np.uint8]]]:
    """Yield the row numbers and the pixels of at most so many images of one size."""
    same_size: dict[tuple[int, int], list[int]] = {}
    for row, image in enumerate(images):
        same_size.setdefault(image.size, []).append(row)
    for rows in same_size.values():
        for start in range(0, len(rows), most):
            part = rows[start : start + most]
            yield part, np.stack([np.asarray(images[row]) for row in part])
