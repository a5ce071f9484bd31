"""What VGG16 makes of one picture, from the input to the feature."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..model import BLOCKS, FIRST_LAYER, MEAN_COLOUR, Inspection
from ..types import Array
from .maps import Maps

_GREY = 128


@dataclass(frozen=True, eq=False)
class Activations:
    """What VGG16 makes of one picture.

    Attributes:
        seen: The picture as the network takes it, RGB.
        filters: The kernels of the first layer, ``(3, 3, 3, 64)`` float32; the third axis is RGB.
        first: The maps of the first layer.
        blocks: The maps after each of the five blocks, by Keras's name of the layer.
        descriptor: Name of the descriptor.
        feature: Its unit vector ``(d,)`` float32, before the fit of a gallery.
    """

    seen: Image.Image
    filters: Array
    first: Maps
    blocks: Mapping[str, Maps]
    descriptor: str
    feature: Array

    def centred(self) -> Image.Image:
        """The picture without the mean colour of the training photographs, RGB: 0 is grey."""
        pixels = np.asarray(self.seen, np.float32) - np.array(MEAN_COLOUR, np.float32)
        return Image.fromarray(np.clip(pixels + _GREY, 0, 255).astype(np.uint8))


def activations_of(inspection: Inspection) -> Activations:
    """The outputs of the layers without what a page does not need."""
    outputs = inspection.outputs
    return Activations(
        seen=inspection.seen,
        filters=inspection.filters,
        first=Maps.of(outputs[FIRST_LAYER]),
        blocks={name: Maps.of(outputs[name]) for name in BLOCKS},
        descriptor=inspection.space.descriptor,
        feature=inspection.feature,
    )
