"""Plants: blooms on their stems, among their leaves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from core.datasets.drawn_flowers.anatomy import Kind, Range, Tint
from core.datasets.drawn_flowers.blooms import Blooms, lit, sprite_length
from core.datasets.drawn_flowers.canvas import Canvas
from core.datasets.drawn_flowers.geometry import (
    GOLDEN_ANGLE,
    Space,
    Vector,
    along,
    band,
    combine,
    curve,
    frame,
    rotated,
    scaled,
    tilted,
)
from core.datasets.drawn_flowers.sprites import Sprite, colours_of, paint_petal, rgb

_GREENS: tuple[Tint, ...] = (
    ("34601f", "4a8430", "82b254", "ffffff"),
    ("2a5430", "3a7446", "70a474", "ffffff"),
    ("446020", "66882e", "a0b456", "ffffff"),
)
_VARIANTS = 2

Stems = list[tuple[Sequence[Vector], float]]


@dataclass(frozen=True, slots=True)
class Place:
    """The centre and the radius of the part of a plant that blooms, in pixels."""

    x: float
    y: float
    radius: float


class Plants:
    """The plants of one picture, which share a variety, a light and their painted parts.

    ``radius`` is that of the largest plant, in pixels; ``sun`` a unit vector towards the light.
    """

    def __init__(
        self, kind: Kind, rng: np.random.Generator, *, count: int, radius: float, sun: Space
    ) -> None:
        self._kind = kind
        self._rng = rng
        self._sun = sun
        tone = rng.normal(1, 0.06, 3).clip(0.88, 1.14).astype(np.float32)
        self._blooms = Blooms(kind, rng, radius=radius * kind.floret, tone=tone, sun=sun)
        self.colour = self._blooms.colour
        self._green = colours_of(_GREENS[rng.integers(len(_GREENS))], tone)
        self._stem = colours_of((kind.stem,) * 4, tone)[0]
        longest = sprite_length(radius * kind.leaf_length[1])
        self._leaves = [paint_petal(kind.leaf, self._green, longest, rng) for _ in range(2)]
        self._florets: list[Sprite] = []
        if kind.habit in ("dome", "spike"):
            # The habit decides where each bloom faces.
            self._florets = [self._blooms.bake(tilted(0.0)) for _ in range(_VARIANTS)]
        elif kind.habit != "solo" or count > _VARIANTS - 1:
            self._florets = [self._blooms.bake(self._blooms.axes()) for _ in range(_VARIANTS)]

    def draw(self, canvas: Canvas, place: Place, *, stem: bool = True) -> None:
        """Draw one plant; without ``stem``, only what is visible from above."""
        habits = {
            "solo": self._solo,
            "dome": self._dome,
            "spike": self._spike,
            "raceme": self._raceme,
            "branch": self._branch,
        }
        habits[self._kind.habit](canvas, place, stem)

    def _solo(self, canvas: Canvas, place: Place, stem: bool) -> None:
        kind, rng = self._kind, self._rng
        # A bloom seen from the side stands on its stem; one seen from above hides it.
        upwards = math.sin(math.radians(sum(kind.tilt) / 2))
        foot = place.x, place.y + place.radius * 0.6 * max(0.0, upwards - 0.5)
        if stem:
            path = self._stalk(canvas, place, foot[1] + 0.04 * place.radius)
            self._rods(canvas, [(path, max(2.5, place.radius * 0.075))])
            self._foliage(canvas, path, place.radius)
        elif kind.leaves[1]:
            self._rosette(canvas, place)
        if self._florets:
            self._hang(canvas, foot, place.radius, (0.0, 1.0), rng.normal(0, 0.15), 1.0)
        else:
            self._blooms.draw(canvas, foot, place.radius, self._blooms.axes())

    def _dome(self, canvas: Canvas, place: Place, stem: bool) -> None:
        """Blooms over half a ball, each facing outwards."""
        kind, rng, radius = self._kind, self._rng, place.radius
        middle = place.x, place.y + radius * 0.35
        if stem:
            path = self._stalk(canvas, place, middle[1])
            self._rods(canvas, [(path, max(2.5, radius * 0.06))])
            self._foliage(canvas, path, radius)
        else:
            self._rosette(canvas, place)
        axes = tilted(rng.uniform(6, 30), rng.normal(0, 0.15))
        reach = radius * (1 - 0.55 * kind.floret)
        count = self._number(kind.florets)
        laid: list[tuple[Space, Vector]] = []
        for index in range(count):
            height = 0.04 + 0.96 * (index + rng.uniform(0.2, 0.8)) / count
            ring = math.sqrt(1 - height * height)
            azimuth = index * GOLDEN_ANGLE + rng.normal(0, 0.25) * kind.loose
            outward = combine(axes, (ring * math.cos(azimuth), ring * math.sin(azimuth), height))
            far = reach * (1 + rng.normal(0, 0.10) * kind.loose)
            laid.append((outward, (place.x + outward[0] * far, place.y + outward[1] * far * 0.92)))
        self._rods(canvas, [((middle, at), max(1.5, radius * 0.025)) for _, at in laid])
        for outward, at in sorted(laid, key=lambda item: item[0][2]):
            towards = (
                outward[0] * 0.75 + rng.normal(0, 0.15) * kind.loose,
                outward[1] * 0.75 + rng.normal(0, 0.15) * kind.loose,
                abs(outward[2]) + 0.12 + 0.3 * kind.loose,
            )
            right, down, facing = frame(towards, rng.uniform(0, math.tau))
            size = radius * kind.floret * (1 + rng.normal(0, 0.08))
            light = lit(facing, self._sun) * (0.74 + 0.28 * max(0.0, outward[2]))
            canvas.lay(self._floret(), at, scaled(down, size)[:2], scaled(right, size)[:2], light)

    def _spike(self, canvas: Canvas, place: Place, stem: bool) -> None:
        """Tiers of florets up a straight stem."""
        kind, rng, radius = self._kind, self._rng, place.radius
        path = self._stalk(canvas, place, place.y - radius)
        self._rods(canvas, [(path, max(2.0, radius * 0.035))])
        if stem:
            self._foliage(canvas, path, radius)
        span = 2 * radius / (path[-1][1] - path[0][1])
        tiers = self._number(kind.florets)
        for tier in range(tiers):
            share = tier / (tiers - 1)
            # The lowest tier stands apart from the others.
            reach = span * (0.03 + 0.85 * share + (0.09 if tier == tiers - 1 else 0.0))
            at, down = along(path, reach)
            full = math.sin(math.pi * (0.14 + 0.70 * share))
            size = radius * kind.floret * (0.62 + 0.38 * full) * rng.uniform(0.92, 1.08)
            light = rng.uniform(0.94, 1.04)
            self._hang(canvas, at, size, down, rng.normal(0, 0.08), light)

    def _raceme(self, canvas: Canvas, place: Place, stem: bool) -> None:
        """Blooms along an arching stem, hanging from it or standing to both sides."""
        kind, rng, radius = self._kind, self._rng, place.radius
        x, y, side = place.x, place.y, float(rng.choice((-1.0, 1.0)))
        hanging = kind.tilt[1] < -45
        path = curve(
            (x - side * radius * rng.uniform(0.1, 0.5), canvas.size[1] + 10.0),
            (x - side * radius * 0.85, y - radius * 0.3),
            (x - side * radius * 0.65, y - radius * rng.uniform(1.1, 1.3)),
            (x + side * radius * 0.7, y - radius * (0.35 if hanging else 0.1)),
        )
        if stem:
            self._foliage(canvas, path[::-1], radius)
        count = self._number(kind.florets)
        stems: Stems = [(path, max(2.5, radius * 0.035))]
        laid = []
        for index in range(count):
            share = index / max(1, count - 1)
            at, onward = along(path, 0.42 + 0.58 * share)
            size = radius * kind.floret * (1.1 - 0.36 * share)
            angle = rng.normal(0, 0.08)
            if hanging:
                angle += (-0.5 if index % 2 else 0.4) * (1 - 0.5 * share)
                where = at[0] - math.sin(angle) * size * 0.5, at[1] + size * 0.42
            else:
                away = size * (0.62 if index % 2 else -0.62)
                where = at[0] - onward[1] * away, at[1] + onward[0] * away
            stems.append(((at, ((at[0] + where[0]) / 2 + 2, at[1]), where), max(1.8, size * 0.06)))
            laid.append((where, size, angle))
        self._rods(canvas, stems)
        for where, size, angle in reversed(laid):
            self._hang(canvas, where, size, (0.0, 1.0), angle, rng.uniform(0.94, 1.05))

    def _branch(self, canvas: Canvas, place: Place, _stem: bool) -> None:
        """Blooms along a branch that crosses the picture."""
        kind, rng, radius = self._kind, self._rng, place.radius
        width, height = canvas.size
        side = float(rng.choice((-1.0, 1.0)))
        path = curve(
            (width / 2 - side * (width / 2 + 20), height * rng.uniform(0.55, 1.0)),
            (place.x - side * width * 0.2, place.y + height * rng.uniform(-0.05, 0.25)),
            (place.x + side * width * 0.1, place.y + height * rng.uniform(-0.15, 0.05)),
            (place.x + side * width * 0.36, place.y - height * rng.uniform(0.1, 0.34)),
        )
        stems: Stems = [(path[: len(path) * 2 // 3], radius * 0.085), (path, radius * 0.045)]
        laid = []
        count = self._number(kind.florets)
        for index in range(count):
            at, onward = along(path, 0.16 + 0.84 * (index + rng.uniform(0.2, 0.8)) / count)
            away = radius * rng.uniform(0.08, 0.36) * (1 if index % 2 else -1)
            where = at[0] - onward[1] * away, at[1] + onward[0] * away
            laid.append(where)
            stems.append(((at, where), radius * 0.022))
        self._rods(canvas, stems)
        self._foliage(canvas, path[::-1], radius)
        for where in laid:
            size = radius * kind.floret * rng.uniform(0.8, 1.12)
            self._hang(
                canvas, where, size, (0.0, 1.0), rng.uniform(-0.6, 0.6), rng.uniform(0.94, 1.06)
            )

    def _floret(self) -> Sprite:
        return self._florets[self._rng.integers(len(self._florets))]

    def _number(self, bounds: tuple[int, int]) -> int:
        return int(self._rng.integers(bounds[0], bounds[1] + 1))

    def _hang(
        self, canvas: Canvas, at: Vector, size: float, down: Vector, angle: float, light: float
    ) -> None:
        """Lay a floret flat on the picture; its lower side points ``down``, plus an angle."""
        x, y = rotated((down[0] * size, down[1] * size), angle)
        canvas.lay(self._floret(), at, (x, y), (y, -x), light)

    def _stalk(self, canvas: Canvas, place: Place, top: float) -> list[Vector]:
        """The path of a stem from the bloom down to the ground."""
        ground = canvas.size[1] + 12.0
        drop = ground - top
        sway, foot = self._rng.normal(0, 0.15) * place.radius, self._rng.normal(0, 0.4)
        return curve(
            (place.x, top),
            (place.x, top + drop * 0.3),
            (place.x + sway, top + drop * 0.6),
            (place.x + foot * place.radius, ground),
        )

    def _rods(self, canvas: Canvas, stems: Stems) -> None:
        """Draw stems as round rods, lit from the sun's side; widths are in pixels."""
        margin = max(width for _, width in stems) + 2
        points = [point for path, _ in stems for point in path]
        left = math.floor(max(0, min(x for x, _ in points) - margin))
        top = math.floor(max(0, min(y for _, y in points) - margin))
        right = math.ceil(min(canvas.size[0], max(x for x, _ in points) + margin))
        bottom = math.ceil(min(canvas.size[1], max(y for _, y in points) + margin))
        if right <= left or bottom <= top:
            return
        patch = Image.new("RGB", ((right - left) * 2, (bottom - top) * 2), rgb(self._stem * 0.4))
        cover = Image.new("L", patch.size)
        pen, mask = ImageDraw.Draw(patch), ImageDraw.Draw(cover)
        for thickness, shade, shift in ((1.0, 0.5, 0.0), (0.74, 0.85, 0.1), (0.34, 1.15, 0.2)):
            for path, width in stems:
                x, y = self._sun[0] * width * shift - left, self._sun[1] * width * shift - top
                outline = [
                    ((at[0] + x) * 2, (at[1] + y) * 2) for at in band(path, width * thickness / 2)
                ]
                pen.polygon(outline, rgb(self._stem * shade))
                if thickness == 1.0:
                    mask.polygon(outline, 255)
        canvas.draw(patch.reduce(2), cover.reduce(2), (left, top))

    def _foliage(self, canvas: Canvas, path: Sequence[Vector], radius: float) -> None:
        """Leaves along a stem, alternately left and right; the path leads down."""
        rng, kind = self._rng, self._kind
        side = float(rng.choice((-1.0, 1.0)))
        for _ in range(self._number(kind.leaves)):
            at, (x, y) = along(path, rng.uniform(*kind.leaf_span))
            side = -side
            angle = side * math.radians(rng.uniform(*kind.leaf_angle))
            self._leaf(canvas, at, rotated((-x, -y), angle), radius, kind.leaf_length)

    def _rosette(self, canvas: Canvas, place: Place) -> None:
        """Leaves behind a bloom seen from above."""
        start = self._rng.uniform(0, math.tau)
        for index in range(self._number((2, 4))):
            x, y = rotated((1.0, 0.0), start + index * 2.1 + self._rng.normal(0, 0.2))
            at = place.x + x * place.radius * 0.3, place.y + y * place.radius * 0.3
            self._leaf(canvas, at, (x, y), place.radius, (0.85, 1.05))

    def _leaf(self, canvas: Canvas, at: Vector, out: Vector, radius: float, bounds: Range) -> None:
        rng = self._rng
        length = radius * rng.uniform(*bounds)
        breadth = length * rng.uniform(0.6, 1.0) * float(rng.choice((-1.0, 1.0)))
        reach = out[0] * length, out[1] * length
        across = out[1] * breadth, -out[0] * breadth
        canvas.lay(self._leaves[rng.integers(2)], at, reach, across, rng.uniform(0.75, 1.05))
