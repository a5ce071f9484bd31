"""The transformations of images, and the recall of searches for their source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import LibraryError
from core.evaluation import TRANSFORMATIONS, Scorer, SelfCheck, self_check, transform_images
from core.evaluation.transformations import Original
from core.feature_store import IndexSnapshot
from core.images import load_image
from core.search import rank_by_neighbourhood
from core.types import Array
from tests.fakes import FakeExtractor, picture, save_picture

COPIES = 4


@pytest.fixture
def engine(library: Path, tmp_path: Path) -> ImageSearchEngine:
    """Forty pictures indexed by their colours."""
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library)
    return engine


def check(
    snapshot: IndexSnapshot,
    extract: Callable[[Sequence[Image.Image]], Array],
    **options: Any,
) -> SelfCheck:
    images = transform_images(snapshot, lambda batch: {"it": extract(batch)}, **options)
    return self_check(images, images.features["it"], Scorer(snapshot.matrix))


def original(tmp_path: Path, image: Image.Image) -> Original:
    file = tmp_path / "original.png"
    image.save(file)
    content = file.read_bytes()
    return Original(load_image(content), content)


def transformed(tmp_path: Path, image: Image.Image, name: str, seed: int = 0) -> Image.Image:
    result = TRANSFORMATIONS[name](original(tmp_path, image), np.random.default_rng(seed))
    assert result.mode == "RGB"
    return result


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def test_each_transformation_does_what_its_name_says(tmp_path: Path) -> None:
    image = picture(5, size=(100, 60))
    done = {name: transformed(tmp_path, image, name) for name in TRANSFORMATIONS}
    assert same(done["mirror"], image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert same(done["quarter turn"], image.transpose(Image.Transpose.ROTATE_270))
    red, green, blue = done["grey"].split()
    assert same(red, green)
    assert same(green, blue)
    assert same(red, image.convert("L"))
    light, dark = (np.asarray(one, float) for one in (image, done["half as bright"]))
    assert np.abs(dark - light / 2).max() <= 1
    hues = [np.asarray(one.convert("HSV"), int)[..., 0] for one in (image, done["other hue"])]
    colourful = np.asarray(image.convert("HSV"))[..., 1] > 80
    shift = (hues[1] - hues[0])[colourful] % 256
    assert np.abs(shift - 32).max() <= 4
    assert done["JPEG of quality 10"].size == image.size
    lost = np.abs(np.asarray(done["JPEG of quality 10"], float) - light)
    assert 0 < lost.mean() < 20


@pytest.mark.parametrize("size", [(100, 60), (60, 100), (300, 300)])
def test_a_crop_is_a_random_part_of_the_picture(size: tuple[int, int], tmp_path: Path) -> None:
    # The colour of a pixel encodes its position.
    across, down = np.meshgrid(np.arange(size[0]) % 256, np.arange(size[1]) % 256)
    image = Image.fromarray(np.stack([across, down, across * 0], 2).astype(np.uint8))
    corners = set()
    for seed in range(4):
        part = transformed(tmp_path, image, "crop to 60 % of each side", seed)
        assert part.width == pytest.approx(0.6 * size[0], abs=1)
        assert part.height == pytest.approx(0.6 * size[1], abs=1)
        left, top, _ = part.getpixel((0, 0))  # type: ignore[misc]
        assert same(part, image.crop((left, top, left + part.width, top + part.height)))
        corners.add((left, top))
    assert len(corners) == 4


@pytest.mark.parametrize("size", [(100, 60), (60, 100), (80, 80), (240, 20), (1, 1)])
def test_a_rotation_has_nothing_from_outside_of_the_picture(
    size: tuple[int, int], tmp_path: Path
) -> None:
    white = Image.new("RGB", size, (255, 255, 255))
    for seed in range(3):
        part = transformed(tmp_path, white, "rotation by 10°", seed)
        assert part.getextrema() == ((255, 255),) * 3
        assert part.width <= size[0]
    if min(size) > 50:
        assert part.width > 0.7 * size[0]
        assert part.width / part.height == pytest.approx(size[0] / size[1], rel=0.05)


def test_colours_find_turned_images_but_not_grey_ones(engine: ImageSearchEngine) -> None:
    snapshot = engine.require_snapshot()
    seen: list[tuple[int, int]] = []
    found = check(
        snapshot,
        lambda images: engine.describe(snapshot, images),
        sample=1000,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert (found.images, found.skipped) == (40, ())
    assert list(found.recalls) == list(TRANSFORMATIONS)
    recalls = {
        name: tuple(one.mean for one in recalls.values()) for name, recalls in found.recalls.items()
    }
    # They do not change the histogram of colours.
    for name in ("mirror", "quarter turn"):
        assert recalls[name] == (1.0, 1.0)
    assert recalls["grey"][0] < 0.2
    assert recalls["other hue"][0] < 0.2
    assert 0.2 < recalls["JPEG of quality 10"][0] < 1
    assert seen[0] == (0, 40)
    assert seen[-1] == (40, 40)
    assert seen == sorted(seen)


def test_recall_is_that_of_brute_force_and_the_same_each_time(
    engine: ImageSearchEngine,
) -> None:
    snapshot = engine.require_snapshot()
    rng = np.random.default_rng(0)
    asked: list[Array] = []

    def extract(images: Sequence[Image.Image]) -> Array:
        described = engine.describe(snapshot, images)
        # With this noise about half of the images find their source.
        described = described + rng.normal(0, 0.02, described.shape)
        described /= np.linalg.norm(described, axis=1, keepdims=True)
        asked.append(described.astype(np.float32))
        return asked[-1]

    found = check(snapshot, extract, sample=12, seed=3)
    rows = sorted(np.random.default_rng(3).choice(40, 12, replace=False))
    queries = np.concatenate(asked).reshape(12, len(TRANSFORMATIONS), -1)
    for number, recalls in enumerate(found.recalls.values()):
        ranks = []
        for row, query in zip(rows, queries[:, number], strict=True):
            distances = [np.linalg.norm(other - query) for other in snapshot.matrix]
            ranks.append(sorted(range(40), key=distances.__getitem__).index(row))
        assert recalls["recall@1"].mean == pytest.approx(np.mean([rank < 1 for rank in ranks]))
        assert recalls["recall@30"].mean == pytest.approx(np.mean([rank < 30 for rank in ranks]))

    def exact(images: Sequence[Image.Image]) -> Array:
        return engine.describe(snapshot, images)

    assert check(snapshot, exact, sample=9) == check(snapshot, exact, sample=9)


def test_by_neighbourhood_images_are_found_as_by_a_search(engine: ImageSearchEngine) -> None:
    snapshot = engine.require_snapshot()
    assert snapshot.neighbours
    images = transform_images(snapshot, lambda batch: {"it": engine.describe(snapshot, batch)})
    queries = images.features["it"]
    found = self_check(images, queries, Scorer(snapshot.matrix, snapshot.neighbours))
    by_distance = self_check(images, queries, Scorer(snapshot.matrix))
    assert found != by_distance
    for number, (name, recalls) in enumerate(found.recalls.items()):
        first = []
        for sources, query in zip(
            images.sources, queries[number :: len(TRANSFORMATIONS)], strict=True
        ):
            _, rows = rank_by_neighbourhood(snapshot.matrix, snapshot.neighbours, query[None], 30)
            first.append((sources[rows[0]], sources[rows].any()))
        expected = np.mean(first, axis=0)
        assert [one.mean for one in recalls.values()] == pytest.approx(expected, abs=0.001), name


def test_a_copy_of_the_source_is_found_as_well(tmp_path: Path) -> None:
    library = tmp_path / "library"
    for number in range(COPIES):
        save_picture(library / f"{number}.png", 1)
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library)
    snapshot = engine.require_snapshot()
    found = check(snapshot, lambda images: engine.describe(snapshot, images))
    # The first match is the source or an identical file.
    assert found.images == COPIES
    assert found.recalls["grey"]["recall@1"].mean == 1.0


def test_missing_or_modified_images_are_left_out(engine: ImageSearchEngine, library: Path) -> None:
    snapshot = engine.require_snapshot()
    (library / "red" / "red-00.png").unlink()
    save_picture(library / "blue" / "blue-00.png", 12345)
    found = check(snapshot, FakeOfAnySize(snapshot).extract, sample=40)
    assert found.images == 38
    assert {item.image: item.reason for item in found.skipped} == {
        "blue/blue-00.png": "its file has changed since it was indexed",
        "red/red-00.png": "it does not exist",
    }


def test_a_missing_library_is_an_error(
    engine: ImageSearchEngine, library: Path, tmp_path: Path
) -> None:
    snapshot = engine.require_snapshot()
    library.rename(tmp_path / "elsewhere")
    with pytest.raises(LibraryError, match=r"not possible: expected the images in .* Update the"):
        check(snapshot, FakeOfAnySize(snapshot).extract, sample=5)


class FakeOfAnySize(FakeExtractor):
    """Its features have the dimension of an index."""

    def __init__(self, snapshot: IndexSnapshot) -> None:
        super().__init__(snapshot.space)
