"""Filters select images before the nearest of them are taken."""

from __future__ import annotations

import dataclasses
import json
import string
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cli import main
from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import ConfigurationError
from core.feature_store import ImageTable
from core.images import load_image
from core.search import FORMATS, ORIENTATIONS, Choices, Filters, SearchOptions
from core.types import ImageRecord
from tests.fakes import fake_extractor, picture

FOLDERS = ("", "cats", "cats/old", "cats and dogs", "dogs")
IDS = tuple(f"{number:032x}" for number in range(4))
DAYS = ("2019-12-31", "2020-01-01", "2020-01-02", "2021-07-15")


def record(
    path: str,
    width: int = 800,
    height: int = 600,
    taken_at: str | None = None,
    image_id: str = "0" * 32,
) -> ImageRecord:
    return ImageRecord(path, 1, 1, image_id, width, height, taken_at)


def table(*images: ImageRecord) -> ImageTable:
    return ImageTable.of(sorted(images, key=lambda image: image.path))


@st.composite
def records(draw: st.DrawFn) -> ImageRecord:
    folder = draw(st.sampled_from(FOLDERS))
    name = draw(st.text(string.ascii_lowercase, min_size=1, max_size=3))
    extension = draw(st.sampled_from(["jpg", "JPG", "jpeg", "png", "tif", "tiff", "heic"]))
    sides = st.sampled_from([499, 500, 501, 2000])
    taken = draw(st.none() | st.sampled_from(DAYS).map(lambda day: f"{day}T23:59:59"))
    path = f"{folder}/{name}.{extension}".lstrip("/")
    return record(path, draw(sides), draw(sides), taken, draw(st.sampled_from(IDS)))


def tables(least: int = 0) -> st.SearchStrategy[ImageTable]:
    """Tables of up to 30 images with different paths."""
    images = st.lists(records(), min_size=least, max_size=30, unique_by=lambda image: image.path)
    return images.map(lambda images: table(*images))


filters = st.builds(
    lambda days, **others: Filters(taken_from=days[0], taken_to=days[1], **others),
    days=st.tuples(
        st.sampled_from([None, date(2019, 12, 31), date(2020, 1, 1)]),
        st.sampled_from([None, date(2020, 1, 1), date(2020, 1, 2)]),
    ),
    folders=st.lists(st.sampled_from(FOLDERS[1:]), max_size=2).map(tuple),
    orientations=st.lists(st.sampled_from(ORIENTATIONS), max_size=2).map(tuple),
    formats=st.lists(st.sampled_from(["JPEG", "PNG", "TIFF"]), max_size=2).map(tuple),
    min_side=st.sampled_from([0, 500, 501]),
    among=st.frozensets(st.sampled_from([*IDS, "f" * 32, "ä"]), max_size=3),
)


def passes(image: ImageRecord, chosen: Filters) -> bool:
    """The filters again, one simple step after the other."""
    if chosen.among and image.id not in chosen.among:
        return False
    if chosen.folders and not any(
        (Path("x") / folder) in (Path("x") / image.path).parents for folder in chosen.folders
    ):
        return False
    if chosen.taken_from or chosen.taken_to:
        if image.taken_at is None:
            return False
        day = image.taken_at[:10]
        if chosen.taken_from and day < chosen.taken_from.isoformat():
            return False
        if chosen.taken_to and day > chosen.taken_to.isoformat():
            return False
    shape = ORIENTATIONS[(image.height >= image.width) + (image.height == image.width)]
    if chosen.orientations and shape not in chosen.orientations:
        return False
    kinds = {
        "jpg": "JPEG",
        "jpeg": "JPEG",
        "png": "PNG",
        "tif": "TIFF",
        "tiff": "TIFF",
        "bmp": "BMP",
    }
    kind = kinds.get(image.path.rsplit(".")[-1].lower())
    if chosen.formats and kind not in chosen.formats:
        return False
    return min(image.width, image.height) >= chosen.min_side


@given(tables(), filters)
def test_passing_equals_a_slow_check_of_each_image(images: ImageTable, chosen: Filters) -> None:
    expected = [row for row, image in enumerate(images) if passes(image, chosen)]
    assert chosen.passing(images).tolist() == expected


@given(tables(1))
def test_each_choice_of_a_gallery_lets_some_image_pass(images: ImageTable) -> None:
    choices = Choices.of(images)
    single = [Filters(folders=(folder,)) for folder in choices.folders]
    single += [Filters(orientations=(kind,)) for kind in choices.orientations]
    single += [Filters(formats=(name,)) for name in choices.formats]
    single += [Filters(min_side=side) for side in choices.sides]
    if choices.taken:
        first, last = choices.taken
        single += [Filters(taken_to=first), Filters(taken_from=last)]
    for chosen in single:
        assert len(chosen.passing(images)) > 0


def test_choices_with_a_single_value_are_left_out() -> None:
    alike = [record("a.jpg"), record("b.JPG")]
    assert Choices.of(table(*alike)) == Choices((), None, (), (), ())
    assert Choices.of(
        table(*alike, record("x/y/z.png", 600, 1200, "2020-05-04T03:02:01"))
    ) == Choices(
        ("x", "x/y"), (date(2020, 5, 4), date(2020, 5, 4)), ("landscape", "portrait"),
        ("JPEG", "PNG"), (),
    )  # fmt: skip
    assert Choices.of(table(record("a.jpg", 400, 900), record("b.jpg", 2000, 2000))).sides == (
        *(500, 1000, 2000),
    )


@pytest.mark.parametrize("taken_at", ["99999-01-01T00:00:00", "0000-01-01T00:00:00"])
def test_dates_outside_of_the_calendar_count_as_unknown(taken_at: str) -> None:
    odd = table(record("a.jpg", taken_at=taken_at))
    assert Choices.of(odd).taken is None
    assert Filters(taken_from=date(1900, 1, 1)).passing(odd).tolist() == []


def test_every_format_has_one_name() -> None:
    def format_of(path: str) -> str:
        """The one format of which an image with this path passes."""
        images = table(record(path))
        (found,) = [one for one in FORMATS if len(Filters(formats=(one,)).passing(images))]
        return found

    assert format_of("a/b.c.Jpeg") == format_of("x.JPG") == "JPEG"
    assert {"JPEG", "PNG", "HEIC", "TIFF", "WEBP"} < set(FORMATS)
    assert {"PSD", "TGA", "PCX", "SGI", "QOI", "DDS", "JPEG XL"} < set(FORMATS)
    assert [format_of(f"a.{name}") for name in ("jxl", "icb", "rgb")] == ["JPEG XL", "TGA", "SGI"]
    assert {"JPG", "TIF"}.isdisjoint(FORMATS)
    # No format by the extension, nor by the name of the folder.
    assert not len(Filters(formats=FORMATS).passing(table(record("a.jpg/b"), record("png"))))


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"orientations": ("round",)}, "expected landscape.* Received: orientations='round'"),
        ({"formats": ("jpg",)}, "expected .*JPEG.* Received: formats='jpg'"),
        ({"min_side": -1}, "Received: min_side=-1"),
        (
            {"taken_from": date(2021, 1, 2), "taken_to": date(2021, 1, 1)},
            "Received: from 2021-01-02 to 2021-01-01",
        ),
    ],
)
def test_invalid_filters_are_refused(chosen: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Filters(**chosen)  # type: ignore[arg-type]


def test_advice_names_the_filter_whose_removal_helps_most() -> None:
    images = table(record("cats/1.jpg"), record("cats/2.jpg"), record("dogs/1.png", 600, 900))
    chosen = Filters(folders=("cats",), orientations=("portrait",))
    assert chosen.advice(images) == (
        "No image passes all filters: without the orientation filter, 2 would."
    )
    hopeless = Filters(folders=("birds",), min_side=5000)
    assert "more than one" in hopeless.advice(images)


@pytest.fixture
def engine(tmp_path: Path) -> ImageSearchEngine:
    """An index of 40 pictures of two shapes, formats and folders."""
    library = tmp_path / "library"
    for number in range(40):
        folder = library / ("old" if number % 3 else "new")
        folder.mkdir(parents=True, exist_ok=True)
        size = (64, 48) if number % 2 else (48, 64)
        name = f"{number:02}.{'png' if number % 5 else 'bmp'}"
        picture(number, size=size).save(folder / name)
    made = ImageSearchEngine(
        Settings(features=tmp_path / "features", weights="random"), make_extractor=fake_extractor
    )
    made.index(library)
    return made


@pytest.mark.parametrize(
    "chosen",
    [
        Filters(),
        Filters(folders=("old",)),
        Filters(orientations=("portrait",), formats=("PNG",)),
        Filters(folders=("new",), formats=("BMP",)),
        Filters(min_side=49),
    ],
)
@pytest.mark.parametrize("k", [1, 7, 300])
def test_filters_come_before_the_nearest_are_taken(
    engine: ImageSearchEngine, chosen: Filters, k: int
) -> None:
    query = picture(1000)
    snapshot = engine.require_snapshot()
    qualified = {image.path for image in snapshot.images if passes(image, chosen)}
    everything = engine.search(query, SearchOptions(k=40)).matches
    expected = [match for match in everything if match.image in qualified][:k]
    found = engine.search(query, SearchOptions(k=k, filters=chosen))
    assert found.searched == len(qualified)
    assert [match.image for match in found.matches] == [match.image for match in expected]
    assert [match.rank for match in found.matches] == list(range(1, len(expected) + 1))
    np.testing.assert_array_equal(
        [match.distance for match in found.matches], [match.distance for match in expected]
    )


def test_distance_limit_cuts_where_it_says(engine: ImageSearchEngine) -> None:
    query = picture(1000)
    everything = engine.search(query, SearchOptions(k=40)).matches
    limit = everything[9].distance
    within = engine.search(query, SearchOptions(k=40, max_distance=limit)).matches
    assert within == everything[: len(within)]
    assert len(within) >= 10
    assert everything[len(within)].distance > limit
    assert engine.search(query, SearchOptions(max_distance=0)).matches == ()
    for wrong in (-0.1, float("nan")):
        with pytest.raises(ConfigurationError, match="Received: max_distance"):
            engine.search(query, SearchOptions(max_distance=wrong))


def test_command_line_has_the_same_filters(
    engine: ImageSearchEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Colour histograms, so that the command line needs no network.
    settings = dataclasses.replace(engine.settings, descriptor="hsv")
    real = ImageSearchEngine(settings)
    real.index(tmp_path / "library")
    query = tmp_path / "library" / "new" / "00.bmp"
    base = ["search", str(query), "--features", str(settings.features)]

    def found(*options: str) -> list[str]:
        assert main([*base, "--json", *options]) == 0
        return [match["image"] for match in json.loads(capsys.readouterr().out)["matches"]]

    assert found("-k", "1") == ["new/00.bmp"]
    chosen = Filters(folders=("old", "new"), orientations=("portrait",), formats=("PNG",))
    options = ("--folder", "old", "--folder", "new/", "--orientation", "portrait")
    expected = real.search(load_image(query).pixels, SearchOptions(k=5, filters=chosen)).matches
    images = found("-k", "5", *options, "--format", "png")
    assert images == [match.image for match in expected]
    assert len(images) == 5
    assert found("--max-distance", "0.0001") == ["new/00.bmp"]
    assert found("--taken-from", "2020-01-01") == []
    assert main([*base, "--taken-from", "2020-01-01"]) == 0
    assert "without the date filter, 40 would" in capsys.readouterr().err
    assert main([*base, "--folder", "old", "--max-distance", "0"]) == 0
    assert "raise --max-distance" in capsys.readouterr().err
    for wrong in (("--taken-to", "yesterday"), ("--orientation", "round"), ("--min-side", "-3")):
        assert main([*base, *wrong]) == 2
        assert "Received: " in capsys.readouterr().err
