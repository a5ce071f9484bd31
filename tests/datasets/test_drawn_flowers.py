"""The sample gallery: reproducible, extensible, evenly spread, and worth searching."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.datasets import draw_flower, draw_gallery, flower_kinds
from core.datasets.drawn_flowers.anatomy import Kind
from core.datasets.drawn_flowers.backdrops import BACKDROPS
from core.errors import ConfigurationError, LibraryError

A_KIND = 4
COUNT = A_KIND * len(flower_kinds())
SIZES = {(384, 384), (400, 300), (300, 400)}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery with four pictures of each kind, for looking at only."""
    directory = tmp_path_factory.mktemp("gallery") / "flowers"
    assert draw_gallery(directory, count=COUNT) == COUNT
    return directory


def contents(directory: Path) -> dict[str, bytes]:
    """What every file under a folder holds, hidden ones included."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def test_there_are_at_least_twelve_kinds() -> None:
    assert len(flower_kinds()) >= 12


@pytest.mark.parametrize("kind", flower_kinds().values(), ids=flower_kinds())
def test_every_variety_has_a_colour_for_every_part(kind: Kind) -> None:
    for palette in kind.palettes:
        assert {part.tint for part in kind.parts} == set(range(len(palette)))
        for tint in palette:
            assert len(tint) == 4
            assert all(re.fullmatch("[0-9a-f]{6}", colour) for colour in tint)


@pytest.mark.parametrize("kind", flower_kinds().values(), ids=flower_kinds())
def test_every_kind_is_at_home_somewhere(kind: Kind) -> None:
    assert kind.homes
    assert set(kind.homes) <= set(BACKDROPS)
    assert kind.seen_from_above or "bed" not in kind.homes


def test_every_picture_has_its_kinds_name_and_there_is_nothing_else(gallery: Path) -> None:
    expected = {
        f"{kind}/{kind}-{number:03d}.jpg"
        for kind in flower_kinds()
        for number in range(1, A_KIND + 1)
    }
    assert set(contents(gallery)) == expected


def test_every_picture_is_an_rgb_jpeg_of_a_known_size(gallery: Path) -> None:
    seen = set()
    for path in gallery.rglob("*.jpg"):
        with Image.open(path) as image:
            image.load()
            assert (image.format, image.mode) == ("JPEG", "RGB"), path
            seen.add(image.size)
    assert seen == SIZES


def test_no_two_pictures_are_the_same(gallery: Path) -> None:
    assert len(set(contents(gallery).values())) == COUNT


@pytest.mark.parametrize("count", [1, len(flower_kinds()) + 2])
def test_a_smaller_gallery_is_an_evenly_spread_part_of_a_larger_one(
    gallery: Path, tmp_path: Path, count: int
) -> None:
    assert draw_gallery(tmp_path, count=count) == count
    smaller = contents(tmp_path)
    assert len(smaller) == count
    assert smaller.items() <= contents(gallery).items()
    spread = Counter(name.split("/")[0] for name in smaller)
    assert len(spread) == min(count, len(flower_kinds()))
    assert max(spread.values()) == math.ceil(count / len(flower_kinds()))


def test_another_seed_draws_other_pictures(gallery: Path, tmp_path: Path) -> None:
    draw_gallery(tmp_path, count=3, seed=1)
    other, drawn = contents(tmp_path), contents(gallery)
    assert other.keys() <= drawn.keys()
    assert all(other[name] != drawn[name] for name in other)


def test_other_files_of_the_same_names_are_replaced_only_if_asked(tmp_path: Path) -> None:
    draw_gallery(tmp_path, count=2)
    before = contents(tmp_path)
    mine, other = sorted(tmp_path.rglob("*.jpg"))
    time = other.stat().st_mtime_ns
    mine.write_text("mine")
    with pytest.raises(ConfigurationError, match=f"Received: {mine}.*--overwrite"):
        draw_gallery(tmp_path, count=4)
    assert mine.read_text() == "mine"
    assert len(contents(tmp_path)) == 2
    draw_gallery(tmp_path, count=4, overwrite=True)
    assert before.items() <= contents(tmp_path).items()
    # What is there already is not written again.
    assert (len(contents(tmp_path)), other.stat().st_mtime_ns) == (4, time)


def test_a_flower_is_the_picture_that_the_gallery_holds(gallery: Path) -> None:
    flower = draw_flower("tulip", seed=0, number=2)
    assert flower.mode == "RGB"
    with Image.open(gallery / "tulip" / "tulip-002.jpg") as saved:
        assert saved.size == flower.size
        difference = np.asarray(saved, np.int16) - np.asarray(flower, np.int16)
    assert np.abs(difference).mean() < 6


def test_neighbours_by_shape_and_colour_are_mostly_of_one_kind(gallery: Path) -> None:
    paths = sorted(gallery.rglob("*.jpg"))
    kinds = np.asarray([path.parent.name for path in paths])
    both = np.stack([np.concatenate([shape(path), colours(path)]) for path in paths])
    chance = (A_KIND - 1) / (COUNT - 1)
    assert precision(both, kinds) > 5 * chance


def test_colour_alone_does_not_tell_the_kinds_apart(gallery: Path) -> None:
    paths = sorted(gallery.rglob("*.jpg"))
    kinds = np.asarray([path.parent.name for path in paths])
    assert precision(np.stack([colours(path) for path in paths]), kinds) < 0.6


def test_files_are_replaced_where_asked_and_foreign_files_kept(tmp_path: Path) -> None:
    first = next(iter(flower_kinds()))
    ours = tmp_path / first / f"{first}-001.jpg"
    theirs = [tmp_path / "notes.txt", tmp_path / first / "mine.jpg", tmp_path / "cats" / "1.jpg"]
    for path in [ours, *theirs]:
        path.parent.mkdir(exist_ok=True)
        path.write_text("an older file")
    draw_gallery(tmp_path, count=1, overwrite=True)
    assert set(contents(tmp_path)) == {
        path.relative_to(tmp_path).as_posix() for path in [ours, *theirs]
    }
    assert all(path.read_text() == "an older file" for path in theirs)
    with Image.open(ours) as image:
        assert image.size in SIZES


def test_progress_counts_every_picture(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    draw_gallery(tmp_path, count=4, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_an_error_in_progress_stops_the_drawing_and_leaves_only_whole_pictures(
    tmp_path: Path,
) -> None:
    def stop(_done: int, _total: int) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        draw_gallery(tmp_path, count=60, progress=stop)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert 1 <= len(files) < 60
    for path in files:
        with Image.open(path) as image:
            image.load()


@pytest.mark.parametrize(("count", "seed"), [(0, 0), (-5, 0), (1, -1)])
def test_impossible_numbers_are_refused(tmp_path: Path, count: int, seed: int) -> None:
    with pytest.raises(ConfigurationError, match=r"expected .*; received: (count|seed)=-?\d"):
        draw_gallery(tmp_path / "new", count=count, seed=seed)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("kind", "seed", "number"), [("cactus", 0, 1), ("rose", -1, 1), ("rose", 0, -1)]
)
def test_impossible_flowers_are_refused(kind: str, seed: int, number: int) -> None:
    with pytest.raises(ConfigurationError, match=r"expected .*; received: "):
        draw_flower(kind, seed=seed, number=number)


@pytest.mark.parametrize("blocked", ["", "daisy", "daisy/daisy-001.jpg"])
def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path, blocked: str) -> None:
    directory = tmp_path / "flowers"
    obstacle = directory / blocked
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    if obstacle.suffix:
        obstacle.mkdir()
    else:
        obstacle.write_text("a file where a folder should be")
    before = contents(tmp_path)
    with pytest.raises(LibraryError) as caught:
        draw_gallery(directory, count=1, overwrite=True)
    message = str(caught.value)
    assert str(directory) in message
    assert "another folder" in message
    assert "\n" not in message
    assert contents(tmp_path) == before


def shape(path: Path) -> NDArray[np.float32]:
    """A small descriptor without colour: where edges are and which way they run, unit length."""
    with Image.open(path) as image:
        grey = np.asarray(image.convert("L").resize((64, 64)), np.float32)
    down, right = np.gradient(grey)
    way = ((np.arctan2(down, right) % math.pi) / math.pi * 8).astype(int) % 8
    strength = np.hypot(down, right)
    cells = [
        np.bincount(
            way[y : y + 16, x : x + 16].ravel(), strength[y : y + 16, x : x + 16].ravel(), 8
        )
        for y in range(0, 64, 16)
        for x in range(0, 64, 16)
    ]
    return unit(np.sqrt(np.concatenate(cells)))


def colours(path: Path) -> NDArray[np.float32]:
    """A small descriptor without shape: how much there is of each of 64 colours, unit length."""
    with Image.open(path) as image:
        levels = np.asarray(image.resize((64, 64)), np.int64) // 64
    return unit(np.sqrt(np.bincount((levels @ np.asarray([16, 4, 1])).ravel(), minlength=64)))


def unit(vector: NDArray[np.float64]) -> NDArray[np.float32]:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def precision(descriptors: NDArray[np.float32], kinds: NDArray[np.str_]) -> float:
    """The share of pictures whose nearest neighbour is of their kind."""
    likeness = descriptors @ descriptors.T
    np.fill_diagonal(likeness, -1)
    return float((kinds[likeness.argmax(axis=1)] == kinds).mean())
