"""Whole pictures: plants in front of a background, and the light over both."""

from __future__ import annotations

import math
import zlib

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from core.datasets.drawn_flowers.anatomy import Kind
from core.datasets.drawn_flowers.backdrops import BACKDROPS, Size, axes, backdrop, grass, picture_of
from core.datasets.drawn_flowers.canvas import Canvas
from core.datasets.drawn_flowers.geometry import Space
from core.datasets.drawn_flowers.kinds import flower_kinds
from core.datasets.drawn_flowers.plants import Place, Plants
from core.errors import ConfigurationError

SIZES: dict[Size, float] = {(384, 384): 0.5, (400, 300): 0.25, (300, 400): 0.25}
"""Width and height of pictures in pixels, with the probability of each."""

# Radius of a plant as a share of the picture's shorter side, for 1, 2, 3, … plants.
_SHARES = (0.37, 0.275, 0.235, 0.21, 0.195)
# A plant in focus is at most this share smaller than the nearest one.
_IN_FOCUS = 0.22
# Probability of a background from the kind's ``homes``.
_AT_HOME = 0.7
# How dark a shadow plants cast; only these backgrounds are close enough behind them.
_SHADOWS = {"wall": 0.30, "bed": 0.55}


def draw_flower(kind: str, *, seed: int, number: int) -> Image.Image:
    """A picture of a kind of flower, RGB of 384×384, 400×300 or 300×400 pixels.

    Seed and number are 0 or more; the same arguments always give the same picture.

    Raises:
        ConfigurationError: There is no such kind, or the seed or the number is negative.
    """
    kinds = flower_kinds()
    if kind not in kinds:
        raise ConfigurationError(f"expected a kind of {', '.join(kinds)}; received: kind={kind!r}")
    if seed < 0 or number < 0:
        raise ConfigurationError(
            f"expected a seed and a number of 0 or more; received: seed={seed}, number={number}"
        )
    rng = np.random.default_rng((seed, zlib.crc32(kind.encode()), number))
    grown = kinds[kind]
    size = list(SIZES)[rng.choice(len(SIZES), p=list(SIZES.values()))]
    sun: Space = (0.42 * float(rng.choice((-1.0, 1.0))), -0.52, 0.744)

    places = _places(grown, size, rng)
    largest = max(place.radius for place in places)
    # Distant plants are drawn first; of the others, lower ones hide the stems of higher ones.
    places.sort(key=lambda place: (place.radius >= largest * (1 - _IN_FOCUS), place.y))
    plants = Plants(grown, rng, count=len(places), radius=largest, sun=sun)

    behind = str(rng.choice(grown.homes))
    if rng.random() > _AT_HOME:
        behind = str(rng.choice(list(BACKDROPS), p=list(BACKDROPS.values())))
    if behind == "bed" and not grown.seen_from_above:
        behind = "garden"
    picture = backdrop(behind, size, plants.colour, rng)
    for place in places:
        canvas = Canvas(picture)
        plants.draw(canvas, place, stem=behind != "bed")
        if behind in _SHADOWS:
            picture = _shadowed(picture, canvas.solid, place, sun, _SHADOWS[behind])
        too_far = 1 - place.radius / largest - _IN_FOCUS
        _put(picture, canvas, blur=1.3 + 5 * too_far if too_far > 0 and behind != "bed" else 0.0)
    if behind == "meadow":
        picture = grass(picture, rng, blades=(6, 9), reach=(0.14, 0.3), light=(0.75, 1.1))
    return _developed(picture, sun, rng)


def _places(kind: Kind, size: Size, rng: np.random.Generator) -> list[Place]:
    """The positions and sizes of the plants."""
    width, height = size
    count = int(rng.integers(kind.heads[0], kind.heads[1] + 1))
    if kind.habit == "branch":
        x, y = width * rng.uniform(0.42, 0.58), height * rng.uniform(0.42, 0.58)
        return [Place(x, y, min(size) * rng.uniform(0.44, 0.6))]
    if kind.habit == "spike":
        return [
            Place(
                width * (index + 0.5 + rng.uniform(-0.4, 0.4)) / count,
                height * rng.uniform(0.36, 0.56),
                height * kind.size * rng.uniform(0.17, 0.3),
            )
            for index in range(count)
        ]
    places: list[Place] = []
    share = _SHARES[min(count, len(_SHARES)) - 1]
    level = 0.46
    if kind.habit == "raceme":
        # It arches over its middle instead of filling the circle.
        share, level = share * 1.15, 0.54
    spread = (0.1, 0.08) if count == 1 else (0.5, 0.45)
    for _ in range(count):
        radius = min(size) * kind.size * share * rng.uniform(0.72, 1.1)
        reach_x = max(width * 0.04, width * spread[0] - radius * 0.95)
        reach_y = max(height * 0.04, height * spread[1] - radius * 0.95)
        candidates = [
            Place(
                width * 0.5 + rng.uniform(-1, 1) * reach_x,
                height * level + rng.uniform(-1, 1) * reach_y,
                radius,
            )
            for _ in range(14 if places else 1)
        ]
        places.append(max(candidates, key=lambda place: _gap(place, places)))
    return places


def _gap(place: Place, others: list[Place]) -> float:
    """Pixels between a plant and the nearest other; negative where they overlap."""
    gaps = [
        math.hypot(place.x - other.x, place.y - other.y) - place.radius - other.radius
        for other in others
    ]
    return min(gaps, default=0.0)


def _shadowed(
    picture: Image.Image, solid: Image.Image, place: Place, sun: Space, strength: float
) -> Image.Image:
    """The picture with the soft shadow that a plant casts away from the sun."""
    scale = 6
    tiny = solid.reduce(scale).filter(ImageFilter.GaussianBlur(place.radius * 0.12 / scale + 0.6))
    away = place.radius * 0.35 / scale
    rows = np.clip(np.arange(tiny.height) + round(sun[1] * away), 0, tiny.height - 1)
    columns = np.clip(np.arange(tiny.width) + round(sun[0] * away), 0, tiny.width - 1)
    light = 255 - np.asarray(tiny, np.float32)[rows[:, None], columns[None, :]] * strength
    cast = Image.fromarray(light.astype(np.uint8)).resize(picture.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(picture, Image.merge("RGB", (cast, cast, cast)))


def _put(picture: Image.Image, canvas: Canvas, *, blur: float) -> None:
    """Paste a plant into a picture, blurred if it is out of focus."""
    box = canvas.solid.getbbox()
    if not box:
        return
    margin = round(blur * 3)
    left, top = max(0, box[0] - margin), max(0, box[1] - margin)
    right, bottom = min(box[2] + margin, picture.width), min(box[3] + margin, picture.height)
    colour, solid = canvas.cut((left, top, right, bottom))
    if blur:
        lens, size = ImageFilter.GaussianBlur(blur / 2), colour.size
        colour, solid = (
            layer.reduce(2).filter(lens).resize(size, Image.Resampling.BILINEAR)
            for layer in (colour, solid)
        )
    picture.paste(colour, (left, top), solid)


def _developed(picture: Image.Image, sun: Space, rng: np.random.Generator) -> Image.Image:
    """The finished picture: light from one side, a colour cast, dark corners and some grain."""
    width, height = picture.size
    x, y = axes((width // 16, height // 16))
    x, y = x - 0.5, y - 0.5
    light = 0.5 + rng.uniform(-0.05, 0.07) + 0.22 * (x * sun[0] + y * sun[1])
    light = light - rng.uniform(0.15, 0.5) * np.maximum(0, np.hypot(x, y) - 0.32)
    warmth = rng.normal(0, 0.022)
    tinted = light[..., None] + np.asarray((warmth, 0.1 * warmth, -warmth), np.float32)
    veil = picture_of(tinted).resize(picture.size, Image.Resampling.BILINEAR)
    grain = Image.fromarray(rng.integers(0, 7, (height, width), dtype=np.uint8))
    lit = ImageChops.soft_light(picture, veil)
    return ImageChops.add(lit, Image.merge("RGB", (grain, grain, grain)), offset=-3)
