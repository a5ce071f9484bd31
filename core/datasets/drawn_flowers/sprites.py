"""Small shaded pictures of petals, stamens and flower discs: painted once, laid down many times.

The soft shadow around a sprite makes it seem to float above what lies below.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from core.datasets.drawn_flowers.anatomy import Disc, Petal, Stamen, Tint
from core.datasets.drawn_flowers.geometry import GOLDEN_ANGLE, Vector

Array = NDArray[np.floating[Any]]
Colour = tuple[int, int, int]

SHADOW = 0.42
"""Cover of a sprite's shadow at its darkest, 0 to 1."""

_FLOAT = np.float32
_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Sprite:
    """A painted part of a plant.

    Attributes:
        levels: RGBX at full size, a half and a quarter; X is the cover, with the shadow. Pillow
            would multiply and divide RGBA by its alpha at each transformation.
        origin: Where it is attached, in pixels of the full size, x and y.
        unit: Pixels of the full size for one unit of length.
        shade: RGB colour that it takes on where little light falls.
    """

    levels: tuple[Image.Image, ...]
    origin: Vector
    unit: float
    shade: Colour


def colours_of(tint: Tint, tone: Array) -> Array:
    """The base, body, tip and mark of a tint, times ``tone``: ``(4, 3)`` float32, 0 to 1."""
    values = [[int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)] for colour in tint]
    return np.asarray(values, _FLOAT) ** (1 / tone)


def rgb(colour: Array) -> Colour:
    """A colour of ``(3,)`` in 0 to 1 as RGB bytes."""
    red, green, blue = (max(0, min(255, round(value * 255))) for value in colour.tolist())
    return red, green, blue


def paint_petal(petal: Petal, colours: Array, length: int, rng: np.random.Generator) -> Sprite:
    """A petal or leaf, ``length`` pixels from base to tip; ``colours`` as of ``colours_of``."""
    margin = max(3, round(length * 0.06))
    half = math.ceil(length * petal.width * 0.54 + length * petal.bend) + margin
    u, v = _grid(2 * half, length + 2 * margin, (half, margin), length)
    s = v * _FLOAT(2 / petal.width)
    wave = _waves(rng, 4, 2.0, 3.0 + 9.0 * petal.ruffle**0.5)
    reach = (
        1 - petal.ruffle * (0.5 + 0.5 * _sum(wave, s)) - petal.notch * np.exp(-((s / 0.28) ** 2))
    )
    if petal.teeth:
        reach -= petal.fringe * np.abs(((s * petal.teeth / 2 + 0.5) % 1) * 2 - 1)
    v = v - _FLOAT(rng.normal(0, petal.bend)) * u * u
    side, v = np.sign(v), np.abs(v)
    flow = u / reach
    # Compared as powers of 1 / tip, the outline is smooth even at the end of the petal.
    power = petal.base / petal.tip
    widest = petal.base / (petal.base + petal.tip)
    full = (petal.width / 2) ** (1 / petal.tip) / (widest**power * (1 - widest))
    rising = full * _power(flow, power)
    outline = rising * (1 - flow)
    alpha = _cover(outline - _power(v, 1 / petal.tip) + np.minimum(u, 0))
    # These powers are flat about the axis and leave gaps there: the breadth bounds it again.
    breadth = _power(rising * (np.maximum(1 - flow, 0) + 1 / length), petal.tip)
    alpha = np.minimum(alpha, np.clip((breadth - v) * length + 1, 0, 1))

    u = np.clip(flow, 0, 1)
    t = np.minimum(v / np.maximum(breadth, 1e-3), 1) * side
    edge = t * t
    streak = _sum(_waves(rng, 4, 5.0, 22.0), t)
    flow = u + 0.06 * streak

    base, body, tip, mark = colours
    mixed = _Mixture(base, u.shape)
    mixed.add(body, _smooth(flow, 0.02, 0.5))
    mixed.add(tip, np.maximum(_smooth(flow, petal.fade, 1.05), petal.edging * edge * edge))
    if petal.blotch:
        inside = petal.blotch * (1.15 - 0.45 * edge) - flow + 0.05 * streak
        mixed.add(mark, petal.stain * _smooth(inside, -0.05, 0.07))
    if petal.stripe:
        mixed.add(mark, petal.stripe * np.exp(-((t / 0.16) ** 2)) * (1 - u))
    if petal.spots:
        mixed.add(mark, _spots(petal, u, v * side, rng))

    light = petal.veins * streak * (1.1 - 0.6 * u)
    light += petal.cup * (0.42 - edge) + petal.roll * t
    light -= petal.depth * (1 - _smooth(u, 0.0, 0.55))
    if petal.crease:
        light -= petal.crease * np.exp(-((t / 0.09) ** 2)) * (1 - 0.75 * u)
    if petal.gloss:
        light += petal.gloss * np.exp(-(((t + 0.35) / 0.28) ** 2) - ((u - 0.62) / 0.26) ** 2)
    if petal.ruffle:
        folds = min(0.28, petal.ruffle * 1.65) * _sum(wave, s + 0.1)
        light += folds * _smooth(u, 0.25, 0.95)
    if petal.pinnate:
        ribs = np.cos((u - 0.45 * petal.width * np.abs(t)) * _FLOAT(petal.pinnate * math.tau))
        light += 0.07 * np.maximum(ribs, -0.2) * (1 - edge)
    return _finished(mixed.lit(light), alpha, body, (half, margin), length)


def paint_stamen(stamen: Stamen, colours: Array, length: int) -> Sprite:
    """A stamen; ``colours`` are the filament's base and body, the anther, and the shade."""
    margin = max(3, round(length * 0.06))
    half = math.ceil(length * max(stamen.anther[0], stamen.thickness)) + margin
    u, v = _grid(2 * half, length + 2 * margin, (half, margin), length)
    wide, long = stamen.anther[0] / 2, stamen.anther[1] / 2
    thread = stamen.thickness * (0.5 - 0.25 * np.clip(u, 0, 1)) - np.abs(v)
    thread = np.minimum(np.minimum(thread, u), 1 - long - u)
    head = (1 - np.hypot(v / wide, (u - 1 + long) / long)) * min(wide, long)
    alpha = np.clip(np.maximum(thread, head) * length + 0.5, 0, 1)
    base, body, tip, mark = colours
    mixed = _Mixture(base, alpha.shape)
    mixed.add(body, _smooth(u, 0.1, 0.8) + 0 * v)
    mixed.add(tip, np.clip(head * length + 0.5, 0, 1))
    light = 0.05 - (v + wide * 0.3) * (0.5 / wide)
    return _finished(mixed.lit(light + 0 * u), alpha, mark, (half, margin), length)


def paint_disc(disc: Disc, colours: Array, radius: int, rng: np.random.Generator) -> Sprite:
    """The middle of a flower from above; ``colours`` run from its centre to its rim, then marks."""
    margin = max(3, round(radius * 0.16))
    half = radius + margin
    y, x = _grid(2 * half, 2 * half, (half, half), radius)
    r, angle = np.hypot(x, y), np.arctan2(y, x)
    wobble = disc.rough * _sum(_waves(rng, 4, 3.0, 14.0), np.sin(angle) + 0.6 * np.cos(angle))
    alpha = np.clip((1 - 0.05 * wobble - r) * radius + 0.5, 0, 1)
    flow = r + 0.06 * wobble
    base, body, tip, mark = colours
    mixed = _Mixture(base, r.shape)
    mixed.add(body, _smooth(flow, 0.1, 0.6))
    mixed.add(tip, _smooth(flow, 0.62, 0.98))
    if disc.rays:
        rays = np.maximum(np.cos(angle * disc.rays), 0) ** 6
        mixed.add(mark, rays * _smooth(r, 0.05, 0.2) * (1 - _smooth(r, 0.8, 0.95)))
    if disc.seeds:
        mixed.replace(_seeds(disc, colours, radius, half, rng))
    light = 0.08 - disc.dome * (0.42 * r**3 + 0.16 * (x + y))
    if disc.hollow:
        light -= disc.hollow * (1 - _smooth(r, 0.0, 0.75))
    if disc.swirl:
        coil = (angle / math.tau + disc.swirl * np.sqrt(r)) % 1
        light += 0.4 * coil - 0.3 - 0.3 * np.exp(-((coil / 0.15) ** 2))
    return _finished(mixed.lit(light), alpha, base, (half, half), radius)


def finish(
    picture: Image.Image, cover: Image.Image, colour: Array, origin: Vector, unit: float
) -> Sprite:
    """A sprite of an RGB picture and its L cover, with a shadow and smaller sizes added."""
    # Light between petals has passed through petals: the shade is deeper in colour, not grey.
    shade = rgb(0.42 * colour**1.7)
    under = Image.new("RGB", picture.size, shade)
    under.paste(picture, (0, 0), cover)
    blurred = cover.filter(ImageFilter.BoxBlur(unit * 0.04 + 1))
    around = Image.blend(Image.new("L", cover.size), blurred, SHADOW)
    levels = [Image.merge("RGBX", (*under.split(), ImageChops.lighter(cover, around)))]
    while len(levels) < _LEVELS and min(levels[-1].size) >= 8:
        levels.append(levels[-1].reduce(2))
    return Sprite(tuple(levels), origin, unit, shade)


class _Mixture:
    """A colour for each pixel, in one plane per channel, which is fastest with NumPy."""

    def __init__(self, start: Array, shape: tuple[int, ...]) -> None:
        self._planes = np.empty((3, *shape), _FLOAT)
        self._planes[:] = start[:, None, None]

    def add(self, colour: Array, share: Array) -> None:
        self._planes += (colour[:, None, None] - self._planes) * share

    def replace(self, picture: Array) -> None:
        self._planes = np.moveaxis(picture, -1, 0)

    def lit(self, light: Array) -> Array:
        """The colours, lighter where ``light`` is above 0 and darker where it is below."""
        # Weak channels fade first, so that yellow turns orange in the shade, not olive.
        return np.asarray(self._planes * (1 + light * (1.35 - 0.55 * self._planes)))


def _finished(planes: Array, alpha: Array, colour: Array, origin: Vector, unit: float) -> Sprite:
    channels = (np.clip(planes, 0, 1) * 255).astype(np.uint8)
    picture = Image.merge("RGB", [Image.fromarray(channel) for channel in channels])
    cover = Image.fromarray((alpha * 255).astype(np.uint8))
    return finish(picture, cover, colour, origin, unit)


def _grid(width: int, height: int, origin: tuple[int, int], unit: int) -> tuple[Array, Array]:
    """Coordinates of pixel centres: down as a column, to the right as a row."""
    down = (np.arange(height, dtype=_FLOAT) - origin[1] + 0.5) / unit
    right = (np.arange(width, dtype=_FLOAT) - origin[0] + 0.5) / unit
    return down[:, None], right[None, :]


def _cover(field: Array) -> Array:
    """The share of each pixel where the field is above 0, for a smooth edge."""
    slope = np.empty_like(field)
    slope[:, 1:-1] = np.abs(field[:, 2:] - field[:, :-2])
    slope[:, 0] = slope[:, -1] = 1.0
    slope[1:-1] += np.abs(field[2:] - field[:-2])
    # Half the sum of the two differences is close enough to the gradient's length.
    return np.asarray(np.clip(field / (0.42 * slope + 1e-6) + 0.5, 0, 1))


def _seeds(disc: Disc, colours: Array, radius: int, half: int, rng: np.random.Generator) -> Array:
    """Florets along a golden spiral, as in a sunflower: ``(h, w, 3)`` in 0 to 1."""
    base, body, tip, mark = colours
    picture = Image.new("RGB", (2 * half, 2 * half), rgb(base * 0.5))
    draw = ImageDraw.Draw(picture)
    size = radius / math.sqrt(disc.seeds) * 1.02
    turn = rng.uniform(0, math.tau)
    for index in range(disc.seeds, 0, -1):
        out = math.sqrt(index / disc.seeds)
        angle = index * GOLDEN_ANGLE + turn
        x = half + radius * out * math.cos(angle) * 0.97
        y = half + radius * out * math.sin(angle) * 0.97
        colour = (
            base + (body - base) * 2 * out if out < 0.5 else body + (tip - body) * (2 * out - 1)
        )
        colour = colour * rng.uniform(0.8, 1.12)
        reach = size * (0.62 + 0.38 * out)
        dusted = rng.random() < disc.pollen * max(0.0, 1 - abs(out - 0.72) / 0.3)
        strokes = (1.0, colour * 0.5), (0.7, colour), (0.36, mark if dusted else colour * 1.3)
        for share, fill in strokes:
            # Towards the light, the upper left.
            shift, r = (1 - share) * reach * 0.5, share * reach
            draw.ellipse((x - r - shift, y - r - shift, x + r - shift, y + r - shift), rgb(fill))
    softened = picture.filter(ImageFilter.BoxBlur(max(0.5, radius / 120)))
    return np.asarray(softened, _FLOAT) / 255


def _spots(petal: Petal, u: Array, v: Array, rng: np.random.Generator) -> Array:
    """The cover of freckles scattered over the lower half of a petal, 0 to 1."""
    cover = np.zeros_like(u)
    for _ in range(round(26 * petal.spots)):
        at_u, at_v = rng.uniform(0.12, 0.62), rng.normal(0, 0.16) * petal.width
        size = rng.uniform(0.010, 0.022)
        cover = np.maximum(cover, 1 - ((u - at_u) / (1.6 * size)) ** 2 - ((v - at_v) / size) ** 2)
    return np.minimum(cover * 2, 0.85)


def _waves(rng: np.random.Generator, count: int, slowest: float, fastest: float) -> list[Vector]:
    """Frequencies and phases of a smooth random curve."""
    return [(rng.uniform(slowest, fastest), rng.uniform(0, math.tau)) for _ in range(count)]


def _sum(waves: list[Vector], x: Array) -> Array:
    """The curve at ``x``, about -1 to 1."""
    total = np.cos(_FLOAT(waves[0][0]) * x + _FLOAT(waves[0][1]))
    for frequency, phase in waves[1:]:
        total += np.cos(_FLOAT(frequency) * x + _FLOAT(phase))
    return np.asarray(total * _FLOAT(0.8 / math.sqrt(len(waves))))


def _power(x: Array, exponent: float) -> Array:
    """``x ** exponent``, 0 for negative ``x``; four times as fast as NumPy's ``**``."""
    return np.asarray(np.exp(np.log(np.maximum(x, _FLOAT(1e-20))) * _FLOAT(exponent)))


def _smooth(x: Array, start: float, end: float) -> Array:
    """Smooth step: 0 up to ``start``, 1 from ``end``."""
    rise = np.clip((x - _FLOAT(start)) / _FLOAT(end - start), 0, 1)
    return np.asarray(rise * rise * (3 - 2 * rise))
