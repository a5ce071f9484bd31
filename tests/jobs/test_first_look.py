"""The first gallery can be searched by colours while it is indexed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import Cancelled
from core.images import load_image
from core.jobs import first_look
from core.jobs.first_look import FirstLook
from core.search import SearchOptions
from core.types import IndexReport, Progress, ProgressCallback, Stage
from tests.fakes import fake_extractor, save_picture, stop_when


@pytest.fixture
def engine(tmp_path: Path) -> ImageSearchEngine:
    settings = Settings(features=tmp_path / "features", weights="random", descriptor="avg")
    return ImageSearchEngine(settings, make_extractor=fake_extractor)


@pytest.fixture
def cats(tmp_path: Path) -> Path:
    for number in range(3):
        save_picture(tmp_path / "cats" / f"{number}.png", number)
    return tmp_path / "cats"


@pytest.fixture(autouse=True)
def small_galleries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_look, "FIRST_LOOK_FROM", 3)


def index(
    look: FirstLook, engine: ImageSearchEngine, library: Path, progress: ProgressCallback
) -> IndexReport:
    with look.during_run(library, progress):
        return engine.index(library, progress=progress)


def test_a_first_look_is_searched_by_its_colours_until_the_first_gallery_is_there(
    engine: ImageSearchEngine, cats: Path
) -> None:
    look, query = FirstLook(engine), load_image(cats / "1.png").pixels
    looked: list[str] = []

    def step(now: Progress) -> None:
        if now.stage is Stage.EXTRACTING:
            snapshot = look.snapshot
            assert snapshot is not None
            assert snapshot.provisional
            assert (snapshot.space.model, snapshot.space.descriptor) == ("pixels", "hsv")
            assert (engine.galleries(), engine.snapshot()) == ((), None)
            # The descriptor of the settings is for the gallery, not for this index.
            result = engine.search(query, SearchOptions(k=3), snapshot=snapshot)
            looked.append(result.matches[0].image)
            assert result.matches[0].distance < 1e-6

    report = index(look, engine, cats, step)
    assert looked
    assert set(looked) == {"1.png"}
    assert look.snapshot is None
    assert engine.require_snapshot().space == report.space
    assert not engine.require_snapshot().provisional
    assert report.space.descriptor == "avg"


def test_a_small_gallery_needs_no_first_look(
    engine: ImageSearchEngine, cats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_look, "FIRST_LOOK_FROM", 4)
    look, stages = FirstLook(engine), set()

    def step(now: Progress) -> None:
        stages.add(now.stage)
        assert look.snapshot is None

    index(look, engine, cats, step)
    assert stages
    assert Stage.LOOKING not in stages


def test_a_second_gallery_and_a_second_run_need_no_first_look(
    engine: ImageSearchEngine, cats: Path, tmp_path: Path
) -> None:
    for number in range(4):
        save_picture(tmp_path / "dogs" / f"{number}.png", 10 + number)
    engine.index(cats)
    stages: set[Stage] = set()
    for library in (tmp_path / "dogs", cats):
        index(FirstLook(engine), engine, library, lambda now: stages.add(now.stage))
    assert stages
    assert Stage.LOOKING not in stages


def test_a_cancelled_first_run_leaves_no_first_look(engine: ImageSearchEngine, cats: Path) -> None:
    look = FirstLook(engine)
    with pytest.raises(Cancelled):
        index(look, engine, cats, stop_when(lambda: look.snapshot is not None))
    assert look.snapshot is None
    assert engine.snapshot() is None
    other = ImageSearchEngine(
        dataclasses.replace(engine.settings, descriptor=None), make_extractor=fake_extractor
    )
    assert other.index(cats).space.descriptor == "rmac"
