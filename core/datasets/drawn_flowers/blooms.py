"""Blooms assembled from sprites in three dimensions."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from PIL import Image

from core.datasets.drawn_flowers.anatomy import Disc, Kind, Range, Stamen, Whorl
from core.datasets.drawn_flowers.canvas import Canvas
from core.datasets.drawn_flowers.geometry import (
    GOLDEN_ANGLE,
    Frame,
    Space,
    Vector,
    combine,
    scaled,
    tilted,
)
from core.datasets.drawn_flowers.sprites import (
    Array,
    Sprite,
    colours_of,
    finish,
    paint_disc,
    paint_petal,
    paint_stamen,
    rgb,
)

_LARGEST_SPRITE = 130
# How much more often the first variety is drawn than each other one.
_FIRST_CHOICE = 3.0
# Below this, a bloom is seen from the side: near petals hide far ones, not inner ones outer ones.
_FROM_THE_SIDE = 0.45


def sprite_length(pixels: float) -> int:
    """The length to paint a part at, in pixels; more than the limit would not show."""
    return max(10, min(_LARGEST_SPRITE, round(pixels)))


def lit(normal: Space, sun: Space) -> float:
    """Brightness of a surface with this normal; about 1 where it faces the viewer."""
    towards = normal[0] * sun[0] + normal[1] * sun[1] + normal[2] * sun[2]
    return 0.60 + 0.54 * abs(towards) - (0.05 if normal[2] < 0 else 0.0)


class Blooms:
    """The blooms of one picture, which share their petals.

    ``radius`` is that of the largest bloom, in pixels; ``sun`` a unit vector towards the light.
    """

    def __init__(
        self, kind: Kind, rng: np.random.Generator, *, radius: float, tone: Array, sun: Space
    ) -> None:
        self._kind = kind
        self._rng = rng
        self._sun = sun
        weights = [_FIRST_CHOICE, *[1.0] * (len(kind.palettes) - 1)]
        palette = kind.palettes[rng.choice(len(weights), p=np.divide(weights, sum(weights)))]
        self._tints = [colours_of(tint, tone) for tint in palette]
        self._radius = radius
        self._parts = [(part, self._painted(part)) for part in kind.parts]

    @property
    def colour(self) -> tuple[int, int, int]:
        """The main RGB colour of the blooms."""
        return rgb(self._tints[0][1])

    def axes(self) -> Frame:
        """A random frame for a bloom of this kind."""
        kind, rng = self._kind, self._rng
        roll = rng.normal(0, 0.1) if kind.upright else rng.uniform(0, math.tau)
        return tilted(rng.uniform(*kind.tilt), rng.normal(0, 0.2), roll)

    def bake(self, axes: Frame) -> Sprite:
        """A whole bloom as one sprite, for plants with many; the unit is its radius."""
        radius = self._radius
        middle = math.ceil(radius * 1.9)
        shade = self._tints[0][1]
        canvas = Canvas(Image.new("RGB", (middle * 2, middle * 2), rgb(shade * 0.6)))
        self.draw(canvas, (middle, middle), radius, axes)
        left, top, right, bottom = canvas.solid.getbbox() or (0, 0, middle, middle)
        box = left - 4, top - 4, right + 4, bottom + 4
        colour, solid = canvas.cut(box)
        return finish(colour, solid, shade, (middle - box[0], middle - box[1]), radius)

    def draw(self, canvas: Canvas, at: Vector, radius: float, axes: Frame) -> None:
        """Draw one bloom whose axis meets the stem ``at`` a point."""
        right, down, facing = axes
        laid: list[tuple[float, Sprite, Vector, Vector, Vector, float]] = []
        for part, sprites in self._parts:
            if isinstance(part, Disc):
                middle = scaled(facing, part.lift * radius)
                width, height = (scaled(axis, radius * part.radius)[:2] for axis in (right, down))
                where = at[0] + middle[0], at[1] + middle[1]
                laid.append((middle[2], sprites[0], where, height, width, lit(facing, self._sun)))
                continue
            for azimuth, share in self._directions(part):
                laid.append(self._petal(part, sprites, azimuth, share, at, radius, axes))
        if facing[2] < _FROM_THE_SIDE:
            laid.sort(key=lambda item: item[0])
        for _, sprite, where, length, width, light in laid:
            canvas.lay(sprite, where, length, width, light)

    def _petal(
        self,
        whorl: Whorl,
        sprites: list[Sprite],
        azimuth: float,
        share: float,
        at: Vector,
        radius: float,
        axes: Frame,
    ) -> tuple[float, Sprite, Vector, Vector, Vector, float]:
        """Depth (nearer is larger), sprite, position, length, width and light of a part."""
        rng, untidy = self._rng, whorl.untidy
        rise = math.radians(_mix(whorl.rise, share) + rng.normal(0, 2.5) * untidy)
        length = radius * _mix(whorl.length, share) * (1 + rng.normal(0, 0.03) * untidy)
        base, lift = radius * _mix(whorl.radius, share), radius * _mix(whorl.lift, share)
        cos, sin = math.cos(azimuth), math.sin(azimuth)
        flat, up = math.cos(rise), math.sin(rise)
        foot = combine(axes, (base * cos, base * sin, lift))
        long = combine(axes, scaled((cos * flat, sin * flat, up), length))
        # A bloom with a face is symmetric: petals on the right are mirrored.
        mirror = -length if whorl.at and cos > 0.01 else length
        wide = combine(axes, (-sin * mirror, cos * mirror, 0.0))
        light = lit(combine(axes, (-cos * up, -sin * up, flat)), self._sun)
        light *= (1 - whorl.deepen * share) * (1 + rng.normal(0, 0.02) * untidy)
        sprite = sprites[0 if whorl.at else rng.integers(len(sprites))]
        where = at[0] + foot[0], at[1] + foot[1]
        return foot[2] + long[2] / 2, sprite, where, long[:2], wide[:2], light

    def _directions(self, whorl: Whorl) -> Iterable[tuple[float, float]]:
        """The direction of each part in radians, and its position from first (0) to last (1)."""
        rng = self._rng
        if whorl.at:
            for degrees in whorl.at:
                yield math.radians(degrees + rng.normal(0, 3) * whorl.untidy), 0.0
            return
        count = int(rng.integers(whorl.count[0], whorl.count[1] + 1))
        step = GOLDEN_ANGLE if whorl.spiral else math.tau / count
        # In a circle every second part comes first, so that the rest overlaps it on both sides.
        order = range(count) if whorl.spiral else (*range(0, count, 2), *range(1, count, 2))
        for index in order:
            wander = rng.normal(0, 0.08) * whorl.untidy
            yield (index + whorl.turn + wander) * step, index / max(1, count - 1)

    def _painted(self, part: Whorl | Disc) -> list[Sprite]:
        """Some variants of a part."""
        colours = self._tints[part.tint]
        if isinstance(part, Disc):
            radius = max(5, sprite_length(part.radius * self._radius))
            return [paint_disc(part, colours, radius, self._rng)]
        length = sprite_length(self._radius * max(part.length))
        if isinstance(part.part, Stamen):
            return [paint_stamen(part.part, colours, length)]
        variants = 1 if part.at else 2 if part.count[1] > 8 else min(3, part.count[1])
        return [paint_petal(part.part, colours, length, self._rng) for _ in range(variants)]


def _mix(bounds: Range, share: float) -> float:
    return bounds[0] + (bounds[1] - bounds[0]) * share
