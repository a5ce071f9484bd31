"""Maps, filters, distances and changes of one picture, against closed forms and slow loops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.activations import (
    Change,
    DistanceSplit,
    Maps,
    as_file,
    exciting_among,
    exciting_images,
    feature_bars,
    filter_picture,
    has_channels,
    labelled_sheet,
    number_names,
    part_bars,
    tiled,
)
from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import ConfigurationError
from core.images import load_image, rotate, squash
from core.model import BLOCKS, CENTRE, FITS, NONE, PixelExtractor, fitting
from core.types import Array
from tests.fakes import fake_extractor, picture, save_picture

SVG = "{http://www.w3.org/2000/svg}"


def drawn(shape: tuple[int, ...], seed: int = 0) -> Array:
    return np.random.default_rng(seed).random(shape, np.float32)


def unit(seed: int, size: int) -> Array:
    numbers = np.random.default_rng(seed).normal(size=size)
    return (numbers / np.linalg.norm(numbers)).astype(np.float32)


def engine_in(folder: Path) -> ImageSearchEngine:
    """An engine with a features folder of its own, and a model that costs nothing."""
    settings = Settings(features=folder / "features", weights="random")
    return ImageSearchEngine(settings, make_extractor=fake_extractor)


def test_maps_are_shares_of_their_largest_activation() -> None:
    activations = drawn((14, 10, 5)) * np.array([1, 7, 0, 3, 2], np.float32)
    maps = Maps.of(activations)
    assert maps.shape == (14, 10, 5)
    assert maps.strongest(3) == [1, 3, 4]
    for channel in (0, 1, 3, 4):
        expected = activations[..., channel] / activations[..., channel].max()
        assert np.abs(maps.heat(channel) - expected).max() <= 0.5 / 255 + 1e-6
        assert maps.means[channel] == pytest.approx(activations[..., channel].mean(), rel=1e-5)
    # A map of zeros is black, not an error.
    assert (maps.heat(2) == 0).all()
    brightness = np.asarray(maps.picture(1, (10, 14)).convert("L"), int)
    order = np.argsort(maps.levels[..., 1], axis=None)
    assert (np.diff(brightness.ravel()[order]) >= 0).all()
    assert maps.size(42) == (30, 42)
    assert maps.picture(1, maps.size(42)).size == (30, 42)
    assert Maps.of(drawn((1, 90, 1))).size(30) == (30, 1)


def test_a_filter_is_grey_where_it_is_0() -> None:
    kernel = np.zeros((3, 3, 3), np.float32)
    kernel[0, 2] = (0.5, -0.5, 0.25)
    pixels = np.asarray(filter_picture(kernel, 30))
    assert pixels.shape == (30, 30, 3)
    assert pixels[5, 25].tolist() == [255, 0, 191]
    assert pixels[25, 5].tolist() == [128, 128, 128]
    assert (np.asarray(filter_picture(kernel * 0, 6)) == 128).all()


@given(st.integers(0, 10_000), st.integers(1, 60))
def test_the_parts_sum_to_the_distance_and_the_similarity(seed: int, size: int) -> None:
    feature, other = unit(seed, size), unit(seed + 1, size)
    split = DistanceSplit.of(feature, other)
    assert split.distance == pytest.approx(float(np.linalg.norm(feature - other)), abs=1e-5)
    assert split.similarity == pytest.approx(float(feature @ other), abs=1e-5)
    assert split.similarity == pytest.approx(1 - split.distance**2 / 2, abs=1e-5)
    falling = sorted(split.apart.tolist(), reverse=True)
    whole = sum(falling)
    assert sum(falling[: split.half]) >= whole / 2 - 1e-6
    assert sum(falling[: split.half - 1]) <= whole / 2 + 1e-6


@pytest.mark.parametrize("fit", FITS)
def test_the_images_that_excite_a_channel_are_those_of_the_largest_saved_numbers(
    fit: str, library: Path, tmp_path: Path
) -> None:
    engine = engine_in(tmp_path)
    engine.index(library, fit=fit)
    snapshot, saved = engine.features()
    assert has_channels(snapshot)
    assert snapshot.extracted is not None
    for channel in (0, 17, 511):
        values = saved["rmac"][:, channel]
        found = exciting_images(snapshot, channel, 5)
        assert [value for _, value in found] == sorted(values)[:-6:-1]
        rows = [snapshot.images.row_of_path(record.path) for record, _ in found]
        assert [value for _, value in found] == list(values[rows])


@pytest.mark.parametrize("fit", FITS)
def test_the_numbers_of_a_fit_have_a_name_each_and_their_parts_sum_to_the_distance(
    fit: str, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Enough pictures for neighbours to teach something, also where they are as alike as these.
    monkeypatch.setattr(fitting, "SAME_PICTURE", 1.0)
    for number in range(40):
        save_picture(library / "more" / f"{number}.png", 900 + number)
    engine = engine_in(tmp_path)
    engine.index(library, fit=fit)
    snapshot, saved = engine.features()
    names = number_names(snapshot)
    assert len(names) == snapshot.matrix.shape[1]
    kind = "channel" if fit in (NONE, CENTRE) else "axis"
    assert {name.split()[0] for name in names} == {kind}
    features = snapshot.fit.apply(saved["rmac"][:2])
    split = DistanceSplit.of(features[0], snapshot.matrix[1])
    assert split.distance == pytest.approx(np.linalg.norm(features[0] - features[1]), abs=1e-5)
    assert split.similarity == pytest.approx(1 - split.distance**2 / 2, abs=1e-5)


def test_an_index_that_keeps_no_numbers_of_channels_is_refused(
    library: Path, tmp_path: Path
) -> None:
    engine = engine_in(tmp_path)
    engine.index(library)
    # As an older version published it.
    older = replace(engine.require_snapshot(), extracted=None)
    engine.index(library, descriptor="hsv")
    for snapshot in (older, engine.require_snapshot()):
        assert not has_channels(snapshot)
        with pytest.raises(ConfigurationError, match="Update the gallery"):
            exciting_images(snapshot, 0, 5)


def test_the_images_that_excite_a_channel_of_a_block_are_those_of_its_largest_means(
    library: Path, tmp_path: Path
) -> None:
    engine = engine_in(tmp_path)
    engine.index(library, descriptor="hsv")
    snapshot = engine.require_snapshot()
    gone, replaced, *others = snapshot.images[:]
    (library / gone.path).unlink()
    save_picture(library / replaced.path, 4711)
    looking, records = engine.extractor_with_layers(snapshot), snapshot.images[:]
    parts = [engine.channel_means(snapshot, part) for part in (records[:2], records[2:])]
    assert parts[0].images == []
    assert list(parts[1].images) == others
    for layer, channel in (("block1_pool", 3), ("block4_pool", 500)):
        expected = {
            record: looking.inspect(load_image(library / record.path).pixels)
            .outputs[layer][..., channel]
            .mean()
            for record in others
        }
        found = exciting_among(parts, layer, channel, 5)
        assert [value for _, value in found] == pytest.approx(
            sorted(expected.values())[:-6:-1], rel=1e-3
        )
        assert [value for _, value in found] == pytest.approx(
            [expected[one] for one, _ in found], rel=1e-3
        )


def test_without_a_network_in_the_index_the_default_one_looks(
    library: Path, tmp_path: Path
) -> None:
    engine = engine_in(tmp_path)
    engine.index(library, descriptor="hsv")
    image = picture(3, size=(300, 200))
    for snapshot in (None, engine.require_snapshot()):
        found = engine.activations(image, snapshot)
        assert (found.descriptor, found.seen.size, tuple(found.blocks)) == (
            "rmac",
            (224, 224),
            BLOCKS,
        )
        assert np.linalg.norm(found.feature) == pytest.approx(1, abs=1e-5)
    assert PixelExtractor("hsv").inspect(image).outputs == {}
    assert PixelExtractor("hsv").channel_means([image]) == {}
    engine.index(library, descriptor="avg")
    assert engine.activations(image, engine.require_snapshot()).descriptor == "avg"
    # The mean colour is grey, what is brighter is lighter.
    pixels = np.asarray(found.centred(), int) - np.asarray(squash(image, 224), int)
    assert np.abs(pixels.reshape(-1, 3).max(axis=0) - (128 - np.array([123, 116, 103]))).max() <= 1


@given(st.integers(-180, 180), st.integers(10, 90), st.integers(10, 90))
def test_nothing_from_outside_comes_into_a_turned_picture(
    degrees: int, width: int, height: int
) -> None:
    turned = rotate(Image.new("RGB", (width, height), "white"), degrees)
    # The outermost pixels may lie half outside.
    inner = np.asarray(turned)[2:-2, 2:-2]
    assert (inner == 255).all()
    assert turned.width <= width
    assert turned.height <= height


def test_changes_do_what_they_say() -> None:
    image = picture(5, size=(80, 80))
    assert Change().apply(image) is image
    turned = np.asarray(Change(degrees=90).apply(image))
    assert (turned == np.rot90(np.asarray(image))).all()
    cropped = Change(side=0.5).apply(picture(5, size=(80, 40)))
    assert (np.asarray(cropped) == np.asarray(picture(5, size=(80, 40)))[10:30, 20:60]).all()
    grey = np.asarray(Change(colour=0).apply(image))
    assert (grey == grey[..., :1]).all()
    dark = np.asarray(Change(brightness=0.5).apply(image), int)
    assert np.abs(2 * dark - np.asarray(image, int)).max() <= 1
    mirrored = np.asarray(Change(mirrored=True).apply(image))
    assert (mirrored == np.asarray(image)[:, ::-1]).all()
    assert Change(side=0.01).apply(picture(1, size=(9, 9))).size == (1, 1)


def test_bars_are_as_long_as_the_numbers() -> None:
    feature = unit(3, 64)
    drawing = ElementTree.fromstring(feature_bars(feature, "A <feature> & more"))
    assert drawing.get("aria-label") == "A <feature> & more"
    heights = [float(bar.get("height", 0)) for bar in drawing.iter(f"{SVG}rect")]
    assert len(heights) == 64
    assert np.corrcoef(heights, np.abs(feature))[0, 1] == pytest.approx(1, abs=1e-3)
    labels = [text.text for text in drawing.iter(f"{SVG}text")]
    assert labels[0] == str(feature.argmax())

    names = [f"<{number}>" for number in range(64)]
    drawing = ElementTree.fromstring(part_bars(np.abs(feature), names, "Parts", count=3))
    bars = [float(bar.get("width", 0)) for bar in drawing.iter(f"{SVG}rect")]
    largest = np.sort(np.abs(feature))[::-1][:3]
    assert np.array(bars) / bars[0] == pytest.approx(largest / largest[0], abs=1e-2)
    labels = [text.text for text in drawing.iter(f"{SVG}text")]
    assert labels[:2] == [f"<{np.abs(feature).argmax()}>", f"{largest[0]:.4f}"]
    # Two equal pictures: no difference is drawn as a bar of no length.
    equal = ElementTree.fromstring(part_bars(np.zeros(64, np.float32), names, "Parts"))
    assert {bar.get("width") for bar in equal.iter(f"{SVG}rect")} == {"0.0"}


def test_a_drawing_as_a_file_has_ink_and_ground_of_its_own() -> None:
    drawing = ElementTree.fromstring(as_file(feature_bars(unit(1, 16), "A feature > 0")).decode())
    assert drawing.get("color") == "#1d1a18"
    assert drawing.get("aria-label") == "A feature > 0"
    assert next(drawing.iter(f"{SVG}rect")).get("fill") == "#ffffff"


def test_sheets_hold_their_tiles_row_by_row() -> None:
    tiles = [Image.new("RGB", (20, 10), (10 * number, 0, 0)) for number in range(5)]
    sheet = tiled(tiles, 3)
    assert sheet.size == (60, 20)
    assert sheet.getpixel((45, 5)) == (20, 0, 0)
    assert sheet.getpixel((25, 15)) == (40, 0, 0)
    labelled = labelled_sheet(tiles, [str(number) for number in range(5)], 3)
    assert labelled.startswith(b"\x89PNG")
