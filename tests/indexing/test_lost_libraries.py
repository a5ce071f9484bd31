"""A library or a drive that goes away changes nothing in the index."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import LibraryError
from core.model import BATCH_SIZE
from tests.fakes import save_picture
from tests.indexing.drives import mount, unmount
from tests.indexing.faults import Grown, assert_searched, catalogued, engine, once

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the faults are those of POSIX systems")


@pytest.mark.parametrize(
    ("stage", "leaves"),
    [
        ("scanning", "nothing"),
        ("scanning", "another folder"),
        ("loading model", "an empty folder"),
        ("extracting", "nothing"),
        ("extracting", "an empty folder"),
        ("extracting", "another folder"),
    ],
)
def test_a_library_that_goes_away_in_mid_run_changes_nothing(
    stage: str, leaves: str, grown: Grown
) -> None:
    aside = grown.library.with_name("aside")

    def unplug() -> None:
        grown.library.rename(aside)
        if leaves != "nothing":
            grown.library.mkdir()
        if leaves == "another folder":
            (grown.library / "read me.txt").write_text("plug the drive in")

    with pytest.raises(LibraryError) as caught:
        engine(grown.features).index(grown.library, progress=once(stage, unplug))
    # Not even while somebody still holds the error: it is no matter of the garbage collector.
    assert [thread for thread in threading.enumerate() if thread.name.startswith("load")] == []
    assert "\n" not in str(caught.value)
    assert str(grown.library) in str(caught.value)
    assert grown.published() == grown.old
    if grown.library.exists():
        shutil.rmtree(grown.library)
    aside.rename(grown.library)
    assert (len(catalogued(grown.features)) > 40) == (stage != "scanning")
    grown.check_old_index()
    grown.check_goes_on()


def test_a_drive_that_is_unplugged_changes_nothing(
    library: Path, drive: Path, tmp_path: Path
) -> None:
    mount(drive, "--bind", str(library))
    grown = Grown(drive, tmp_path / "features")
    with pytest.raises(LibraryError, match="went away"):
        engine(grown.features).index(drive, progress=once("extracting", lambda: unmount(drive)))
    assert not list(drive.iterdir())
    assert grown.published() == grown.old
    with pytest.raises(LibraryError, match="No images found"):
        engine(grown.features).index(drive)
    assert grown.published() == grown.old
    mount(drive, "--bind", str(library))
    grown.check_old_index()
    grown.check_goes_on()


@pytest.fixture
def travels(library: Path, drive: Path, tmp_path: Path) -> Iterator[Path]:
    """The features of a library with a drive mounted below it and a link to another one."""
    (library / "usb").mkdir()
    (library / "album").symlink_to(drive / "album")
    plug_in(library, drive)
    features = tmp_path / "features"
    assert engine(features).index(library).images == 44
    yield features
    while unmount(library / "usb"):
        pass


def plug_in(library: Path, drive: Path) -> None:
    mount(drive, "-t", "tmpfs", "tmpfs")
    mount(library / "usb", "-t", "tmpfs", "tmpfs")
    for seed in (1001, 1002):
        save_picture(library / "usb" / "trip" / f"{seed}.png", seed)
        save_picture(drive / "album" / f"{seed}.png", 10 * seed)
        for file in (f"usb/trip/{seed}.png", f"album/{seed}.png"):
            os.utime(library / file, ns=(seed, seed))


@pytest.mark.parametrize("leaves", ["the folder", "nothing"])
def test_images_of_unplugged_drives_below_the_library_stay(
    leaves: str, library: Path, travels: Path, drive: Path
) -> None:
    assert unmount(library / "usb")
    assert unmount(drive)
    if leaves == "nothing":
        (library / "usb").rmdir()
    shutil.rmtree(library / "red")
    for removed in (10, 0):
        report = engine(travels).index(library)
        assert (report.images, report.removed, report.extracted) == (34, removed, 0)
        assert [item.image for item in report.skipped] == ["album", "usb"]
        assert all("not plugged in" in item.reason for item in report.skipped)
        assert_searched(travels, library, 34)
    (library / "usb").mkdir(exist_ok=True)
    plug_in(library, drive)
    report = engine(travels).index(library)
    assert (report.images, report.extracted, report.skipped) == (34, 0, ())
    assert engine(travels).check() == ()


def test_a_drive_below_the_library_that_goes_in_mid_run_changes_nothing(
    library: Path, travels: Path
) -> None:
    save_picture(library / "new.jpg", 2001)
    for seed in range(3 * BATCH_SIZE):
        save_picture(library / "usb" / "new" / f"{seed}.png", 3000 + seed)
    unplug = once("extracting", lambda: unmount(library / "usb"))
    with pytest.raises(LibraryError, match=r"expected .*/usb to stay reachable"):
        engine(travels).index(library, progress=unplug)
    assert_searched(travels, library, 44)


def test_what_is_deleted_for_good_is_removed_also_from_a_drive(
    library: Path, travels: Path, drive: Path
) -> None:
    shutil.rmtree(library / "usb" / "trip")
    save_picture(library / "usb" / "other.png", 2002)
    # The link is deleted, not what it leads to.
    (library / "album").unlink()
    report = engine(travels).index(library)
    assert (report.images, report.removed, report.extracted, report.skipped) == (41, 4, 1, ())
    assert unmount(library / "usb")
    assert engine(travels).index(library).images == 41
    report = engine(travels).index(library, rebuild=True)
    assert (report.images, report.skipped) == (40, ())


def test_a_library_that_was_emptied_or_lost_changes_nothing(grown: Grown) -> None:
    grown.library.rename(grown.library.with_name("aside"))
    for message in ("does not exist", "No images found"):
        with pytest.raises(LibraryError, match=message):
            engine(grown.features).index(grown.library)
        assert grown.published() == grown.old
        assert len(catalogued(grown.features)) == 40
        grown.library.mkdir(exist_ok=True)
    grown.library.rmdir()
    grown.library.with_name("aside").rename(grown.library)
    grown.check_goes_on()
