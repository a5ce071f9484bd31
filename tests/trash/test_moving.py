"""A move overwrites nothing, within a drive and to another one, and leaves no half copies."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from core.trash import copying, moving, removal_run, renaming, undo
from core.trash.checked_file import CheckedFile, Refusal, look_at
from core.trash.names import alternatives, collision_key, legal, short
from tests.indexing.drives import mount
from tests.trash.libraries import contents, fill_library, pictures, record, remove_images

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the renames of Linux")


@pytest.fixture
def other_drive(tmp_path: Path) -> Iterator[Path]:
    """An empty folder on another device than the temporary one."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second device")
    with tempfile.TemporaryDirectory(dir=memory) as name:
        yield Path(name)


def failing(code: int) -> Callable[..., Any]:
    def fail(*_arguments: object, **_more: object) -> Any:
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize("ways", [(), ("_rename_by_flag",), ("_rename_by_flag", "_link")])
def test_a_rename_overwrites_nothing(
    ways: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for way in ways:
        monkeypatch.setattr(renaming, way, failing(errno.EPERM if way == "_link" else errno.EINVAL))
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"one")
    for taken in (b"other", b""):
        target.write_bytes(taken)
        with pytest.raises(FileExistsError):
            renaming.rename_exclusively(source, target)
        assert (source.read_bytes(), target.read_bytes()) == (b"one", taken)
        target.unlink()
    target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        renaming.rename_exclusively(source, target)
    target.unlink()
    renaming.rename_exclusively(source, target)
    assert contents(tmp_path) == {"b": b"one"}


def test_a_name_that_was_reserved_is_given_up_if_the_rename_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for way in ("_rename_by_flag", "_link"):
        monkeypatch.setattr(renaming, way, failing(errno.ENOSYS))
    with pytest.raises(FileNotFoundError):
        renaming.rename_exclusively(tmp_path / "missing", tmp_path / "b")
    assert contents(tmp_path) == {}


def test_all_of_a_file_goes_to_another_drive_and_comes_back(
    other_drive: Path, tmp_path: Path, trash: Path
) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    (image,) = fill_library(library, 1)
    path, there = library / image.path, other_drive / "out" / image.path
    path.chmod(0o604)
    os.setxattr(path, "user.rating", b"5")
    os.utime(path, ns=(1_234_567_890_123_456_789, 1_034_567_890_123_456_789))
    if os.geteuid() == 0:
        os.chown(path, 1234, 2345)
    before, content = path.stat(), path.read_bytes()
    report = remove_images(features, library, [image], into=other_drive / "out")
    assert (report.moved, report.notes) == ((image.path,), ())
    assert sorted(contents(other_drive)) == [f"out/{image.path}", "out/original-paths.csv"]
    for now in (there, path):
        if now == path:
            assert undo(features, library).restored == (image.path,)
        assert now.read_bytes() == content
        state = now.stat()
        for mark in ("st_mode", "st_mtime_ns", "st_uid", "st_gid"):
            assert getattr(state, mark) == getattr(before, mark)
        assert os.getxattr(now, "user.rating") == b"5"


def test_what_a_drive_cannot_keep_is_told_and_no_failure(
    other_drive: Path, tmp_path: Path, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drive that knows no owners, rights and times, such as exFAT, is simulated."""
    library, features = tmp_path / "library", tmp_path / "features"
    images = fill_library(library, 2)
    before = contents(library)
    for image in images:
        (library / image.path).chmod(0o604)
        os.setxattr(library / image.path, "user.rating", b"5")
        os.utime(library / image.path, (0, 0))
    for name in ("fchown", "setxattr", "utime"):
        monkeypatch.setattr(os, name, failing(errno.EPERM))
    monkeypatch.setattr(Path, "chmod", failing(errno.EPERM))
    report = remove_images(features, library, images, into=other_drive)
    assert len(report.moved) == 2
    told = " ".join(report.notes)
    for what in ("access rights", "time", "extended attributes"):
        assert f"2 of them: {what}" in told
    report = undo(features, library)
    assert len(report.restored) == 2
    assert contents(library) == before


def test_a_file_that_came_into_being_meanwhile_is_not_overwritten(
    other_drive: Path, tmp_path: Path, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    (image,) = fill_library(library, 1)
    before = contents(library)
    rename = copying.rename_exclusively

    def renamed(source: Path, target: Path) -> None:
        monkeypatch.setattr(copying, "rename_exclusively", rename)
        target.write_bytes(b"of another program")
        rename(source, target)

    monkeypatch.setattr(copying, "rename_exclusively", renamed)
    report = remove_images(features, library, [image], into=other_drive)
    assert report.moved == (image.path,)
    assert pictures(other_drive) == {
        image.path: b"of another program",
        image.path.replace(".png", " 2.png"): before[image.path],
    }
    # The journal knows the real name, and an undo overwrites nothing either.
    monkeypatch.setattr(copying, "rename_exclusively", renamed)
    report = undo(features, library)
    assert report.restored == ()
    assert str(other_drive) in report.missing[0].reason
    assert (library / image.path).read_bytes() == b"of another program"
    (library / image.path).unlink()
    assert undo(features, library).restored == (image.path,)
    assert contents(library) == before


def test_a_source_that_changes_while_it_is_copied_stays(
    other_drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"one")
    rename = copying.rename_exclusively

    def renamed(temporary: Path, target: Path) -> None:
        source.write_bytes(b"two")
        rename(temporary, target)

    monkeypatch.setattr(copying, "rename_exclusively", renamed)
    with pytest.raises(Refusal, match="changed"):
        moving.move(look_at(source), other_drive / "a")
    # What it was before is in no other file.
    assert (contents(tmp_path), contents(other_drive)) == ({"a": b"two"}, {"a": b"one"})


@pytest.mark.parametrize("deleted", [True, False])
def test_an_error_when_the_source_is_deleted_loses_nothing(
    deleted: bool, other_drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = look_at(tmp_path / "a") if (tmp_path / "a").write_bytes(b"one") else None
    assert source
    unlink = Path.unlink

    def fail(path: Path, **more: bool) -> None:
        if path != source.path or deleted:
            unlink(path, **more)
        if path == source.path:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "unlink", fail)
    if deleted:
        moving.move(source, other_drive / "a")
        assert (contents(tmp_path), contents(other_drive)) == ({}, {"a": b"one"})
    else:
        with pytest.raises(OSError, match="Input/output"):
            moving.move(source, other_drive / "a")
        assert (contents(tmp_path), contents(other_drive)) == ({"a": b"one"}, {})


def test_a_bad_copy_is_noticed_and_deleted(
    other_drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"one")
    monkeypatch.setattr(shutil, "copyfileobj", lambda _source, copy, _size: copy.write(b"onf"))
    with pytest.raises(OSError, match="not the same"):
        moving.move(look_at(source), other_drive / "a")
    assert (contents(tmp_path), contents(other_drive)) == ({"a": b"one"}, {})


def test_a_file_that_is_too_large_for_the_drive_stays_and_the_others_go(
    other_drive: Path, tmp_path: Path, trash: Path
) -> None:
    library = tmp_path / "library"
    images = fill_library(library, 2)
    (library / "large.bin").write_bytes(bytes(300_000))
    large = record(library, "large.bin")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    try:
        report = remove_images(tmp_path / "features", library, [large, *images], into=other_drive)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert report.moved == tuple(one.path for one in images)
    assert [one.image for one in report.refused] == ["large.bin"]
    assert "too large" in report.refused[0].reason
    assert report.problem is None
    assert (library / "large.bin").stat().st_size == 300_000


def test_a_name_that_the_drive_does_not_allow_is_replaced(
    tmp_path: Path, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drive that refuses names as exFAT does is simulated."""
    library, features, into = tmp_path / "library", tmp_path / "features", tmp_path / "out"
    fill_library(library, 0)
    names = ("what?/a:b.png", "what?/a*b.png", os.fsdecode(b"\xff.png"), "plain.png")
    for number, name in enumerate(names):
        (library / name).parent.mkdir(exist_ok=True)
        (library / name).write_bytes(bytes([number]))
    before = contents(library)
    move = removal_run.move

    def moved(source: CheckedFile, target: Path) -> tuple[str, ...]:
        if into in target.parents and legal(target.name) != target.name:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return move(source, target)

    monkeypatch.setattr(removal_run, "move", moved)
    images = [record(library, name) for name in names]
    report = remove_images(features, library, images, into=into)
    assert report.moved == names
    assert sorted(pictures(into)) == ["_.png", "plain.png", "what_/a_b 2.png", "what_/a_b.png"]
    table = (into / "original-paths.csv").read_bytes()
    for name in sorted(pictures(into)):
        assert name.encode() in table
    assert undo(features, library).restored == names
    assert contents(library) == before


def test_names_that_differ_only_in_case_or_form_do_not_meet(tmp_path: Path, trash: Path) -> None:
    library, features, into = tmp_path / "library", tmp_path / "features", tmp_path / "out"
    fill_library(library, 0)
    names = ("A.png", "a.PNG", "a.png", "\u00e9.png", "e\u0301.png")
    for number, name in enumerate(names):
        (library / name).write_bytes(bytes([number]))
    before = contents(library)
    images = [record(library, name) for name in names]
    assert len(remove_images(features, library, images, into=into).moved) == len(names)
    assert len({collision_key(name) for name in pictures(into)}) == len(names)
    assert len(undo(features, library).restored) == len(names)
    assert contents(library) == before


def test_a_real_fat_drive(drive: Path, tmp_path: Path, trash: Path) -> None:
    if not shutil.which("mkfs.vfat"):
        pytest.skip("mkfs.vfat is not installed")
    image = tmp_path / "fat.img"
    image.write_bytes(bytes(1 << 22))
    assert os.system(f"mkfs.vfat {image} > /dev/null") == 0
    mount(drive, "-o", "loop", str(image))
    library, features = tmp_path / "library", tmp_path / "features"
    fill_library(library, 0)
    names = ("a:b.png", "A.png", "a.png")
    for number, name in enumerate(names):
        (library / name).write_bytes(bytes([number]))
    before = contents(library)
    report = remove_images(features, library, [record(library, n) for n in names], into=drive)
    assert report.moved == names
    assert undo(features, library).restored == names
    assert contents(library) == before


def test_a_folder_to_move_to_that_vanishes_ends_the_removal(
    drive: Path, tmp_path: Path, trash: Path
) -> None:
    mount(drive, "-t", "tmpfs", "-o", "size=4m", "tmpfs")
    library, features = tmp_path / "library", tmp_path / "features"
    images = fill_library(library, 3)
    before = contents(library)

    def pulled(done: int, _total: int) -> None:
        if done == 1:
            os.system(f"umount --lazy {drive}")

    report = remove_images(features, library, images, into=drive / "out", progress=pulled)
    assert report.moved == (images[0].path,)
    assert report.problem and "drive is gone" in report.problem
    # Nothing lands beneath the mount point.
    assert [*drive.iterdir()] == []
    assert len(before) - len(contents(library)) == 1


def test_a_link_in_the_folder_leads_no_file_back_into_the_library(
    tmp_path: Path, trash: Path
) -> None:
    library, into = tmp_path / "library", tmp_path / "out"
    images = fill_library(library)
    before = contents(library)
    into.mkdir()
    (into / "a").symlink_to(library / "b")
    report = remove_images(tmp_path / "features", library, images, into=into)
    assert {one.image[0] for one in report.refused} == {"a"}
    assert contents(library).items() <= before.items()


def test_names_are_made_legal_and_short_enough() -> None:
    for name in ("a:b", "CON", "con.png", "end. ", "tab\t", "q?", "\udcff", 'x"', "a\\b"):
        once = legal(name)
        assert once != name
        assert legal(once) == once
    assert legal("x/ü 1.jpg") == "x/ü 1.jpg"
    long = Path("folder", "ü" * 120 + ".jpeg")
    for path in (*islice(alternatives(long), 1, 3), short(Path("é" * 127))):
        assert len(path.name.encode()) <= 240
        assert path.name.isprintable()


def test_a_file_with_the_longest_name_goes_to_the_trash(tmp_path: Path, trash: Path) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    fill_library(library, 0)
    name = "ü" * 125 + ".jpg"
    (library / name).write_bytes(b"1")
    before = contents(library)
    assert remove_images(features, library, [record(library, name)]).moved == (name,)
    assert undo(features, library).restored == (name,)
    assert contents(library) == before


def test_two_programs_do_not_take_one_name_in_the_trash(
    tmp_path: Path, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    (image,) = fill_library(library, 1)
    rename = moving.rename_exclusively

    def renamed(source: Path, target: Path) -> None:
        monkeypatch.setattr(moving, "rename_exclusively", rename)
        target.write_bytes(b"of another program")
        rename(source, target)

    monkeypatch.setattr(moving, "rename_exclusively", renamed)
    assert remove_images(features, library, [image]).moved == (image.path,)
    assert b"of another program" in contents(trash / "files").values()
    assert undo(features, library).restored == (image.path,)
