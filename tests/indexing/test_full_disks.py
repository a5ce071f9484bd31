"""A disk without space is one clear line, and the old index stays."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import FeatureStoreError
from core.types import Progress
from tests.indexing.drives import fill, mount
from tests.indexing.faults import Grown, assert_one_line, catalogued, engine, once, worker

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the faults are those of POSIX systems")

STEP = 16_384
PAGE = 4_096


def has_no_room(grown: Grown, progress: Callable[[Progress], None]) -> str:
    """Index; returns the error of a disk that is full, or nothing if all was written."""
    try:
        engine(grown.features).index(grown.library, progress=progress)
    except FeatureStoreError as error:
        message = str(error)
        assert "\n" not in message
        assert str(grown.features) in message
        assert "free some space" in message.lower()
        grown.check_old_index()
        return message
    return ""


@pytest.mark.parametrize(
    ("stage", "leave"),
    [
        ("scanning", 0),  # the first file of the run
        ("scanning", 30_000),  # the catalog is opened
        ("loading model", 0),  # the first array
        ("extracting", 0),  # after the first batch
        ("stacking", 0),
    ],
)
def test_a_disk_that_fills_up_is_one_clear_line(
    stage: str, leave: int, library: Path, drive: Path
) -> None:
    mount(drive, "-t", "tmpfs", "-o", "size=20m", "tmpfs")
    grown = Grown(library, drive / "features")
    fillers: list[Path] = []
    assert has_no_room(grown, once(stage, lambda: fillers.append(fill(drive, leave))))
    fillers.pop().unlink()
    assert (len(catalogued(grown.features)) > 40) == (stage in ("extracting", "stacking"))
    assert list(grown.features.glob("*/*-000002.*")) == []
    grown.check_goes_on()


# In the order in which they are written.
FILES = ("images", "extracted", "matrix", "fit", "distances", "neighbours", "label_free")


@pytest.mark.parametrize("count", [1, 2, 5, len(FILES)])
def test_a_disk_that_fills_up_among_the_files_of_an_index_is_one_clear_line(
    count: int, library: Path, drive: Path, tmp_path: Path
) -> None:
    mount(drive, "-t", "tmpfs", "-o", "size=20m", "tmpfs")
    grown = Grown(library, drive / "features")
    shutil.copytree(grown.features, tmp_path / "features")
    engine(tmp_path / "features").index(library)
    paths = [next((tmp_path / "features").glob(f"*/{name}-000002.*")) for name in FILES]
    # What fits, and some of the next one.
    leave = sum(-(-path.stat().st_size // PAGE) * PAGE for path in paths[:count])
    fillers: list[Path] = []
    assert has_no_room(grown, once("stacking", lambda: fillers.append(fill(drive, leave))))
    fillers.pop().unlink()
    written = {path.name for path in grown.features.glob("*/*-000002.*")}
    assert written == {path.name for path in paths[:count]}
    grown.check_goes_on()


@pytest.mark.slow
def test_a_disk_that_fills_up_anywhere_is_one_clear_line(
    library: Path, drive: Path, tmp_path: Path
) -> None:
    mount(drive, "-t", "tmpfs", "-o", "size=20m", "tmpfs")
    grown = Grown(library, drive / "features")
    shutil.copytree(grown.features, tmp_path / "kept")
    stages: list[str] = []
    ends: set[tuple[str, str]] = set()
    leave = 0
    while True:
        filler = fill(drive, leave)
        message = has_no_room(grown, lambda now: stages.append(now.stage))
        filler.unlink()
        # At the size at which all was written, SQLite may have lacked the room to fold its log
        # into the catalog: the next run leaves nothing of it behind.
        grown.check_goes_on()
        if not message:
            break
        # Without room for the lock, not even the scan begins.
        ends.add((stages[-1] if stages else "starting", message.partition(" cannot ")[0]))
        shutil.rmtree(grown.features)
        shutil.copytree(tmp_path / "kept", grown.features)
        leave += STEP
    assert {stage for stage, _ in ends} == {
        *("starting", "scanning", "loading model", "extracting", "stacking")
    }
    assert {what for _, what in ends} == {"The features", "The catalog"}
    assert leave > 20 * STEP


@pytest.mark.parametrize(
    ("limit", "stage"),
    [
        (1_000, "scanning"),  # too small to open the catalog
        (40_000, "extracting"),  # to add to the catalog
        (200_000, "stacking"),  # for the matrix; 82 kB hold the old one
    ],
)
def test_a_file_that_cannot_grow_is_one_clear_line(limit: int, stage: str, grown: Grown) -> None:
    with worker(grown.library, grown.features, "--file-limit", str(limit)) as run:
        code, error = run.finish()
    assert code == 2
    assert_one_line(error)
    assert str(grown.features) in error
    assert [line for line in run.read if line.startswith("step ")][-1].split()[1] == stage
    grown.check_old_index()
    grown.check_goes_on()
