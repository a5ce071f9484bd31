"""The layers of VGG16 and their sizes."""

from dataclasses import dataclass

from ..model import INPUT_SIZE

# Convolutions of each block, and their channels: configuration D of Simonyan, Zisserman 2015,
# "Very deep convolutional networks for large-scale image recognition", table 1.
_BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
_KERNEL_SIDE = 3
_COLOURS = 3


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of VGG16 for an input of 224x224 pixels.

    Attributes:
        name: As Keras calls it.
        side: Positions on each side of its maps.
        channels: Number of its maps.
        weights: Learnt numbers: of the kernels and biases; 0 for a pooling layer.
        receptive_side: Side of the square of the input that one position depends on, in pixels.
    """

    name: str
    side: int
    channels: int
    weights: int
    receptive_side: int


def layers() -> tuple[Layer, ...]:
    """The convolutions and pooling layers in their order, without the fully connected ones."""
    found: list[Layer] = []
    side, before, sees, step = INPUT_SIZE, _COLOURS, 1, 1
    for block, (convolutions, channels) in enumerate(_BLOCKS, 1):
        for number in range(1, convolutions + 1):
            sees += (_KERNEL_SIDE - 1) * step
            weights = (_KERNEL_SIDE**2 * before + 1) * channels
            found.append(Layer(f"block{block}_conv{number}", side, channels, weights, sees))
            before = channels
        # The largest of 2x2 positions; each block halves the sides.
        sees, side, step = sees + step, side // 2, 2 * step
        found.append(Layer(f"block{block}_pool", side, channels, 0, sees))
    return tuple(found)
