"""Stand-ins for the slow parts, and small pictures to feed them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from core.errors import Cancelled
from core.feature_store import IndexSnapshot
from core.images import fit, squash
from core.model import (
    BLOCKS,
    FIRST_LAYER,
    STRIDE,
    Inspection,
    Weights,
    l2_normalise,
    sibling_descriptors,
)
from core.search import Feedback
from core.types import Array, FeatureSpace, Progress, ProgressCallback

GRID = 8
# Of the layers of VGG16 that are looked into.
SIDES = (224, 112, 56, 28, 14, 7)
CHANNELS = (64, 64, 128, 256, 512, 512)
# Of the maps: pixels of a side that a position sees, and channels.
PATCH = 2
MAP_CHANNELS = 32
FAKE_SPACE = FeatureSpace(
    model="fake",
    weights="random",
    weights_digest="fa6e" * 16,
    descriptor="avg",
    dimension=16,
)


class FakeExtractor:
    """A FeatureExtractor without a network: a coarse grid of colours, projected at random.

    Similar pictures have close features, the same picture has the same feature in any batch.

    Args:
        space: The space that it says its features are of; the dimension, the input size and
            the descriptor change what it computes.

    Attributes:
        loads: Calls of ``load``.
        batches: Number of images in each call of ``extract`` or ``maps``.
    """

    def __init__(self, space: FeatureSpace = FAKE_SPACE) -> None:
        self.space = space
        self.loads = 0
        self.batches: list[int] = []
        names = [space.descriptor, *(other.name for other in sibling_descriptors(space.descriptor))]
        self._projections = {name: self._projection(name) for name in names}

    @property
    def extracted(self) -> int:
        """Images extracted so far."""
        return sum(self.batches)

    def load(self) -> None:
        self.loads += 1

    def extract(self, images: Sequence[Image.Image]) -> Array:
        return self.extract_all(images)[self.space.descriptor]

    def extract_all(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        self.batches.append(len(images))
        shape = (len(images), self.space.dimension)
        features = {name: np.empty(shape, np.float32) for name in self._projections}
        for row, image in enumerate(images):
            grid = squash(image, self.space.input_size).resize((GRID, GRID), Image.Resampling.BOX)
            # The constant keeps a black picture away from the zero vector.
            numbers = np.append(np.asarray(grid, np.float64).ravel() / 255, 1)
            for name, projection in self._projections.items():
                feature = numbers @ projection
                features[name][row] = feature / np.linalg.norm(feature)
        return features

    def outputs(self, images: Sequence[Image.Image]) -> Sequence[Array]:
        grids = (squash(image, self.space.input_size).resize((7, 7)) for image in images)
        shape = (3, self.space.dimension)
        return [
            np.asarray(grid, np.float32) @ np.random.default_rng(0).random(shape, np.float32)
            for grid in grids
        ]

    def inspect(self, image: Image.Image) -> Inspection:
        seen, rng = squash(image, self.space.input_size), np.random.default_rng(0)
        outputs = {
            name: np.asarray(seen.resize((side, side)), np.float32)
            @ rng.random((3, channels), np.float32)
            for name, side, channels in zip((FIRST_LAYER, *BLOCKS), SIDES, CHANNELS, strict=True)
        }
        filters = rng.normal(size=(3, 3, 3, CHANNELS[0])).astype(np.float32)
        return Inspection(self.space, seen, filters, outputs, self.extract([image])[0])

    def channel_means(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        found = [self.inspect(image).outputs for image in images]
        if not found:
            return {}
        return {name: np.stack([one[name].mean(axis=(0, 1)) for one in found]) for name in BLOCKS}

    def maps(self, images: Sequence[Image.Image], side: int) -> Sequence[Array]:
        """Each patch of a position, projected; half of the channels are the negative others."""
        self.batches.append(len(images))
        return [_maps(fit(image, side, least=STRIDE)) for image in images]

    def _projection(self, descriptor: str) -> NDArray[np.float64]:
        shape = (GRID * GRID * 3 + 1, self.space.dimension)
        return np.random.default_rng(list(descriptor.encode())).normal(size=shape)


class OtherPrecision(FakeExtractor):
    """A ``FakeExtractor`` whose features are numbers of 16 bits."""

    def extract_all(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        features = super().extract_all(images)
        return {
            name: l2_normalise(rows.astype(np.float16).astype(np.float32))
            for name, rows in features.items()
        }


def _maps(image: Image.Image) -> Array:
    width, height = (max(length // STRIDE, 1) for length in image.size)
    small = image.resize((width * PATCH, height * PATCH), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32) / 255 - 0.5
    patches = pixels.reshape(height, PATCH, width, PATCH, 3).swapaxes(1, 2)
    projection = np.random.default_rng(0).normal(size=(PATCH * PATCH * 3, MAP_CHANNELS // 2))
    projected = patches.reshape(height, width, -1) @ projection.astype(np.float32)
    return np.concatenate([projected, -projected], axis=2).clip(0)


def fake_extractor(_weights: Weights, space: FeatureSpace, _precision: str) -> FakeExtractor:
    """An extractor factory for the engine; the space is the one that the engine asks for."""
    return FakeExtractor(space)


def stop_when(condition: Callable[[], bool]) -> ProgressCallback:
    """A progress callback that cancels once a condition holds."""

    def step(_: Progress) -> None:
        if condition():
            raise Cancelled("stop")

    return step


def feedback_on(
    snapshot: IndexSnapshot, right: Iterable[str] = (), wrong: Iterable[str] = ()
) -> Feedback:
    """Marks on images of an index, by their paths."""
    return Feedback(
        *(tuple(snapshot.record(path).id for path in paths) for paths in (right, wrong))
    )


def picture(
    seed: int, colour: tuple[int, int, int] | None = None, size: tuple[int, int] = (64, 48)
) -> Image.Image:
    """A picture of some blobs that differs from that of every other seed.

    Args:
        seed: Of the blobs.
        colour: What the picture is mostly of; drawn from the seed by default.
        size: Width and height in pixels.
    """
    rng = random.Random(seed)

    def near(value: int) -> int:
        return min(max(value + rng.randint(-40, 40), 0), 255)

    base = colour or (rng.randrange(256), rng.randrange(256), rng.randrange(256))
    image = Image.new("RGB", size, (near(base[0]), near(base[1]), near(base[2])))
    draw = ImageDraw.Draw(image)
    for _ in range(6):
        x, y = rng.randrange(size[0]), rng.randrange(size[1])
        radius = rng.randint(2, max(size) // 4 + 2)
        fill = (near(base[0]), near(base[1]), near(base[2]))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)
    return image


def save_picture(
    path: Path,
    seed: int,
    colour: tuple[int, int, int] | None = None,
    size: tuple[int, int] = (64, 48),
) -> Path:
    """Draw ``picture`` into a file of the format that its name says; makes the folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(seed, colour, size).save(path)
    return path


def save_kinds(folder: Path, *, count: int, marked: bool) -> Path:
    """Fill a folder with pictures, by turns in the subfolders ``bright`` and ``dark``.

    Args:
        folder: Is made.
        count: Number of the pictures.
        marked: Whether a corner of each is as bright or dark as its subfolder says; else the
            subfolders say nothing of the pictures.
    """
    for number in range(count):
        name, shade = ("bright", 240) if number % 2 else ("dark", 15)
        image = picture(number)
        if marked:
            width, height = image.size
            image.paste((shade,) * 3, (0, 0, int(width * 0.3), int(height * 0.3)))
        (folder / name).mkdir(parents=True, exist_ok=True)
        image.save(folder / name / f"{number:02}.png")
    return folder
