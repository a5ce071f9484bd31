"""Transformations of an image after which a search should still find it."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageEnhance

from ..images import Framing, LoadedImage, rotate

_CROPPED_SIDE = 0.6
_DEGREES = 10
_JPEG_QUALITY = 10
_HUE_SHIFT = 32  # of 256
_DARKNESS = 0.5


@dataclass(frozen=True, slots=True)
class Original:
    """A decoded image of the gallery and the content of its file."""

    picture: LoadedImage
    content: bytes

    def framed(self, framing: Framing) -> Image.Image:
        """The image with the framing of a query applied."""
        return framing.apply(self.picture, self.content)


def _crop(original: Original, rng: np.random.Generator) -> Image.Image:
    left, top = map(float, rng.uniform(0, 1 - _CROPPED_SIDE, 2))
    box = (left, top, left + _CROPPED_SIDE, top + _CROPPED_SIDE)
    return original.framed(Framing(box=box))


def _rotate(original: Original, rng: np.random.Generator) -> Image.Image:
    return rotate(original.picture.pixels, _DEGREES if rng.random() < 0.5 else -_DEGREES)


def _recompress(original: Original, _: np.random.Generator) -> Image.Image:
    file = io.BytesIO()
    original.picture.pixels.save(file, "JPEG", quality=_JPEG_QUALITY)
    return Image.open(file).convert("RGB")


def _grey(original: Original, _: np.random.Generator) -> Image.Image:
    return original.picture.pixels.convert("L").convert("RGB")


def _other_hue(original: Original, _: np.random.Generator) -> Image.Image:
    hue, saturation, value = original.picture.pixels.convert("HSV").split()
    hue = hue.point([(number + _HUE_SHIFT) % 256 for number in range(256)])
    return Image.merge("HSV", (hue, saturation, value)).convert("RGB")


def _darken(original: Original, _: np.random.Generator) -> Image.Image:
    return ImageEnhance.Brightness(original.picture.pixels).enhance(_DARKNESS)


Transformation = Callable[[Original, np.random.Generator], Image.Image]

TRANSFORMATIONS: MappingProxyType[str, Transformation] = MappingProxyType(
    {
        "crop to 60 % of each side": _crop,
        "mirror": lambda original, _: original.framed(Framing(mirrored=True)),
        "quarter turn": lambda original, _: original.framed(Framing(quarters=1)),
        "rotation by 10°": _rotate,
        "JPEG of quality 10": _recompress,
        "half as bright": _darken,
        "other hue": _other_hue,
        "grey": _grey,
    }
)
