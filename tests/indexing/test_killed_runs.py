"""A killed indexing run loses at most the batch in flight and damages nothing."""

from __future__ import annotations

import os
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import save_picture
from tests.indexing.campaign import Campaign
from tests.indexing.faults import (
    KILLED,
    Grown,
    Process,
    assert_one_line,
    assert_searched,
    catalogued,
    close,
    engine,
    index_command,
    leftovers,
    worker,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the faults are those of POSIX systems")


def test_killed_runs_lose_and_damage_nothing(tmp_path: Path) -> None:
    Campaign(tmp_path, seed=0).run(kills=8)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_hundred_killed_runs_lose_and_damage_nothing(seed: int, tmp_path: Path) -> None:
    campaign = Campaign(tmp_path, seed)
    campaign.run(kills=25)
    print(f"killed {dict(campaign.moments)}; {campaign.finished_runs} runs were through before")


def check_killed(library: Path, features: Path, *options: str) -> None:
    """Kill a first run where a temporary file is complete, and see that the next one is whole."""
    with worker(library, features, *options) as run:
        assert run.finish() == (KILLED, "")
    assert engine(features).index(library).images == 2
    assert_searched(features, library, 2)
    assert leftovers(features) == []
    assert engine(features).check() == ()


@pytest.mark.parametrize("name", ["store.json", "matrix-000001.npy", "index.json"])
def test_a_run_killed_while_it_saves_a_file_leaves_nothing(
    name: str, two: Path, tmp_path: Path
) -> None:
    check_killed(two, tmp_path / "features", "--kill-at", name)


@pytest.mark.slow
def test_a_run_killed_while_it_saves_any_file_leaves_nothing(two: Path, tmp_path: Path) -> None:
    features = tmp_path / "unbroken"
    with worker(two, features) as run:
        assert run.finish() == (0, "")
    saved = [line.removeprefix("saved ") for line in run.read if line.startswith("saved ")]
    # All but the catalog and the lock are complete before they have their name.
    files = [path.name for path in features.rglob("*") if path.is_file()]
    assert {*files} - {*saved} == {"catalog.sqlite", ".lock"}
    for number in range(1, len(saved) + 1):
        check_killed(two, tmp_path / f"features-{number}", "--kill-at-save", str(number))


def test_a_feature_saved_but_not_recorded_goes_with_its_image(two: Path, tmp_path: Path) -> None:
    features = tmp_path / "features"
    with worker(two, features, "--kill-at", "a.jpg.npy") as run:
        assert run.finish() == (KILLED, "")
    (saved,) = features.rglob("*.npy")
    assert catalogued(features) == []
    next(two.rglob(saved.stem)).unlink()
    engine(features).index(two)
    assert not saved.exists()
    assert len(list(features.glob("*/arrays/**/*.npy"))) == 1
    assert leftovers(features) == []
    assert engine(features).check() == ()


def test_an_image_that_comes_back_as_it_was_gets_its_feature(two: Path, tmp_path: Path) -> None:
    features = tmp_path / "features"
    engine(features).index(two)
    before = np.array(engine(features).require_snapshot().matrix)
    shutil.copytree(two, tmp_path / "backup")
    for seed, name in enumerate(("a.jpg", "b/c.png"), 7):
        save_picture(two / name, seed)
        os.utime(two / name, (seed, seed))
    with worker(two, features, "--kill-at", "a.jpg.npy") as run:
        assert run.finish() == (KILLED, "")
    shutil.copytree(tmp_path / "backup", two, dirs_exist_ok=True)
    engine(features).index(two)
    after = engine(features).require_snapshot().matrix
    assert all(map(close, before, after))
    assert engine(features).check() == ()


def test_runs_killed_before_they_publish_leave_the_index(two: Path, tmp_path: Path) -> None:
    features = tmp_path / "features"
    engine(features).index(two)
    save_picture(two / "a.jpg", 7)
    os.utime(two / "a.jpg", (7, 7))
    # Before the index, twice, of which the matrix is there; then before a third matrix.
    for name in ("index.json", "index.json", "matrix-000002.npy"):
        with worker(two, features, "--kill-at", name) as run:
            assert run.finish() == (KILLED, "")
        assert_searched(features, two, 2)
        assert engine(features).require_snapshot().generation == 1
    assert engine(features).index(two).extracted == 0
    assert leftovers(features) == []


def test_the_second_of_two_runs_says_who_is_indexing(library: Path, tmp_path: Path) -> None:
    features = tmp_path / "features"
    engine(features).index(library)
    save_picture(library / "new.jpg", 999)
    began = datetime.now().astimezone() - timedelta(seconds=1)
    with worker(library, features, "--hold", "extracting") as first:
        first.wait_for("step extracting")
        with Process("core", index_command(library, features)) as second:
            code, error = second.finish()
        assert (code, second.read) == (2, [])
        assert_one_line(error)
        told = re.search(r"process (\d+), since (\S+ \S+)\)", error)
        assert told, error
        assert int(told[1]) == first.popen.pid
        assert began <= datetime.fromisoformat(told[2]) <= datetime.now().astimezone()
        assert_searched(features, library, 40)
        first.popen.kill()
        assert first.finish()[0] == KILLED
    # Nobody holds the folder any more, though what the dead process wrote of itself is there.
    with worker(library, features) as third:
        assert third.finish() == (0, "")
        assert (third.report["images"], third.report["extracted"]) == (41, 0)
    assert leftovers(features) == []


def test_arrays_that_a_power_cut_emptied_are_made_again(grown: Grown) -> None:
    engine(grown.features).index(grown.library)
    for path in sorted(grown.features.glob("*/arrays/new/*.npy"))[:7]:
        os.truncate(path, 0)
    report = engine(grown.features).index(grown.library)
    assert (report.images, report.extracted) == (grown.images, 7)
    assert engine(grown.features).check() == ()
