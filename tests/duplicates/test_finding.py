"""What is found in a gallery, saved, and found again without comparing twice."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from core.config import Settings
from core.duplicates import (
    dismiss,
    find_duplicates,
    finding,
    pictures_of,
)
from core.duplicates.dismissals import read_dismissals
from core.duplicates.links import Links, read_links, write_links
from core.duplicates.local_features import LocalFeatures
from core.duplicates.moments import moment_pairs
from core.duplicates.relation import Relation
from core.engine import ImageSearchEngine
from core.errors import Cancelled, FeatureStoreError
from core.feature_store import ImageTable, IndexSnapshot, library_file
from core.types import ImageRecord, Progress, Stage
from tests.flowers import sample_flower


@pytest.fixture
def engine(tmp_path: Path) -> ImageSearchEngine:
    """Three flowers and a mirrored copy of the first."""
    library = tmp_path / "library"
    library.mkdir()
    for number, kind in enumerate(("poppy", "daffodil", "tulip")):
        sample_flower(kind, number + 1).save(library / f"{number}.png")
    with Image.open(library / "0.png") as flower:
        ImageOps.mirror(flower).save(library / "copy.png")
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library)
    return engine


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[frozenset[bytes]]:
    """The pairs that are compared, by the pictures."""
    pairs: list[frozenset[bytes]] = []
    compare = finding.relation_of

    def counting(*pair: LocalFeatures) -> Relation | None:
        pairs.append(frozenset(one.picture for one in pair))
        return compare(*pair)

    monkeypatch.setattr(finding, "relation_of", counting)
    return pairs


def test_only_new_pictures_are_compared_again(
    engine: ImageSearchEngine, compared: list[frozenset[bytes]]
) -> None:
    links = engine.duplicates.find()
    snapshot = engine.require_snapshot()
    one, other = sorted(snapshot.record(path).id for path in ("0.png", "copy.png"))
    assert links.relations == {(one, other): Relation.MIRRORED}
    assert read_links(engine.settings.features, snapshot.library) == links
    assert len(compared) > 1
    compared.clear()
    assert engine.duplicates.find() == links
    assert compared == []
    with Image.open(snapshot.library / "0.png") as flower:
        ImageOps.flip(flower).save(snapshot.library / "new.png")
    engine.index()
    assert len(engine.duplicates.find().relations) > 1
    assert compared
    assert len({*pictures_of(engine.settings.features, engine.require_snapshot()).values()}) == 1


def test_a_file_that_has_changed_has_no_duplicates(engine: ImageSearchEngine) -> None:
    snapshot = engine.require_snapshot()
    sample_flower("rose", 1).save(snapshot.library / "copy.png")
    (snapshot.library / "1.png").write_bytes(b"no picture")
    assert find_duplicates(snapshot).relations == {}


def test_what_would_be_ticked_is_compared_in_detail(engine: ImageSearchEngine) -> None:
    library = engine.require_snapshot().library
    with Image.open(library / "0.png") as flower:
        flower.convert("RGB").save(library / "recompressed.jpg", quality=70)
    with Image.open(library / "1.png") as flower:
        ImageDraw.Draw(flower).text((40, 40), "2024", "white")
        flower.save(library / "dated.png")
    engine.index()
    snapshot = engine.require_snapshot()
    links = engine.duplicates.find()
    ids = {one.path: one.id for one in snapshot.images}
    assert read_links(engine.settings.features, library) == links
    assert links.differences[ids["recompressed.jpg"], ids["0.png"]] == ""
    assert links.differences[ids["dated.png"], ids["1.png"]] == "a part differs"


@pytest.fixture
def flowers(tmp_path: Path) -> IndexSnapshot:
    """Twelve flowers, of which each third one is a mirrored copy, and two are identical."""
    library = tmp_path / "flowers"
    library.mkdir()
    for number in range(12):
        flower = sample_flower("poppy", number // 3 + 1)
        if number % 3:
            flower = ImageOps.mirror(flower) if number % 3 == 1 else flower.rotate(7 * number)
        flower.resize((120, 90)).save(library / f"{number:02}.png")
    shutil.copy(library / "03.png", library / "99.png")
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library)
    return engine.require_snapshot()


def stop_after(calls: int, stage: Stage | None = None) -> Callable[[Progress], None]:
    """A progress callback that cancels at the given call, of all or of one stage."""
    left = iter(range(calls))

    def progress(now: Progress) -> None:
        if stage in (None, now.stage) and next(left, None) is None:
            raise Cancelled("stopped")

    return progress


def test_a_file_that_was_away_is_compared_once_it_is_back(engine: ImageSearchEngine) -> None:
    copy = engine.require_snapshot().library / "copy.png"
    away = copy.rename(copy.with_name("away"))
    assert engine.duplicates.find().relations == {}
    away.rename(copy)
    assert len(engine.duplicates.find().relations) == 1


@pytest.mark.parametrize("calls", [0, 1, 3, 8, 20])
def test_a_cancelled_search_goes_on_where_it_was(
    calls: int,
    flowers: IndexSnapshot,
    compared: list[frozenset[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finding, "_AT_ONCE", 2)
    whole = find_duplicates(flowers)
    everything = Counter(compared)
    assert set(everything.values()) == {1}
    compared.clear()
    saved: list[Links] = []
    with pytest.raises(Cancelled):
        find_duplicates(flowers, save=saved.append, progress=stop_after(calls))
    known = saved[-1]
    before = len(compared)
    assert find_duplicates(flowers, known) == whole
    assert set(compared) == set(everything)
    # Only the pairs of the picture at which it was stopped may have to be compared again.
    again = [pair for pair, times in Counter(compared).items() if times > 1]
    assert before < 2 or len(again) < before
    assert not again or frozenset.intersection(*again)


def test_a_killed_search_goes_on_from_what_it_saved(
    flowers: IndexSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_AT_ONCE", 2)
    monkeypatch.setattr(finding, "_SAVE_EVERY", 0.0)
    saved: list[Links] = []
    whole = find_duplicates(flowers, save=saved.append)
    assert len(saved) > 5
    assert len({len(links.examined) for links in saved}) > 3
    for links in saved[:: len(saved) // 3]:
        assert find_duplicates(flowers, links) == whole


def test_verdicts_that_were_reached_are_kept(engine: ImageSearchEngine) -> None:
    with Image.open(engine.require_snapshot().library / "0.png") as flower:
        flower.convert("RGB").save(engine.require_snapshot().library / "a.jpg", quality=70)
    engine.index()
    with pytest.raises(Cancelled):
        engine.duplicates.find(progress=stop_after(0, Stage.JUDGING))
    links = read_links(engine.settings.features, engine.require_snapshot().library)
    assert links
    assert links.relations
    assert links.contents
    assert links.examined
    assert not links.differences


def test_what_was_found_and_dismissed_is_known_under_a_new_name_of_the_library(
    engine: ImageSearchEngine,
) -> None:
    links = engine.duplicates.find()
    library, features = engine.require_snapshot().library, engine.settings.features
    ids = frozenset(next(iter(links.relations)))
    dismiss(features, library, ids)
    renamed = library.rename(library.with_name("renamed"))
    engine.index(renamed)
    assert read_links(features, renamed) == links
    assert engine.duplicates.sets(engine.require_snapshot()) == ()
    # A folder that is still there is another library.
    library.mkdir()
    assert read_links(features, renamed) is None
    assert read_dismissals(features, renamed) == ()


def test_damaged_links_are_one_clear_line(tmp_path: Path) -> None:
    path = library_file(tmp_path, tmp_path, "links.json")
    links = Links({("a", "b"): Relation.WHOLE}, differences={("b", "a"): ""})
    write_links(tmp_path, tmp_path, links)
    assert read_links(tmp_path, tmp_path) == links
    good = path.read_bytes()
    for content in (
        b"",
        b"{}",
        b"[1]",
        good.replace(b'"whole"', b'"half"'),
        good.replace(b'"moment": []', b'"moment": [1]'),
        good.replace(b'["b", "a", ""]', b'["b", "a"]'),
    ):
        path.write_bytes(content)
        with pytest.raises(FeatureStoreError, match=r"links\.json") as caught:
            read_links(tmp_path, tmp_path)
        assert "\n" not in str(caught.value)


def test_links_of_an_older_version_count_as_none(tmp_path: Path) -> None:
    path = library_file(tmp_path, tmp_path, "links.json")
    write_links(tmp_path, tmp_path, Links())
    path.write_text('{"format": "lookalike-duplicates-1", "same": [["a", "b"]]}')
    assert read_links(tmp_path, tmp_path) is None


def moments(
    snapshot: IndexSnapshot, taken: dict[str, str | None], features: list[list[float]]
) -> list[tuple[str, str]]:
    records = [
        ImageRecord(path, 1, 0, f"{number:032}", 1, 1, at)
        for number, (path, at) in enumerate(sorted(taken.items()))
    ]
    matrix = np.array(features, np.float32)
    found = moment_pairs(replace(snapshot, images=ImageTable.of(records), rows=matrix))
    return [(records[one].path, records[other].path) for one, other in found]


def test_a_moment_is_alike_in_one_folder_and_within_seconds(engine: ImageSearchEngine) -> None:
    snapshot, day = engine.require_snapshot(), "2024-05-04T10:00:"
    taken = {
        "a/1": f"{day}00",
        "a/2": f"{day}04",
        "a/3": f"{day}12",
        "a/4": f"{day}13",
        "a/5": None,
        "b/1": f"{day}01",
    }
    alike, other = [1.0, 0.0], [0.0, 1.0]
    found = moments(snapshot, taken, [alike, alike, alike, other, alike, alike])
    assert found == [("a/1", "a/2")]
