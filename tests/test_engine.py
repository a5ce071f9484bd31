"""The engine over galleries: which one is meant, and whose features it searches."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.cli import main
from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import (
    BusyError,
    ConfigurationError,
    FeatureStoreError,
    IndexMismatchError,
    IndexNotFoundError,
    LibraryError,
)
from core.feature_store import FeaturesFolder
from core.images import load_image
from core.model import FITS, FitChoice, Weights, feature_space, learn_fit
from core.search import SearchOptions
from core.types import RANKINGS, Progress, Stage
from tests.fakes import FakeExtractor, fake_extractor, save_picture


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(features=tmp_path / "features", weights="random")


def engine_with(settings: Settings, **changes: Any) -> ImageSearchEngine:
    return ImageSearchEngine(
        dataclasses.replace(settings, **changes), make_extractor=fake_extractor
    )


@pytest.fixture
def cats(tmp_path: Path) -> Path:
    for number in range(3):
        save_picture(tmp_path / "cats" / f"{number}.png", number)
    return tmp_path / "cats"


@pytest.fixture
def dogs(tmp_path: Path) -> Path:
    for number in range(4):
        save_picture(tmp_path / "dogs" / f"{number}.png", 10 + number)
    return tmp_path / "dogs"


def test_gallery_has_the_name_of_its_folder_and_the_last_one_is_searched(
    settings: Settings, cats: Path, dogs: Path
) -> None:
    engine = engine_with(settings)
    assert (engine.galleries(), engine.gallery_name()) == ((), None)
    engine.index(dogs)
    engine.index(cats)
    assert (engine.galleries(), engine.gallery_name()) == (("cats", "dogs"), "cats")
    assert len(engine.require_snapshot().images) == 3
    assert len(engine.require_snapshot("dogs").images) == 4
    assert engine.info("dogs").library == str(dogs)


def test_each_gallery_finds_its_own_images(settings: Settings, cats: Path, dogs: Path) -> None:
    engine = engine_with(settings)
    engine.index(cats)
    engine.index(dogs)
    query = load_image(cats / "1.png").pixels
    assert engine.search(query, snapshot=engine.snapshot("cats")).matches[0].distance < 1e-3
    assert engine.search(query).matches[0].distance > 1e-3
    chosen = engine_with(settings, gallery="cats")
    assert chosen.search(query).matches[0].image == "1.png"


def test_going_back_to_a_gallery_extracts_nothing(
    settings: Settings, cats: Path, dogs: Path
) -> None:
    engine = engine_with(settings)
    for library in (cats, dogs):
        engine.index(library)
    report = engine.index(cats)
    assert (report.extracted, report.unchanged, report.generation) == (0, 3, 1)
    assert engine.gallery_name() == "cats"


def test_gallery_alone_stands_for_its_folder(settings: Settings, cats: Path, dogs: Path) -> None:
    engine = engine_with(settings)
    engine.index(cats, gallery="pets")
    engine.index(dogs)
    save_picture(cats / "new.png", 99)
    report = engine.index(gallery="pets")
    assert (report.library, report.extracted) == (str(cats), 1)
    assert engine.galleries() == ("dogs", "pets")


def test_two_folders_of_one_name_get_two_galleries(settings: Settings, tmp_path: Path) -> None:
    engine = engine_with(settings)
    for place in ("a", "b", "c"):
        save_picture(tmp_path / place / "photos" / "1.png", ord(place))
        engine.index(tmp_path / place / "photos")
    assert engine.galleries() == ("photos", "photos 2", "photos 3")


def test_gallery_of_another_folder_is_not_overwritten(
    settings: Settings, cats: Path, dogs: Path
) -> None:
    engine = engine_with(settings)
    engine.index(cats, gallery="pets")
    with pytest.raises(ConfigurationError, match="Choose another name"):
        engine.index(dogs, gallery="pets")
    assert engine.info("pets").library == str(cats)


def test_one_folder_may_have_galleries_with_different_descriptors(
    settings: Settings, cats: Path
) -> None:
    engine_with(settings).index(cats, gallery="quick")
    engine_with(settings, descriptor="fc1").index(cats, gallery="classic")
    engine = engine_with(settings)
    assert engine.info("quick").space.descriptor == "rmac"
    assert engine.info("classic").space.descriptor == "fc1"
    # A gallery keeps its descriptor where none is asked for.
    assert engine.index(gallery="classic").extracted == 0
    query = load_image(cats / "2.png").pixels
    for name in ("quick", "classic"):
        found = engine.search(query, snapshot=engine.snapshot(name))
        assert found.matches[0].image == "2.png"


def test_other_descriptor_for_a_gallery_makes_it_anew_and_the_old_features_stay(
    settings: Settings, cats: Path
) -> None:
    engine_with(settings).index(cats)
    other = engine_with(settings, descriptor="fc1")
    with pytest.raises(IndexMismatchError, match="Rebuild the index"):
        other.search(load_image(cats / "0.png").pixels)
    assert other.index(cats).extracted == 3
    assert other.search(load_image(cats / "0.png").pixels).matches[0].image == "0.png"
    back = engine_with(settings, descriptor="avg").index(cats)
    assert (back.extracted, back.unchanged) == (0, 3)


def test_what_was_chosen_for_a_gallery_stays_and_a_default_makes_room(
    settings: Settings, cats: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.h5"
    own.write_bytes(b"weights")
    open_settings = dataclasses.replace(settings, weights=None)

    def made(at: Settings, **changes: Any) -> tuple[str, str]:
        space = engine_with(at, **changes).index(cats).space
        return space.weights, space.descriptor

    assert made(settings) == ("random", "rmac")
    assert made(open_settings) == ("imagenet", "rmac")
    assert made(open_settings, descriptor="max") == ("imagenet", "max")
    assert made(open_settings) == ("imagenet", "max")
    assert made(open_settings, weights=str(own)) == (str(own), "max")
    assert made(open_settings) == (str(own), "max")
    assert made(open_settings, descriptor="hsv") == ("none", "hsv")
    assert made(open_settings) == ("none", "hsv")
    assert made(open_settings, descriptor="gem") == ("imagenet", "gem")


def older(content: dict[str, Any], version: int) -> bytes:
    """An index.json as an earlier version wrote it: with the records of the images."""
    fields = ("chosen", "matrix_digest", "recall") if version < 3 else ("recall",)
    kept = {name: value for name, value in content.items() if name not in fields}
    images = [[f"{number}.png", 1, 1, "ab" * 16, 8, 8, None, "cd" * 8] for number in range(3)]
    return json.dumps(kept | {"version": version, "images": images}).encode()


@pytest.mark.parametrize(
    ("left", "keeps_choices"),
    [
        (lambda content: older(content, 3), True),
        (lambda content: older(content, 2), False),
        (lambda content: older(content, 1), False),
        (lambda content: older(content, 3)[:-40], False),
        (lambda content: json.dumps(content | {"version": 99}).encode(), True),
        (lambda _: b"", False),
        (lambda _: b"[3]", False),
    ],
    ids=["version 3", "version 2", "version 1", "cut", "newer", "empty", "list"],
)
def test_an_index_of_another_version_is_made_anew_from_what_is_saved(
    left: Callable[[dict[str, Any]], bytes],
    keeps_choices: bool,
    settings: Settings,
    cats: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine_with(settings).index(cats, descriptor="max", fit="whiten", ranking="neighbourhood")
    index = next(settings.features.glob("*/index.json"))
    index.write_bytes(left(json.loads(index.read_bytes())))
    engine = engine_with(settings)
    with pytest.raises(FeatureStoreError, match=r"lookalike-index of version 4.*Press Update"):
        engine.require_snapshot()
    arguments = [str(cats / "1.png"), "--features", str(settings.features)]
    assert main(["search", *arguments]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert "run `python -m core index`" in told[0]
    report = engine.index()
    assert (report.extracted, report.images) == (0, 3)
    snapshot = engine.require_snapshot()
    chosen = snapshot.chosen
    expected = ("max", "neighbourhood") if keeps_choices else (None, None)
    assert (chosen.descriptor, chosen.ranking) == expected
    assert snapshot.space.descriptor == ("max" if keeps_choices else "rmac")
    found = engine.search(load_image(cats / "1.png").pixels).matches[0]
    assert (found.image, found.distance < 1e-3) == ("1.png", True)
    assert engine.check() == ()


def test_baseline_needs_no_network(settings: Settings, cats: Path) -> None:
    # The real factory: nothing of it may be called.
    engine = ImageSearchEngine(dataclasses.replace(settings, descriptor="hsv"))
    engine.index(cats)
    found = engine.search(load_image(cats / "1.png").pixels)
    assert found.matches[0].image == "1.png"
    assert found.matches[0].distance < 1e-3
    assert engine.require_snapshot().space.weights_label == "no weights"


def test_unknown_gallery_lists_those_there_are(
    settings: Settings, cats: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = engine_with(settings)
    engine.index(cats)
    with pytest.raises(IndexNotFoundError, match=r"one of cats\. Received: gallery='birds'"):
        engine.require_snapshot("birds")
    features = str(settings.features)
    assert main(["info", "--gallery", "birds", "--features", features]) == 3
    assert "gallery='birds'" in capsys.readouterr().err
    assert main(["info", "--gallery", "cats", "--features", features, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["gallery"] == "cats"


def test_neither_folder_nor_gallery_is_exit_3(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["index", "--features", str(settings.features), "--weights", "random"]) == 3
    assert "Index a folder of images first" in capsys.readouterr().err


def test_moved_folder_inside_the_library_is_not_extracted_again(
    settings: Settings, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    for number in range(1000):
        save_picture(library / "old" / f"{number:04}.png", number, size=(24, 16))
    engine = engine_with(settings)
    assert engine.index(library).extracted == 1000
    (library / "old").rename(library / "new")
    report = engine.index(library)
    assert (report.extracted, report.moved, report.removed) == (0, 1000, 0)
    found = engine.search(load_image(library / "new" / "0500.png").pixels)
    assert found.matches[0].image == "new/0500.png"
    assert found.matches[0].distance < 1e-3


def test_patterns_are_settings_and_options(
    cats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_EXCLUDE", "1.png, 2.png")
    settings = Settings.from_environment()
    assert (settings.include, settings.exclude) == ((), ("1.png", "2.png"))
    engine = engine_with(dataclasses.replace(settings, features=tmp_path / "f", weights="random"))
    assert engine.index(cats).images == 1


def spoil(library: Path) -> None:
    """Make the images unreadable in a way that no run sees without opening them."""
    for path in library.iterdir():
        status = path.stat()
        path.write_bytes(b"x" * status.st_size)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_another_descriptor_of_the_same_pass_opens_no_image(settings: Settings, cats: Path) -> None:
    engine_with(settings, descriptor="avg").index(cats)
    features = FakeExtractor(engine_with(settings).require_snapshot().space).extract_all(
        [load_image(cats / f"{number}.png").pixels for number in range(3)]
    )
    spoil(cats)
    for name in ("gem", "rmac", "avg"):
        report = engine_with(settings, descriptor=name).index(cats)
        assert (report.extracted, report.images, report.skipped) == (0, 3, ())
        snapshot = engine_with(settings).require_snapshot()
        assert snapshot.space.descriptor == name
        expected = learn_fit(features[name], FitChoice.of()).apply(features[name])
        np.testing.assert_allclose(snapshot.matrix, expected, atol=1e-5)


def test_only_new_images_are_extracted_after_a_change_of_the_descriptor(
    settings: Settings, cats: Path
) -> None:
    engine_with(settings, descriptor="avg").index(cats)
    save_picture(cats / "0.png", 50, size=(70, 50))
    save_picture(cats / "new.png", 51)
    report = engine_with(settings, descriptor="max", fit="none").index(cats)
    assert (report.extracted, report.unchanged) == (2, 2)
    expected = FakeExtractor(report.space).extract([load_image(cats / "0.png").pixels])
    snapshot = engine_with(settings).require_snapshot()
    np.testing.assert_allclose(snapshot.matrix[0], expected[0], atol=1e-6)


def test_a_rebuild_takes_nothing_over(settings: Settings, cats: Path) -> None:
    engine_with(settings, descriptor="avg").index(cats)
    assert engine_with(settings, descriptor="gem").index(cats, rebuild=True).extracted == 3


def test_another_layer_or_size_needs_the_images(settings: Settings, cats: Path) -> None:
    engine_with(settings, descriptor="avg").index(cats)
    for changes in ({"descriptor": "hsv"}, {"descriptor": "gem", "size": 320}):
        assert engine_with(settings, **changes).index(cats).extracted == 3


def test_features_of_all_descriptors_of_the_pass_in_the_order_of_the_index(
    settings: Settings, cats: Path
) -> None:
    engine = engine_with(settings, descriptor="gem", fit="whiten", fit_size=64)
    engine.index(cats)
    snapshot, features = engine.features()
    assert list(features) == ["gem", "avg", "max", "crow", "rmac"]
    pixels = [load_image(cats / image.path).pixels for image in snapshot.images]
    for name, expected in FakeExtractor(snapshot.space).extract_all(pixels).items():
        np.testing.assert_allclose(features[name], expected, atol=1e-6)


@pytest.mark.parametrize("kind", FITS)
@pytest.mark.parametrize("ranking", RANKINGS)
def test_an_index_of_any_fit_is_searched_with_fitted_queries(
    ranking: str, kind: str, settings: Settings, library: Path
) -> None:
    engine = engine_with(settings, descriptor="avg", fit=kind)
    report = engine.index(library, ranking=ranking)
    snapshot = engine.require_snapshot()
    pixels = [load_image(library / image.path).pixels for image in snapshot.images]
    features = FakeExtractor(report.space).extract(pixels)
    labels = [image.path.partition("/")[0] for image in snapshot.images]
    rows = learn_fit(features, FitChoice.of(kind), labels).apply(features)
    np.testing.assert_allclose(snapshot.matrix, rows, atol=1e-5)
    for number in (0, 17, 39):
        matches = engine.search(pixels[number], SearchOptions(k=40)).matches
        assert matches[0].image == snapshot.images[number].path
        expected = np.linalg.norm(rows - rows[number], axis=1)
        for match in matches:
            row = snapshot.images.row_of_path(match.image)
            assert match.distance == pytest.approx(float(expected[row]), abs=1e-3)
        if ranking == "distance":
            assert [match.distance for match in matches] == sorted(m.distance for m in matches)
    np.testing.assert_allclose(engine.features()[1]["avg"], features, atol=1e-6)


def test_a_ranking_is_that_of_the_gallery_unless_a_search_asks_for_another(
    settings: Settings, library: Path
) -> None:
    engine = engine_with(settings)
    engine.index(library, ranking="neighbourhood")
    query = load_image(library / "red" / "red-03.jpg").pixels
    by_neighbourhood = engine.search(query, SearchOptions(k=40)).matches
    by_distance = engine.search(query, SearchOptions(k=40, ranking="distance")).matches
    asked = SearchOptions(k=40, ranking="neighbourhood")
    assert engine.search(query, asked).matches == by_neighbourhood
    assert [match.image for match in by_distance] != [match.image for match in by_neighbourhood]
    assert sorted(match.image for match in by_distance) == sorted(
        match.image for match in by_neighbourhood
    )
    with pytest.raises(ConfigurationError, match=r"distance or neighbourhood\. Received: ranking="):
        engine.search(query, SearchOptions(ranking="best"))
    # It stays, and costs no new extraction.
    assert engine.index(library).extracted == 0
    assert engine.search(query, SearchOptions(k=40)).matches == by_neighbourhood
    engine.index(library, ranking="distance")
    assert engine.search(query, SearchOptions(k=40)).matches == by_distance


def test_a_fit_that_was_chosen_stays_until_another_is(settings: Settings, cats: Path) -> None:
    def fitted(**changes: Any) -> str:
        engine_with(settings, **changes).index(cats)
        fit = engine_with(settings).info().fit
        assert fit.startswith(str(engine_with(settings).require_snapshot().fit.choice))
        return fit

    assert fitted(descriptor="avg").startswith("neighbours: centred")
    assert fitted(fit="whiten", fit_size=64) == "whiten 64"
    assert fitted() == "whiten 64"
    assert fitted(descriptor="max") == "whiten 64"
    assert fitted(descriptor="avg") == "whiten 64"
    assert fitted(fit_size=128) == "whiten 128"
    assert fitted(fit="none") == "none"
    assert fitted() == "none"


def test_a_size_that_was_chosen_stays_until_another_is(settings: Settings, cats: Path) -> None:
    spaces = [
        engine_with(settings, **changes).index(cats).space
        for changes in ({"size": 320}, {}, {"size": 224}, {})
    ]
    told = [(space.input_size, space.resize) for space in spaces]
    assert told == [(320, "fit"), (320, "fit"), (224, "squash"), (224, "squash")]
    with pytest.raises(IndexMismatchError, match="Received: size 320"):
        engine_with(settings, size=320).search(load_image(cats / "1.png").pixels)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 95}, "from 96 to 448 pixels. Received: size=95"),
        ({"size": 449}, "Received: size=449"),
        ({"descriptor": "fc1", "size": 320}, "descriptor='fc1', size=320"),
        ({"fit": "whiten", "fit_size": 63}, "from 64 to 512.*Received: fit-size=63"),
    ],
)
def test_sizes_and_fits_that_make_no_sense_are_refused(
    changes: dict[str, Any], message: str, settings: Settings, cats: Path
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        engine_with(settings, **changes).index(cats)


def test_fully_connected_layers_take_one_size_only() -> None:
    with pytest.raises(ConfigurationError, match="descriptor='fc1', size=320"):
        feature_space(Weights("random", "0" * 64, None), "fc1", 320)


@pytest.mark.parametrize("provisional", [False, True])
def test_nobody_else_writes_from_the_scan_of_a_run_to_its_index(
    settings: Settings, cats: Path, provisional: bool
) -> None:
    """Else a picture that is moved to the trash after the scan comes back into the index."""
    removed = []

    def remove_a_picture(step: Progress) -> None:
        if step.stage is Stage.SCANNING:
            try:
                with FeaturesFolder(settings.features).writing():
                    (cats / "0.png").unlink()
                    removed.append("0.png")
            except BusyError:
                removed.append("not now")

    engine = engine_with(settings)
    if provisional:
        engine.index_by_colours(cats, least=1, progress=remove_a_picture)
    else:
        engine.index(cats, progress=remove_a_picture)
    assert removed == ["not now"]


def test_a_library_that_does_not_exist_makes_no_features_folder(
    settings: Settings, tmp_path: Path
) -> None:
    engine = engine_with(settings)
    with pytest.raises(LibraryError, match="does not exist"):
        engine.index(tmp_path / "none")
    with pytest.raises(LibraryError, match="does not exist"):
        engine.index_by_colours(tmp_path / "none", least=1)
    assert not settings.features.exists()


def test_a_better_default_comes_with_an_update_that_was_asked_for(
    settings: Settings, cats: Path
) -> None:
    engine = engine_with(settings)
    engine.index(cats, fit="centre")
    # As an older version left it, whose default this was.
    store = engine.folder.current(engine.gallery_name())
    assert store is not None
    index = store.folder / "index.json"
    content = json.loads(index.read_bytes())
    content["chosen"]["fit"] = None
    index.write_text(json.dumps(content))
    save_picture(cats / "new.png", 51)
    report = engine.index(cats, keep_fit=True)
    assert (report.fit, report.fit_before) == ("centre", None)
    assert engine.repair().fit == "centre"
    report = engine.index(cats)
    assert (report.fit, report.fit_before) == ("neighbours", "centre")
    assert (report.extracted, engine.info().runs[0]["fit_before"]) == (0, "centre")
    assert engine.index(cats).fit_before is None
    # It is taken back, and stays so.
    report = engine.index(cats, fit="centre")
    assert (report.fit, report.fit_before) == ("centre", None)
    assert engine.index(cats).fit == "centre"
