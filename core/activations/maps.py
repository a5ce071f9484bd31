"""The maps of one layer, and the filters of the first, as pictures."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..images import colour_ramp
from ..types import Array

# From 0 to the largest activation: black, purple, red, orange, light yellow.
_COLOURS = colour_ramp((20, 16, 24), (88, 24, 82), (194, 37, 92), (245, 138, 84), (255, 243, 201))
_LEVELS = 255
_GREY = _LEVELS / 2


@dataclass(frozen=True, eq=False)
class Maps:
    """The maps of one layer for one picture.

    Attributes:
        levels: ``(height, width, channels)`` uint8: each map as shares of its largest activation.
            A byte instead of four: a session keeps them.
        largest: ``(channels,)`` float32: the largest activation of each map, not negative.
        means: ``(channels,)`` float32: the mean activation of each map.
    """

    levels: NDArray[np.uint8]
    largest: Array
    means: Array

    @classmethod
    def of(cls, activations: Array) -> Self:
        """Maps of ``(height, width, channels)`` float32 activations, not negative."""
        largest = activations.max(axis=(0, 1))
        scale = _LEVELS / np.where(largest > 0, largest, 1)
        return cls(
            levels=np.rint(activations * scale).astype(np.uint8),
            largest=largest,
            means=activations.mean(axis=(0, 1)),
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and number of channels."""
        height, width, channels = self.levels.shape
        return height, width, channels

    def size(self, side: int) -> tuple[int, int]:
        """Width and height of the same proportions; the longer one is ``side``."""
        height, width, _ = self.levels.shape
        scale = side / max(height, width)
        return max(round(width * scale), 1), max(round(height * scale), 1)

    def strongest(self, count: int) -> list[int]:
        """The channels of the largest activations, the strongest first."""
        return [int(channel) for channel in np.argsort(-self.largest, kind="stable")[:count]]

    def picture(self, channel: int, size: tuple[int, int]) -> Image.Image:
        """The map of a channel, RGB of a width and height; the lighter, the stronger."""
        levels = Image.fromarray(self.levels[:, :, channel])
        smaller = size[0] < levels.width
        resampling = Image.Resampling.BOX if smaller else Image.Resampling.NEAREST
        return Image.fromarray(_COLOURS[np.asarray(levels.resize(size, resampling))])

    def heat(self, channel: int) -> Array:
        """The map of a channel as shares of its largest activation, ``(height, width)``."""
        return (self.levels[:, :, channel] / _LEVELS).astype(np.float32)


def filter_picture(kernel: Array, side: int) -> Image.Image:
    """A filter ``(3, 3, 3)`` float32, the third axis is RGB, as an RGB picture of a side in pixels.

    Weights of 0 are grey; lighter is positive, darker negative, scaled to the largest weight
    (Zeiler, Fergus 2014, "Visualizing and understanding convolutional networks", figure 6).
    """
    largest = float(np.abs(kernel).max()) or 1.0
    colours = np.rint(_GREY + _GREY * kernel / largest).astype(np.uint8)
    return Image.fromarray(colours).resize((side, side), Image.Resampling.NEAREST)
