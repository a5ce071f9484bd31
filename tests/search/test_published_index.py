"""The approximate index that an update makes: it is searched, kept up to date, and may be lost."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import FeatureStoreError
from core.images import load_image
from core.search import ApproximateIndex, SearchOptions
from core.search.inverted_lists import faiss
from tests.fakes import fake_extractor, save_picture


def engine_in(features: Path, index: str) -> ImageSearchEngine:
    settings = Settings(features=features, weights="random", index=index)
    return ImageSearchEngine(settings, make_extractor=fake_extractor)


def answers(engine: ImageSearchEngine, library: Path, **options: bool) -> list[tuple[str, float]]:
    query = load_image(library / "red" / "red-00.png").pixels
    return [
        (match.image, match.distance)
        for match in engine.search(query, SearchOptions(**options)).matches
    ]


@pytest.fixture
def engine(library: Path, tmp_path: Path) -> ImageSearchEngine:
    """An approximate index of forty images, all of which are looked at."""
    engine = engine_in(tmp_path / "features", "approximate")
    engine.index(library)
    return engine


def file_of(engine: ImageSearchEngine) -> Path:
    path = engine.require_snapshot().approximate
    assert path is not None
    return path


def test_an_update_makes_it_keeps_it_and_takes_it_away(
    engine: ImageSearchEngine, library: Path, tmp_path: Path
) -> None:
    first, exact = file_of(engine), answers(engine, library, exact=True)
    assert answers(engine, library) == exact
    assert engine.info().index == "approximate"
    assert engine.info().recall == 1
    assert "finds 100.0% of the 30 closest" in engine.info().index_line
    assert engine.index(library).generation == 1
    save_picture(library / "red" / "new.png", 4711)
    assert engine.index(library).generation == 2
    assert file_of(engine) != first
    assert answers(engine, library) == answers(engine, library, exact=True)
    other = engine_in(tmp_path / "features", "exact")
    assert other.index(library).generation == 3
    assert (other.info().index, other.info().recall) == ("exact", None)


def test_without_its_file_searches_are_exact_until_the_next_update(
    engine: ImageSearchEngine, library: Path, tmp_path: Path
) -> None:
    exact = answers(engine, library, exact=True)
    file_of(engine).unlink()
    again = engine_in(tmp_path / "features", "approximate")
    assert again.info().index_line == "exact"
    assert answers(again, library) == exact
    assert again.index(library).generation == 2
    assert file_of(again).exists()


def test_a_damaged_file_is_one_clear_line_and_an_update_replaces_it(
    engine: ImageSearchEngine, library: Path, tmp_path: Path
) -> None:
    exact = answers(engine, library, exact=True)
    file_of(engine).write_bytes(b"nothing of the kind")
    again = engine_in(tmp_path / "features", "approximate")
    with pytest.raises(FeatureStoreError, match="Delete this file and update the gallery"):
        answers(again, library)
    assert answers(again, library, exact=True) == exact
    save_picture(library / "red" / "new.png", 4711)
    again.index(library)
    assert answers(again, library) == answers(again, library, exact=True)


def test_a_single_image_has_one_too(tmp_path: Path) -> None:
    save_picture(tmp_path / "one" / "a.png", 1)
    engine = engine_in(tmp_path / "features", "approximate")
    engine.index(tmp_path / "one")
    query = load_image(tmp_path / "one" / "a.png").pixels
    assert file_of(engine).exists()
    assert [match.image for match in engine.search(query).matches] == ["a.png"]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def of_another_matrix(path: Path) -> None:
    with path.open("wb") as file:
        ApproximateIndex.of(np.eye(20, 8, dtype=np.float32)).save(file)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (Path.unlink, "the approximate index is missing"),
        (cut, "not the one that was saved"),
        (changed, "not the one that was saved"),
        (emptied, "not the one that was saved"),
        (of_another_matrix, "an index of another matrix"),
    ],
)
def test_a_repair_makes_a_damaged_one_anew(
    damage: Callable[[Path], None],
    problem: str,
    engine: ImageSearchEngine,
    library: Path,
    tmp_path: Path,
) -> None:
    assert engine.check() == ()
    before = file_of(engine)
    damage(before)
    again = engine_in(tmp_path / "features", "approximate")
    (found,) = again.check()
    assert found.what == before.name
    assert problem in found.problem
    report = again.repair()
    assert (report.extracted, report.generation) == (0, 2)
    assert again.check() == ()
    assert answers(again, library) == answers(again, library, exact=True)


def test_without_faiss_no_damage_of_it_is_claimed(
    engine: ImageSearchEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(file_of(engine))
    monkeypatch.setitem(sys.modules, "faiss", None)
    faiss.cache_clear()
    assert engine_in(tmp_path / "features", "auto").check() == ()
