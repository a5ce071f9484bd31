"""Images go to the trash or into a folder, as they were seen, and come back."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigurationError, FeatureStoreError
from core.trash import last_removal, undo
from tests.fakes import save_picture
from tests.indexing.drives import fill, mount, unmount
from tests.trash.libraries import (
    KEPT,
    PICTURES,
    contents,
    fill_library,
    pictures,
    records,
    remove_images,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the trash of freedesktop.org")


def test_images_go_to_the_trash_and_come_back(tmp_path: Path, trash: Path) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    images = fill_library(library)
    before = contents(library)
    report = remove_images(features, library, images[:4])
    assert report.moved == tuple(one.path for one in images[:4])
    assert (report.refused, report.problem) == ((), None)
    assert report.bytes == sum(one.size for one in images[:4])
    assert sorted(contents(library)) == [*(one.path for one in images[4:]), KEPT]
    assert {*contents(trash / "files").values()} == {before[one.path] for one in images[:4]}
    removal = last_removal(features, library)
    assert removal and [one.image for one in removal.removed] == list(report.moved)
    # A folder that became empty may be gone.
    assert undo(features, library).restored == report.moved
    assert contents(library) == before
    assert contents(trash) == {}
    assert undo(features, library) == undo(features, tmp_path / "other")


def test_a_file_that_was_changed_or_is_gone_stays(tmp_path: Path, trash: Path) -> None:
    library = tmp_path / "library"
    images = fill_library(library)
    # Of the same size and with the same date: only the content tells.
    path = library / images[0].path
    content, state = bytearray(path.read_bytes()), path.stat()
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    (library / images[1].path).unlink()
    report = remove_images(tmp_path / "features", library, images[:3])
    assert report.moved == (images[2].path,)
    assert {one.image for one in report.refused} == {images[0].path, images[1].path}
    assert path.read_bytes() == content


def test_no_link_leads_out_of_the_library(tmp_path: Path, trash: Path) -> None:
    library, outside = tmp_path / "library", tmp_path / "outside"
    fill_library(library)
    save_picture(outside / "private.png", 99)
    (library / "linked").symlink_to(outside)
    (library / "link.png").symlink_to(outside / "private.png")
    (private,) = records(outside)
    names = (
        "linked/private.png",
        "link.png",
        "../outside/private.png",
        "a/../../outside/private.png",
    )
    report = remove_images(
        tmp_path / "features", library, [replace(private, path=name) for name in names]
    )
    assert report.moved == ()
    assert len(report.refused) == len(names)
    assert sorted(contents(outside)) == ["private.png"]


def test_images_move_into_a_folder_and_come_back(tmp_path: Path, trash: Path) -> None:
    library, into = tmp_path / "library", tmp_path / "sorted out"
    images = fill_library(library)
    before = contents(library)
    save_picture(into / images[0].path, 77)
    report = remove_images(tmp_path / "features", library, images, into=into)
    assert len(report.moved) == PICTURES
    assert contents(trash) == {}
    # A file that was there is not overwritten.
    assert len(pictures(into)) == PICTURES + 1
    assert {*before.values()} - {before[KEPT]} < {*contents(into).values()}
    assert len(undo(tmp_path / "features", library).restored) == PICTURES
    assert contents(library) == before


def test_images_do_not_move_into_the_library(tmp_path: Path, trash: Path) -> None:
    images = fill_library(tmp_path / "library")
    with pytest.raises(ConfigurationError, match="outside of the library"):
        remove_images(
            tmp_path / "features", tmp_path / "library", images, into=tmp_path / "library" / "x"
        )


def test_a_journal_on_a_full_disk_moves_nothing(drive: Path, tmp_path: Path, trash: Path) -> None:
    mount(drive, "-t", "tmpfs", "-o", "size=1m", "tmpfs")
    images = fill_library(tmp_path / "library")
    before = contents(tmp_path / "library")
    fill(drive, 0)
    with pytest.raises(FeatureStoreError, match="free some space"):
        remove_images(drive / "features", tmp_path / "library", images)
    assert contents(tmp_path / "library") == before
    assert contents(trash) == {}


def test_a_full_disk_to_move_to_loses_nothing(drive: Path, tmp_path: Path, trash: Path) -> None:
    mount(drive, "-t", "tmpfs", "-o", "size=64k", "tmpfs")
    library, features = tmp_path / "library", tmp_path / "features"
    fill_library(library, 0)
    for number in range(4):
        (library / f"{number}.bin").write_bytes(bytes([number]) * 24_000)
    before = contents(library)
    report = remove_images(features, library, records(library)[:4], into=drive / "into")
    assert len(report.moved) == 2
    assert report.problem and "free some space" in report.problem.lower()
    assert "\n" not in report.problem
    assert contents(library).items() <= before.items()
    assert len(contents(library)) == 3
    assert len(pictures(drive)) == 2
    assert len(undo(features, library).restored) == 2
    assert contents(library) == before


def test_a_library_that_cannot_be_written_stays_as_it_is(
    drive: Path, tmp_path: Path, trash: Path
) -> None:
    mount(drive, "-t", "tmpfs", "-o", "size=2m", "tmpfs")
    images = fill_library(drive / "library")
    before = contents(drive)
    mount(drive, "-o", "remount,ro")
    report = remove_images(tmp_path / "features", drive / "library", images)
    assert report.moved == ()
    assert report.problem
    assert "\n" not in report.problem
    assert contents(drive) == before
    assert last_removal(tmp_path / "features", drive / "library") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system")
def test_a_drive_without_a_trash_says_so(
    trash: Path, as_user: Callable[[Callable[[], Any]], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # An ordinary user may reach this folder, but make no trash at the top of the drive.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        monkeypatch.setenv("HOME", name)
        drive, features, into = (folder / one for one in ("drive", "features", "into"))
        for one in (folder, drive, features, into):
            one.mkdir(exist_ok=True)
            one.chmod(0o777)
        mount(drive, "-t", "tmpfs", "-o", "size=2m,mode=755", "tmpfs")
        try:
            images = fill_library(drive / "library")
            before = contents(drive)
            for path in (drive / "library", *(drive / "library").rglob("*")):
                path.chmod(0o777)
            report = as_user(lambda: remove_images(features, drive / "library", images))
            assert report.no_trash
            assert (report.moved, contents(drive)) == ((), before)
            report = as_user(lambda: remove_images(features, drive / "library", images, into=into))
            assert len(report.moved) == PICTURES
            assert len(pictures(into)) == PICTURES
        finally:
            unmount(drive)
