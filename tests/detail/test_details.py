"""The detail index of a gallery: made, updated, stopped, damaged, searched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.config import Settings
from core.detail import DetailStore, details_store, find_part, finds_parts, open_details
from core.engine import ImageSearchEngine
from core.errors import Cancelled, ConfigurationError, FeatureStoreError, IndexNotFoundError
from core.search import Feedback, Filters, SearchOptions
from core.types import Damage, Progress, SearchResult, Stage
from tests.fakes import fake_extractor, picture, save_picture
from tests.indexing.faults import KILLED, Process

THING = picture(4711, (240, 240, 20), (192, 192))
# Of the picture that shows the thing: where, in its pixels.
PLACE = (224, 64, 224 + 96, 64 + 96)
HOST = "red/host.png"


def make(library: Path, count: int = 40) -> Path:
    """Pictures of 448 by 320 pixels in two folders, of which one shows the thing."""
    for number in range(count):
        folder, colour = ("red", (200, 50, 60)) if number % 2 else ("blue", (50, 60, 200))
        save_picture(library / folder / f"{number:02}.png", number, colour, (448, 320))
    host = picture(99, (200, 50, 60), (448, 320))
    host.paste(THING.resize((96, 96)), PLACE[:2])
    host.save(library / HOST)
    return library


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``library`` and its ``features``, without details."""
    folder = tmp_path_factory.mktemp("gallery")
    make(folder / "library")
    engine_of(folder).index(folder / "library")
    return folder


@pytest.fixture
def place(gallery: Path, tmp_path: Path) -> Path:
    """A copy of the features of the gallery."""
    shutil.copytree(gallery / "features", tmp_path / "features")
    return tmp_path


def engine_of(folder: Path) -> ImageSearchEngine:
    settings = Settings(features=folder / "features", weights="random")
    return ImageSearchEngine(settings, make_extractor=fake_extractor)


def search(engine: ImageSearchEngine, **options: Any) -> SearchResult:
    return engine.search(THING, SearchOptions(k=5, part=True, **options))


def details_folder(folder: Path) -> Path:
    (found,) = folder.glob("features/*/details")
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """The files of the details but their description, by what their names begin with."""
    paths = details_folder(folder).iterdir()
    return {
        path.name.partition("-")[0]: path.read_bytes() for path in paths if path.suffix != ".json"
    }


def saved_pictures(folder: Path) -> int:
    """Number of pictures that a run has saved and not published."""
    parts = DetailStore(details_folder(folder)).parts
    coded = {one for part in parts.tables(parts.compression() or "") for one in part.ids.tolist()}
    return len(coded | {picture.id.encode() for picture in parts.uncompressed()})


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared)


def stop_at(done: int) -> Callable[[Progress], None]:
    """A progress callback that cancels once so many pictures are described."""

    def step(progress: Progress) -> None:
        if progress.stage is Stage.DETAILS and progress.done >= done:
            raise Cancelled("stop")

    return step


def test_a_thing_is_found_first_with_its_box(place: Path) -> None:
    engine = engine_of(place)
    snapshot = engine.require_snapshot()
    assert finds_parts(snapshot)
    assert engine.parts.version(snapshot) is None
    report = engine.parts.update(snapshot)
    assert (report.pictures, report.extracted, report.damaged, report.skipped) == (41, 41, 0, ())
    result = search(engine)
    best = result.matches[0]
    assert (best.image, best.rank, result.searched, result.warning) == (HOST, 1, 41, None)
    left, top, right, bottom = PLACE
    assert best.box is not None
    assert overlap(best.box, (left / 448, top / 320, right / 448, bottom / 320)) > 0.4
    distances = [match.distance for match in result.matches]
    assert distances == sorted(distances)
    assert 0 <= distances[0] < distances[1] <= 2


def test_filters_marks_and_the_limit_leave_images_out(place: Path) -> None:
    engine = engine_of(place)
    snapshot = engine.require_snapshot()
    engine.parts.update(snapshot)
    blue = search(engine, filters=Filters(folders=("blue",)))
    assert {match.image.partition("/")[0] for match in blue.matches} == {"blue"}
    assert blue.searched == 20
    without = search(engine, feedback=Feedback(wrong=(snapshot.record(HOST).id,)))
    assert (HOST in {match.image for match in without.matches}, without.searched) == (False, 40)
    nearest = search(engine).matches[0].distance
    assert len(search(engine, max_distance=nearest + 1e-6).matches) == 1
    assert search(engine, max_distance=0).matches == ()
    nothing = search(engine, filters=Filters(min_side=5000))
    assert (nothing.matches, nothing.searched) == ((), 0)


def test_two_steps_that_probe_everything_equal_comparing_every_region(place: Path) -> None:
    engine = engine_of(place)
    engine.parts.update(engine.require_snapshot())
    index = open_details(details_store(engine.folder, engine.require_snapshot()))
    table, compression = index.table, index.compression
    queries = compression.reduce(np.random.default_rng(0).random((3, 32), np.float32))
    found = index.search(queries, 41, probed=41)
    expected = []
    for row in range(len(table)):
        codes = np.concatenate(table.regions_of(row))
        region = int(compression.products(codes, queries).max(axis=1).argmax())
        nearest = compression.decode(codes[region : region + 1])
        expected.append((float(np.linalg.norm(queries - nearest, axis=1).min()), row, region))
    expected.sort()
    assert found.rows.tolist() == [row for _, row, _ in expected]
    assert found.regions.tolist() == [region for *_, region in expected]
    assert found.distances == pytest.approx([distance for distance, *_ in expected], abs=1e-3)


def test_fewer_probed_pictures_still_find_the_thing(place: Path) -> None:
    engine = engine_of(place)
    engine.parts.update(engine.require_snapshot())
    snapshot = engine.require_snapshot()
    details = open_details(details_store(engine.folder, snapshot))
    extractor = engine.extractor_of(snapshot)
    result = find_part(snapshot, details, extractor, THING, SearchOptions(k=1), probed=3)
    assert [match.image for match in result.matches] == [HOST]


def test_an_update_describes_what_is_new_and_drops_what_is_gone(
    gallery: Path, tmp_path: Path
) -> None:
    shutil.copytree(gallery / "library", tmp_path / "library")
    engine = engine_of(tmp_path)
    engine.index(tmp_path / "library")
    assert engine.parts.refresh(engine.require_snapshot()) is None
    engine.parts.update(engine.require_snapshot())
    save_picture(tmp_path / "library" / "new.png", 500, size=(448, 320))
    (tmp_path / "library" / "blue" / "00.png").unlink()
    (tmp_path / "library" / HOST).rename(tmp_path / "library" / "moved.png")
    engine.index(tmp_path / "library")
    outdated = search(engine)
    assert (outdated.searched, outdated.matches[0].image) == (40, "moved.png")
    assert outdated.warning is not None
    assert outdated.warning.startswith("1 of the images")
    assert engine.parts.info(engine.require_snapshot()).missing == 1
    report = engine.parts.refresh(engine.require_snapshot())
    assert report is not None
    assert (report.pictures, report.extracted) == (41, 1)
    assert (search(engine).searched, search(engine).warning) == (41, None)
    version = engine.parts.version(engine.require_snapshot())
    assert engine.parts.update(engine.require_snapshot()).extracted == 0
    assert engine.parts.version(engine.require_snapshot()) == version


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 200 pictures, their features, and details of an unbroken run in ``whole``."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(200):
        save_picture(folder / "library" / f"{number:03}.png", number)
    engine_of(folder).index(folder / "library")
    shutil.copytree(folder / "features", folder / "whole" / "features")
    engine = engine_of(folder / "whole")
    engine.parts.update(engine.require_snapshot())
    return folder


def test_a_stopped_run_can_be_searched_and_the_next_one_completes_it(
    many: Path, tmp_path: Path
) -> None:
    shutil.copytree(many / "features", tmp_path / "features")
    engine = engine_of(tmp_path)
    snapshot = engine.require_snapshot()
    with pytest.raises(Cancelled, match="next run goes on"):
        engine.parts.update(snapshot, progress=stop_at(64))
    assert engine.parts.version(snapshot) is None
    assert saved_pictures(tmp_path) == 64
    with pytest.raises(Cancelled, match="Stopped after 96"):
        engine.parts.update(snapshot, progress=stop_at(96))
    assert engine.parts.info(snapshot).missing == 40
    assert search(engine).searched == 160
    assert engine.parts.update(snapshot).extracted == 40
    assert contents(tmp_path) == contents(many / "whole")


# Before the second batch is saved, before the second part of the first 128 pictures, and before the
# description.
@pytest.mark.skipif(os.name != "posix", reason="a POSIX signal kills the run")
@pytest.mark.parametrize(
    ("saves", "kept"),
    [
        *((2, 32), (6, 96), (15, 200)),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in ((1, 0), (3, 64), (4, 96), (5, 96), (8, 96), (9, 128), (12, 200))
        ),
    ],
)
def test_a_killed_run_loses_one_batch_and_is_completed_by_the_next_one(
    saves: int, kept: int, many: Path, tmp_path: Path
) -> None:
    shutil.copytree(many / "features", tmp_path / "features")
    command = ["index", str(many / "library"), "--features", str(tmp_path / "features")]
    with Process(
        "tests.indexing.fault_worker",
        ["--kill-at-save", str(saves), *command, "--weights", "random", "--detail"],
    ) as run:
        assert run.finish()[0] == KILLED
    engine = engine_of(tmp_path)
    assert saved_pictures(tmp_path) == kept
    report = engine.parts.update(engine.require_snapshot())
    assert (report.pictures, report.extracted) == (200, 200 - kept)
    assert contents(tmp_path) == contents(many / "whole")


def test_a_damaged_file_of_a_stopped_run_costs_its_batch(many: Path, tmp_path: Path) -> None:
    shutil.copytree(many / "features", tmp_path / "features")
    engine = engine_of(tmp_path)
    with pytest.raises(Cancelled):
        engine.parts.update(engine.require_snapshot(), progress=stop_at(64))
    (first, _) = sorted(details_folder(tmp_path).iterdir())
    first.write_bytes(first.read_bytes()[:5000])
    assert engine.parts.update(engine.require_snapshot()).extracted == 200 - 32
    assert contents(tmp_path) == contents(many / "whole")


def test_damaged_details_are_reported_and_made_anew(many: Path, tmp_path: Path) -> None:
    shutil.copytree(many / "whole" / "features", tmp_path / "features")
    engine = engine_of(tmp_path)
    snapshot = engine.require_snapshot()
    (codes,) = details_folder(tmp_path).glob("fine-*.npy")
    content = bytearray(codes.read_bytes())
    content[-1] ^= 255
    codes.write_bytes(content)
    last = max(snapshot.images, key=lambda image: image.id)
    problem = "the description of its parts is not the one that was saved"
    assert engine.parts.check(snapshot) == (Damage(last.path, problem),)
    report = engine.parts.update(snapshot)
    assert (report.damaged, report.extracted) == (1, 1)
    assert engine.parts.check(snapshot) == ()
    assert contents(tmp_path) == contents(many / "whole")


@pytest.mark.parametrize("name", ["coarse-*", "fine-*", "pictures-*", "compression-*", "*.json"])
def test_a_cut_file_is_one_clear_line_and_made_anew(name: str, many: Path, tmp_path: Path) -> None:
    shutil.copytree(many / "whole" / "features", tmp_path / "features")
    engine = engine_of(tmp_path)
    (path,) = details_folder(tmp_path).glob(name)
    path.write_bytes(path.read_bytes()[:90])
    (damage,) = engine.parts.check(engine.require_snapshot())
    assert damage.what == "details/detail.json"
    with pytest.raises(FeatureStoreError, match=r"detail index cannot be read.*index --detail"):
        search(engine)
    assert engine.parts.info(engine.require_snapshot()).missing == 200
    report = engine.parts.update(engine.require_snapshot())
    assert report.pictures == report.extracted == 200
    assert contents(tmp_path) == contents(many / "whole")


def test_a_picture_that_cannot_be_read_any_more_is_skipped(gallery: Path, tmp_path: Path) -> None:
    shutil.copytree(gallery / "library", tmp_path / "library")
    engine = engine_of(tmp_path)
    engine.index(tmp_path / "library")
    (tmp_path / "library" / "blue" / "00.png").write_bytes(b"not a picture")
    save_picture(tmp_path / "library" / "blue" / "02.png", 999)
    report = engine.parts.update(engine.require_snapshot())
    assert report.pictures == 39
    assert {(item.image, item.reason) for item in report.skipped} == {
        ("blue/00.png", "not an image of a known format"),
        ("blue/02.png", "its file has changed since it was indexed"),
    }


def test_a_rebuild_learns_from_the_pictures_of_now(many: Path, tmp_path: Path) -> None:
    shutil.copytree(many / "whole" / "features", tmp_path / "features")
    engine = engine_of(tmp_path)
    report = engine.parts.update(engine.require_snapshot(), rebuild=True)
    assert report.extracted == 200
    assert contents(tmp_path) == contents(many / "whole")


def test_a_rebuild_that_dies_before_its_end_leaves_the_published_details_alone(
    gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(gallery / "library", tmp_path / "library")
    engine = engine_of(tmp_path)
    engine.index(tmp_path / "library")
    engine.parts.update(engine.require_snapshot())
    before = {path.name: path.read_bytes() for path in details_folder(tmp_path).iterdir()}
    for number in range(8):
        save_picture(tmp_path / "library" / f"{number}.png", 500 + number, size=(448, 320))
    engine.index(tmp_path / "library")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.detail.detail_store.write_document", die)
    with pytest.raises(KeyboardInterrupt):
        engine.parts.update(engine.require_snapshot(), rebuild=True)
    monkeypatch.undo()
    after = {path.name: path.read_bytes() for path in details_folder(tmp_path).iterdir()}
    assert after.items() >= before.items()
    assert search(engine).matches[0].image == HOST
    engine.parts.update(engine.require_snapshot())
    assert engine.parts.check(engine.require_snapshot()) == ()
    assert len(list(details_folder(tmp_path).iterdir())) == 5


def test_without_details_a_search_says_how_to_make_them(place: Path) -> None:
    with pytest.raises(IndexNotFoundError, match="index --detail"):
        search(engine_of(place))


def test_another_descriptor_of_the_same_maps_keeps_the_details(many: Path, tmp_path: Path) -> None:
    shutil.copytree(many / "whole" / "features", tmp_path / "features")
    engine = engine_of(tmp_path)
    engine.index(many / "library", descriptor="gem")
    assert search(engine).searched == 200
    assert engine.parts.update(engine.require_snapshot()).extracted == 0


def test_colours_have_no_maps_to_find_parts_with(gallery: Path, tmp_path: Path) -> None:
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(gallery / "library")
    assert not finds_parts(engine.require_snapshot())
    with pytest.raises(ConfigurationError, match=r"described by the maps of VGG16.*'hsv'"):
        engine.parts.update(engine.require_snapshot())
