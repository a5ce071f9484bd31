"""What is found in a gallery, saved, and found again without comparing twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from core.config import Settings
from core.datasets import draw_flower
from core.duplicates import find_and_save, find_duplicates, finding, pictures_of
from core.duplicates.links import Links, read_links, write_links
from core.duplicates.moments import moment_pairs
from core.engine import ImageSearchEngine
from core.errors import Cancelled, FeatureStoreError
from core.feature_store import ImageTable, IndexSnapshot, library_file
from core.types import ImageRecord
from tests.fakes import stop_when


@pytest.fixture
def engine(tmp_path: Path) -> ImageSearchEngine:
    """Three flowers and a mirrored copy of the first."""
    library = tmp_path / "library"
    library.mkdir()
    for number, kind in enumerate(("poppy", "daffodil", "tulip")):
        draw_flower(kind, seed=4, number=number).save(library / f"{number}.png")
    with Image.open(library / "0.png") as flower:
        ImageOps.mirror(flower).save(library / "copy.png")
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library)
    return engine


def test_only_new_pictures_are_compared_again(
    engine: ImageSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    verify = finding.is_same_picture

    def counting(*pair: finding.LocalFeatures) -> bool:
        compared.append(1)
        return verify(*pair)

    monkeypatch.setattr(finding, "is_same_picture", counting)
    links = find_and_save(engine)
    snapshot = engine.require_snapshot()
    pair = sorted(snapshot.record(path).id for path in ("0.png", "copy.png"))
    assert [list(one) for one in links.same] == [pair]
    assert read_links(engine.settings.features, snapshot.library) == links
    assert len(compared) > 1
    compared.clear()
    assert find_and_save(engine) == links
    assert compared == []
    with Image.open(snapshot.library / "0.png") as flower:
        ImageOps.flip(flower).save(snapshot.library / "new.png")
    engine.index()
    assert len(find_and_save(engine).same) > 1
    assert compared
    assert len({*pictures_of(engine, engine.require_snapshot()).values()}) == 1


def test_a_file_that_has_changed_has_no_duplicates(engine: ImageSearchEngine) -> None:
    snapshot = engine.require_snapshot()
    draw_flower("rose", seed=1, number=1).save(snapshot.library / "copy.png")
    (snapshot.library / "1.png").write_bytes(b"no picture")
    assert find_duplicates(snapshot).same == frozenset()


def test_a_cancelled_search_leaves_what_was_found(engine: ImageSearchEngine) -> None:
    links = find_and_save(engine)
    library = engine.require_snapshot().library
    path = library_file(engine.settings.features, library, "links.json")
    write_links(engine.settings.features, library, replace(links, examined=frozenset()))
    before = path.read_bytes()
    with pytest.raises(Cancelled):
        find_and_save(engine, progress=stop_when(lambda: True))
    assert path.read_bytes() == before


def test_damaged_links_are_one_clear_line(tmp_path: Path) -> None:
    path = library_file(tmp_path, tmp_path, "links.json")
    write_links(tmp_path, tmp_path, Links())
    for content in (b"", b"{}", b"[1]", path.read_bytes().replace(b'"same": []', b'"same": [1]')):
        path.write_bytes(content)
        with pytest.raises(FeatureStoreError, match=r"links\.json") as caught:
            read_links(tmp_path, tmp_path)
        assert "\n" not in str(caught.value)


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
