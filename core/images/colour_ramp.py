"""Colours for levels."""

import numpy as np
from numpy.typing import NDArray


def colour_ramp(*colours: tuple[int, ...]) -> NDArray[np.uint8]:
    """A colour for each of 256 levels, ``(256, channels)``, evenly from the first to the last."""
    steps, levels = np.linspace(0, 255, len(colours)), np.arange(256)
    channels = [np.interp(levels, steps, channel) for channel in zip(*colours, strict=True)]
    ramp: NDArray[np.uint8] = np.stack(channels, axis=1).round().astype(np.uint8)
    return ramp
