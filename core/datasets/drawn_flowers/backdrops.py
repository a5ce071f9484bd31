"""Backgrounds; most are out of focus, so they are painted small and enlarged."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from core.datasets.drawn_flowers.anatomy import Petal, Tint
from core.datasets.drawn_flowers.canvas import Canvas
from core.datasets.drawn_flowers.sprites import Array, Colour, colours_of, paint_petal, rgb

Size = tuple[int, int]

BACKDROPS = {"wall": 0.2, "studio": 0.14, "sky": 0.1, "garden": 0.24, "meadow": 0.2, "bed": 0.12}
"""Backgrounds with the probability of each; only ``bed`` is seen from above."""

_ENLARGED = 4
_FLOAT = np.float32
_NEUTRAL = np.ones(3, _FLOAT)

_BLADE = Petal(width=0.085, base=0.3, tip=1.2, crease=0.2, veins=0.03, bend=0.3)
_LEAF = Petal(width=0.55, base=0.6, tip=0.9, crease=0.3, pinnate=7, bend=0.1)
_GRASS: Tint = ("2c5a1e", "4f8a30", "a8c860", "ffffff")
_SHADY: Tint = ("1f4420", "2f6430", "5a8c4a", "ffffff")

# Pairs from light to dark, or from above to below.
_WALLS = (
    ("f3ede2", "cfc3b2"),
    ("e6edf0", "a9bcc8"),
    ("f4e4e4", "cfaab0"),
    ("e9efdf", "a8bd98"),
    ("ece6f2", "b5a8cc"),
    ("fbf1d8", "d9bf90"),
)
_STUDIOS = (
    ("3a4048", "0b0d10"),
    ("2f3a33", "090d0a"),
    ("40303a", "0f090c"),
    ("2a3450", "080b16"),
    ("46382c", "120c08"),
)
_SKIES = (
    ("3f80cc", "c4e0f4"),
    ("6aa4dc", "f4e4d8"),
    ("5878b8", "f4c8b0"),
    ("88b8d8", "eef4f4"),
)
_GARDENS = (
    ("a8c46a", "2f5a2c"),
    ("c8d080", "50702c"),
    ("7fb08a", "1f4434"),
    ("d8c878", "6a7030"),
    ("98b8a0", "3a5a4c"),
)


def backdrop(name: str, size: Size, accent: Colour, rng: np.random.Generator) -> Image.Image:
    """A background, one of the ``BACKDROPS``; flowers of the accent's colour grow far behind."""
    third = size[0] // 3, size[1] // 3
    if name == "bed":
        picture = _bed(third, rng)
    elif name == "meadow":
        garden = _garden((size[0] // _ENLARGED, size[1] // _ENLARGED), accent, rng)
        garden = garden.resize(third, Image.Resampling.BICUBIC)
        picture = grass(garden, rng, blades=(26, 36), reach=(0.25, 0.62), light=(0.55, 1.0))
    else:
        small = size[0] // _ENLARGED, size[1] // _ENLARGED
        if name == "garden":
            picture = _garden(small, accent, rng)
        elif name == "sky":
            picture = _sky(small, rng)
        else:
            walls = _WALLS if name == "wall" else _STUDIOS
            picture = _wall(small, walls[rng.integers(len(walls))], rng)
    return picture.resize(size, Image.Resampling.BICUBIC)


def grass(
    picture: Image.Image,
    rng: np.random.Generator,
    *,
    blades: tuple[int, int],
    reach: tuple[float, float],
    light: tuple[float, float],
) -> Image.Image:
    """The picture with grass at its foot; pairs are ranges, ``reach`` in shares of height."""
    width, height = picture.size
    canvas = Canvas(picture)
    colours = colours_of(_GRASS, rng.normal(1, 0.05, 3).astype(_FLOAT))
    sprites = [paint_petal(_BLADE, colours, 100, rng) for _ in range(2)]
    for _ in range(int(rng.integers(blades[0], blades[1] + 1))):
        length, lean = height * rng.uniform(*reach), rng.normal(0, 0.28)
        x, y = math.sin(lean) * length, -math.cos(lean) * length
        side = float(rng.choice((-1.0, 1.0)))
        at = rng.uniform(-0.05, 1.05) * width, height * 1.02
        sprite = sprites[rng.integers(2)]
        canvas.lay(sprite, at, (x, y), (-y * side, x * side), rng.uniform(*light))
    return canvas.picture


def axes(size: Size) -> tuple[Array, Array]:
    """Coordinates from 0 to 1 over a picture: to the right as a row, down as a column."""
    x = (np.arange(size[0], dtype=_FLOAT) + 0.5) / size[0]
    y = (np.arange(size[1], dtype=_FLOAT) + 0.5) / size[1]
    return x[None, :], y[:, None]


def picture_of(values: Array) -> Image.Image:
    """An RGB picture of ``(h, w, 3)`` values from 0 to 1."""
    return Image.fromarray((np.clip(values, 0, 1) * 255).astype(np.uint8))


def _wall(size: Size, shades: tuple[str, str], rng: np.random.Generator) -> Image.Image:
    """A wall with a pool of light."""
    x, y = axes(size)
    at_x, at_y = rng.uniform(0.25, 0.75), rng.uniform(0.15, 0.5)
    far = np.hypot(x - at_x, (y - at_y) * 0.9) / rng.uniform(0.75, 1.0)
    far = np.clip(far + 0.10 * _clouds(size, 4, rng), 0, 1)
    return picture_of(_blend(shades, far * far * (3 - 2 * far)))


def _sky(size: Size, rng: np.random.Generator) -> Image.Image:
    """Blue or evening sky with thin clouds."""
    x, y = axes(size)
    sky = _blend(_SKIES[rng.integers(len(_SKIES))], y + 0 * x)
    veil = _clouds(size, 3, rng) + 0.5 * _clouds(size, 7, rng) + 0.25 * _clouds(size, 15, rng)
    veil = np.clip(veil * 0.9 - rng.uniform(-0.1, 0.3), 0, 0.85)[..., None]
    return picture_of(sky + (np.asarray((1.0, 0.985, 0.97), _FLOAT) - sky) * veil)


def _garden(size: Size, accent: Colour, rng: np.random.Generator) -> Image.Image:
    """Leaves, flowers and glints, all far out of focus."""
    x, y = axes(size)
    fall = y + rng.uniform(-0.4, 0.4) * (x - 0.5) + 0.35 * _clouds(size, 4, rng)
    shades = _GARDENS[rng.integers(len(_GARDENS))]
    picture = picture_of(_blend(shades, np.clip(fall, 0, 1)))
    leaf = rgb(colours_of((shades[0],) * 4, _NEUTRAL)[0] * 1.25)
    glints = (accent, leaf, (255, 244, 214))
    short = min(size)
    for blur in (0.05, 0.011):
        discs = picture.copy()
        cover = Image.new("L", size)
        pen, mask = ImageDraw.Draw(discs), ImageDraw.Draw(cover)
        for _ in range(int(rng.integers(5, 12))):
            r = short * rng.uniform(0.04, 0.13)
            at_x, at_y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
            box = (at_x - r, at_y - r, at_x + r, at_y + r)
            pen.ellipse(box, fill=glints[rng.choice(3, p=(0.4, 0.35, 0.25))])
            mask.ellipse(box, fill=int(rng.uniform(40, 130)))
        lens = ImageFilter.GaussianBlur(short * blur)
        picture.paste(discs.filter(lens), (0, 0), cover.filter(lens))
    return picture


def _bed(size: Size, rng: np.random.Generator) -> Image.Image:
    """A bed of leaves seen from above; lower ones are darker."""
    canvas = Canvas(Image.new("RGB", size, (18, 30, 18)))
    colours = colours_of(_SHADY, rng.normal(1, 0.05, 3).astype(_FLOAT))
    leaves = [paint_petal(_LEAF, colours, 40, rng) for _ in range(2)]
    count = round(size[0] * size[1] / 275)
    for index in range(count):
        at = rng.uniform(-0.1, 1.1) * size[0], rng.uniform(-0.1, 1.1) * size[1]
        angle, length, wide = rng.uniform(0, math.tau), rng.uniform(25, 48), rng.uniform(0.6, 1.0)
        x, y = math.cos(angle) * length, math.sin(angle) * length
        light = 0.35 + 0.6 * index / count + rng.uniform(-0.1, 0.1)
        canvas.lay(leaves[rng.integers(2)], at, (x, y), (y * wide, -x * wide), light)
    return canvas.picture


def _clouds(size: Size, cells: int, rng: np.random.Generator) -> Array:
    """Smooth noise from -1 to 1 with about ``cells`` bumps along each side."""
    noise = Image.fromarray(rng.uniform(-1, 1, (cells, cells)).astype(_FLOAT))
    return np.asarray(noise.resize(size, Image.Resampling.BICUBIC))


def _blend(shades: tuple[str, str], share: Array) -> Array:
    """From the first colour (share 0) to the second (1): ``(h, w, 3)``."""
    first, last = colours_of((*shades, *shades), _NEUTRAL)[:2]
    return np.asarray(first + (last - first) * share[..., None])
