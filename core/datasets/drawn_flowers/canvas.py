"""The canvas that sprites are laid on, turned, foreshortened and lit."""

from __future__ import annotations

import math

from PIL import Image, ImageChops

from core.datasets.drawn_flowers.geometry import Vector
from core.datasets.drawn_flowers.sprites import SHADOW, Sprite

_SUNLIGHT = (255, 252, 236)
# A petal seen from its edge still shows this share of its width: real ones are curved.
_THINNEST = 0.3


class Canvas:
    """A picture with plants on it; ``solid`` (L) is 255 where they cover the background."""

    def __init__(self, background: Image.Image) -> None:
        self._picture = background.convert("RGBX")
        self.solid = Image.new("L", background.size)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._picture.size

    @property
    def picture(self) -> Image.Image:
        """A copy of the picture, RGB."""
        return self._picture.convert("RGB")

    def cut(self, box: tuple[int, int, int, int]) -> tuple[Image.Image, Image.Image]:
        """The picture (RGB) and ``solid`` (L) within left, top, right and bottom."""
        return self._picture.crop(box).convert("RGB"), self.solid.crop(box)

    def lay(
        self, sprite: Sprite, at: Vector, length: Vector, width: Vector, light: float = 1.0
    ) -> None:
        """Lay a sprite down with its origin ``at`` a point.

        ``length`` and ``width`` are one unit along and across the sprite, in pixels on the canvas.
        A ``light`` of 1 leaves the colours as they are.
        """
        long, wide = math.hypot(*length), math.hypot(*width)
        if max(long, wide) < 1 or min(long, wide) < 1e-3:
            return
        area = width[0] * length[1] - width[1] * length[0]
        lacking = _THINNEST * long * wide - abs(area)
        if lacking > 0:
            push = math.copysign(lacking, area) / long**2
            width = width[0] + push * length[1], width[1] - push * length[0]
            area = width[0] * length[1] - width[1] * length[0]
        shrink = sprite.unit / max(long, math.hypot(*width))
        level = max(0, min(len(sprite.levels) - 1, int(math.log2(shrink) + 0.25)))
        source = sprite.levels[level]
        unit = sprite.unit / 2**level
        x0, y0 = sprite.origin[0] / 2**level, sprite.origin[1] / 2**level

        ends = (-x0 / unit, (source.width - x0) / unit), (-y0 / unit, (source.height - y0) / unit)
        xs = [at[0] + width[0] * u + length[0] * v for u in ends[0] for v in ends[1]]
        ys = [at[1] + width[1] * u + length[1] * v for u in ends[0] for v in ends[1]]
        left, right = max(0, math.floor(min(xs))), min(self.size[0], math.ceil(max(xs)))
        top, bottom = max(0, math.floor(min(ys))), min(self.size[1], math.ceil(max(ys)))
        if right <= left or bottom <= top:
            return
        a, b = unit * length[1] / area, -unit * length[0] / area
        c, d = -unit * width[1] / area, unit * width[0] / area
        x, y = left - at[0], top - at[1]
        inverse = (a, b, a * x + b * y + x0, c, d, c * x + d * y + y0)
        size = right - left, bottom - top
        patch = source.transform(size, Image.Transform.AFFINE, inverse, Image.Resampling.BILINEAR)
        cover = patch.getchannel(3)
        if abs(light - 1) > 0.01:
            towards = Image.new("RGBX", size, sprite.shade if light < 1 else _SUNLIGHT)
            patch = Image.blend(patch, towards, min(0.9, abs(light - 1)))
        self._put(patch, cover, (left, top))

    def draw(self, patch: Image.Image, cover: Image.Image, at: tuple[int, int]) -> None:
        """Paste an RGB patch through its L cover; ``at`` is the upper left corner."""
        self._put(patch.convert("RGBX"), cover, at)

    def _put(self, patch: Image.Image, cover: Image.Image, at: tuple[int, int]) -> None:
        box = (*at, at[0] + patch.width, at[1] + patch.height)
        self._picture.paste(patch, box, cover)
        # The cover is at most SHADOW in the shadow; only the plant itself exceeds that.
        shadow = Image.new("L", cover.size, round(SHADOW * 255))
        self.solid.paste(255, box, ImageChops.subtract(cover, shadow, scale=1 - SHADOW))
