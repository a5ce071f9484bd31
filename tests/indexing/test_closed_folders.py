"""Features that cannot be written are read; images that cannot be read stay in the index."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.errors import FeatureStoreError
from tests.indexing.drives import mount
from tests.indexing.faults import (
    KILLED,
    Grown,
    Process,
    assert_one_line,
    engine,
    index_command,
    not_as_superuser,
    once,
    worker,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the faults are those of POSIX systems")


def test_features_without_the_permission_to_write_are_read(open_grown: Grown) -> None:
    for path in (open_grown.features, *open_grown.features.rglob("*")):
        path.chmod(0o500 if path.is_dir() else 0o400)
    with not_as_superuser():
        check_read_only(open_grown)


@pytest.mark.parametrize("before", ["a run that was through", "a run that was killed"])
def test_features_on_a_read_only_disk_are_read(before: str, library: Path, drive: Path) -> None:
    mount(drive, "-t", "tmpfs", "tmpfs")
    grown = Grown(library, drive / "features")
    if before == "a run that was killed":
        with worker(library, grown.features, "--kill", "3", "0") as run:
            assert run.finish() == (KILLED, "")
        assert list(grown.features.glob("*/catalog.sqlite-wal"))
    mount(drive, "-o", "remount,ro")
    check_read_only(grown)
    with Process("core", ["info", "--features", str(grown.features), "--json"]) as info:
        assert info.finish() == (0, "")
    assert info.report["images"] == 40
    with Process("core", index_command(library, grown.features)) as index:
        code, error = index.finish()
    assert code == 2
    assert_one_line(error)
    assert "(Read-only file system)" in error


def check_read_only(grown: Grown) -> None:
    """Features that cannot be written are read; indexing says in one line why it does not."""
    described = engine(grown.features).info()
    assert (described.images, len(described.runs)) == (40, 1)
    assert engine(grown.features).check() == ()
    grown.check_old_index()
    with pytest.raises(FeatureStoreError) as caught:
        engine(grown.features).index(grown.library)
    message = str(caught.value)
    assert "\n" not in message
    assert f"{grown.features} (" in message
    assert "make it writable or choose another folder with --features." in message
    grown.check_old_index()


def test_images_of_a_folder_that_may_not_be_opened_stay(open_grown: Grown) -> None:
    closed = open_grown.library / "a"
    closed.chmod(0)
    with not_as_superuser():
        report = engine(open_grown.features).index(open_grown.library)
    assert report.images == open_grown.images
    assert [item.image for item in report.skipped] == ["a"]
    closed.chmod(0o700)
    assert engine(open_grown.features).index(open_grown.library).extracted == 0


@pytest.mark.parametrize("stage", ["loading model", "extracting"])
def test_images_of_a_folder_that_closes_in_mid_run_stay(stage: str, open_grown: Grown) -> None:
    closed = open_grown.library / "a"
    with not_as_superuser():
        report = engine(open_grown.features).index(
            open_grown.library, progress=once(stage, lambda: closed.chmod(0))
        )
    assert report.images == open_grown.images
    closed.chmod(0o700)
    assert engine(open_grown.features).index(open_grown.library).extracted == 0
