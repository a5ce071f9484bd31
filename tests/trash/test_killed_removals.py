"""A removal or an undo that is killed loses nothing: journal and disk agree."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.trash import last_removal, undo
from tests.trash.libraries import contents, fill_library, pictures

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the trash of freedesktop.org")

ROOT = Path(__file__).parents[2]
IMAGES = 200


def killed(tmp_path: Path, *options: str) -> None:
    command = [sys.executable, "-m", "tests.trash.removal_worker"]
    places = [str(tmp_path / "features"), str(tmp_path / "library")]
    done = subprocess.run([*command, *places, *options], cwd=ROOT, env=os.environ, check=False)
    assert done.returncode == -signal.SIGKILL


def check(tmp_path: Path, before: dict[str, bytes], *, away: int) -> None:
    """So many files are away and the journal says which; an undo brings all of them back."""
    features, library = tmp_path / "features", tmp_path / "library"
    left = contents(library)
    assert len(before) - len(left) == away
    assert left.items() <= before.items()
    removal = last_removal(features, library)
    assert (removal is not None) == bool(away)
    if removal:
        assert {one.image for one in removal.removed} == before.keys() - left.keys()
    report = undo(features, library)
    assert (len(report.restored), report.missing) == (away, ())
    assert contents(library) == before
    assert last_removal(features, library) is None


@pytest.mark.parametrize(
    ("options", "away"),
    [
        (("--before", "0"), 0),
        (("--within", "73"), 73),
        (("--after", "200"), 200),
    ],
)
def test_a_killed_removal_of_200_files_loses_nothing(
    options: tuple[str, ...], away: int, tmp_path: Path, trash: Path
) -> None:
    fill_library(tmp_path / "library", IMAGES)
    before = contents(tmp_path / "library")
    killed(tmp_path, *options)
    check(tmp_path, before, away=away)
    # Nothing is left in the trash of what came back.
    assert contents(trash) == {}


@pytest.mark.slow
@pytest.mark.parametrize("way", ["--before", "--after", "--within"])
@pytest.mark.parametrize("number", range(1, 41, 3))
def test_a_removal_killed_anywhere_loses_nothing(
    way: str, number: int, tmp_path: Path, trash: Path
) -> None:
    fill_library(tmp_path / "library", 40)
    before = contents(tmp_path / "library")
    killed(tmp_path, way, str(number - (way == "--before")))
    check(tmp_path, before, away=number - (way == "--before"))


def test_a_killed_removal_into_a_folder_loses_nothing(tmp_path: Path, trash: Path) -> None:
    fill_library(tmp_path / "library", 20)
    before = contents(tmp_path / "library")
    killed(tmp_path, "--into", str(tmp_path / "elsewhere"), "--after", "7")
    assert len(pictures(tmp_path / "elsewhere")) == 7
    check(tmp_path, before, away=7)


def test_a_killed_undo_goes_on(tmp_path: Path, trash: Path) -> None:
    fill_library(tmp_path / "library", 20)
    before = contents(tmp_path / "library")
    killed(tmp_path, "--after", "12")
    killed(tmp_path, "--undo", "--after", "20")
    assert contents(tmp_path / "library").items() <= before.items()
    undo(tmp_path / "features", tmp_path / "library")
    assert contents(tmp_path / "library") == before
    assert last_removal(tmp_path / "features", tmp_path / "library") is None
