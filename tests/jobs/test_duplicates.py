"""Duplicates are found, removed and brought back in the background, one action at a time."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from core.config import Settings
from core.duplicates import (
    SAME,
    DuplicateImage,
    DuplicateSet,
    proposed,
)
from core.engine import ImageSearchEngine
from core.jobs import TaskState
from core.jobs.duplicates import DuplicatesJob
from core.trash import RemovalReport, UndoReport, undo
from tests.fakes import save_picture, stop_when

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the trash of freedesktop.org")


@pytest.fixture
def engine(tmp_path: Path) -> ImageSearchEngine:
    """Five pictures and an identical copy of each."""
    library = tmp_path / "library"
    for number in range(5):
        path = save_picture(library / f"{number}.png", number)
        (library / "copies").mkdir(exist_ok=True)
        shutil.copy(path, library / "copies" / path.name)
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library)
    return engine


def sets(engine: ImageSearchEngine) -> tuple[DuplicateSet, ...]:
    found = engine.duplicates.sets(engine.require_snapshot())
    assert found is not None
    return found


def images(engine: ImageSearchEngine) -> int:
    return len(engine.require_snapshot().images)


def test_found_removed_and_brought_back(engine: ImageSearchEngine, trash: Path) -> None:
    job = DuplicatesJob(engine)
    job.find(None)
    job.wait()
    assert job.latest and (job.latest.state, job.latest.result) == (TaskState.DONE, None)
    found = sets(engine)
    assert len(found) == 5
    job.remove(None, found, proposed(found))
    job.wait()
    assert job.latest.result
    removed = job.latest.result.report
    assert isinstance(removed, RemovalReport) and len(removed.moved) == 5
    assert images(engine) == 5
    job.undo(None)
    job.wait()
    assert job.latest.result
    restored = job.latest.result.report
    assert isinstance(restored, UndoReport) and len(restored.restored) == 5
    assert images(engine) == 10


def test_all_of_a_set_are_never_removed(engine: ImageSearchEngine, trash: Path) -> None:
    job = DuplicatesJob(engine)
    job.find(None)
    job.wait()
    found = sets(engine)
    everything = {one.image for each in found for one in each.images}
    job.remove(None, found, everything)
    job.wait()
    assert job.latest and job.latest.result
    report = job.latest.result.report
    assert isinstance(report, RemovalReport)
    assert (len(report.moved), len(report.refused)) == (0, 10)
    assert images(engine) == 10


def test_of_copies_whose_kept_file_goes_too_none_is_moved(
    engine: ImageSearchEngine, trash: Path
) -> None:
    """A copy was compared with the file to keep only: what else stays may show less."""
    library = engine.require_snapshot().library
    with Image.open(library / "0.png") as picture:
        picture.crop((0, 0, 40, picture.height)).save(library / "0 part.png")
    engine.index()
    snapshot = engine.require_snapshot()
    kept, copy, part = (snapshot.record(path) for path in ("0.png", "copies/0.png", "0 part.png"))
    made = DuplicateSet(
        SAME,
        (
            DuplicateImage(kept, keep=True, why=""),
            DuplicateImage(copy, keep=False, why="", ticked=True),
            DuplicateImage(part, keep=False, why="", version=True),
        ),
    )
    outcome = engine.duplicates.remove(None, [made], {kept.path, copy.path})
    assert outcome.report.moved == (kept.path,)
    assert [one.image for one in outcome.report.refused] == [copy.path]


def test_a_cancelled_removal_leaves_index_and_library_alike(
    engine: ImageSearchEngine, trash: Path
) -> None:
    job = DuplicatesJob(engine)
    job.find(None)
    job.wait()
    found, steps = sets(engine), iter(range(100))
    outcome = engine.duplicates.remove(
        None, found, proposed(found), progress=stop_when(lambda: next(steps) == 3)
    )
    # What was moved before it was stopped is told.
    assert len(outcome.report.moved) == 3
    assert "Stopped" in str(outcome.report.problem)
    assert outcome.index_problem is None
    library = engine.require_snapshot().library
    assert images(engine) == len(list(library.rglob("*.png"))) == 7
    assert len(undo(engine.settings.features, library).restored) == 3


def test_without_an_index_a_search_fails_in_one_line(tmp_path: Path) -> None:
    job = DuplicatesJob(ImageSearchEngine(Settings(features=tmp_path / "none")))
    job.find(None)
    job.wait()
    assert job.latest and job.latest.state is TaskState.FAILED
    assert "Index a folder" in str(job.latest.error)
