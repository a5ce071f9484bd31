"""A file goes only if the one that stays for it is there, by content, before and after."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigurationError
from core.trash import (
    Move,
    RemovalReport,
    checked_file,
    is_placeholder,
    is_same_file,
    moving,
    removal_run,
    remove,
    undo,
)
from tests.fakes import save_picture
from tests.indexing.drives import mount, unmount
from tests.trash.libraries import KEPT, contents, fill_library, record, records, remove_images

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the trash of freedesktop.org")


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A library of a picture and its copy."""
    save_picture(tmp_path / "library" / "a.png", 1)
    shutil.copy(tmp_path / "library" / "a.png", tmp_path / "library" / "b.png")
    return tmp_path / "library"


def removed(library: Path, goes: str, stays: str) -> RemovalReport:
    move = Move(record(library, goes), record(library, stays))
    return remove(library.parent / "features", library, [move])


def interrupted(
    monkeypatch: pytest.MonkeyPatch, before: Callable[[], Any], after: Callable[[], Any]
) -> None:
    """Do something right before and right after the next file moves to the trash."""
    to_trash = removal_run.to_trash

    def moved(going: checked_file.CheckedFile) -> Any:
        monkeypatch.setattr(removal_run, "to_trash", to_trash)
        before()
        try:
            return to_trash(going)
        finally:
            after()

    monkeypatch.setattr(removal_run, "to_trash", moved)


def nothing() -> None:
    """Do nothing."""


def test_a_file_stays_if_what_stays_for_it_was_changed(pair: Path, trash: Path) -> None:
    move = Move(record(pair, "a.png"), record(pair, "b.png"))
    save_picture(pair / "b.png", 2)
    report = remove(pair.parent / "features", pair, [move])
    assert report.moved == ()
    assert "b.png" in report.refused[0].reason
    (pair / "b.png").unlink()
    report = remove(pair.parent / "features", pair, [move])
    assert report.moved == ()
    assert sorted(contents(pair)) == ["a.png"]


def test_two_files_do_not_go_for_each_other(pair: Path, trash: Path) -> None:
    one, other = records(pair)
    moves = [Move(one, other), Move(other, one)]
    report = remove(pair.parent / "features", pair, moves)
    assert (report.moved, len(report.refused)) == ((), 2)
    assert len(contents(pair)) == 2


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_a_link_to_what_stays_is_the_same_file(
    link: Callable[[Path, Path], None], pair: Path, trash: Path
) -> None:
    (pair / "b.png").unlink()
    link(pair / "a.png", pair / "b.png")
    assert is_same_file(pair / "a.png", pair / "b.png")
    for goes, stays in (("a.png", "b.png"), ("b.png", "a.png")):
        report = removed(pair, goes, stays)
        assert (report.moved, len(report.refused)) == ((), 1)
    assert sorted(contents(pair)) == ["a.png", "b.png"]


def test_a_hard_link_is_named(pair: Path, trash: Path) -> None:
    (pair / "b.png").unlink()
    (pair / "b.png").hardlink_to(pair / "a.png")
    assert "same file" in removed(pair, "a.png", "b.png").refused[0].reason
    assert not is_same_file(pair / "a.png", pair / "missing.png")


def test_a_folder_that_is_mounted_twice_loses_nothing(drive: Path, trash: Path) -> None:
    save_picture(drive.parent / "drive" / "one" / "a.png", 1)
    (drive / "two").mkdir()
    mount(drive / "two", "--bind", str(drive / "one"))
    try:
        report = removed(drive, "one/a.png", "two/a.png")
        assert report.moved == ()
        assert "same file" in report.refused[0].reason
        assert sorted(contents(drive)) == ["one/a.png", "two/a.png"]
    finally:
        unmount(drive / "two")


def test_a_layer_of_a_union_loses_nothing(drive: Path, trash: Path) -> None:
    mount(drive, "-t", "tmpfs", "-o", "size=4m", "tmpfs")
    for name in ("lower", "upper", "work", "merged"):
        (drive / name).mkdir()
    save_picture(drive / "upper" / "a.png", 1)
    layers = f"lowerdir={drive}/lower,upperdir={drive}/upper,workdir={drive}/work"
    mount(drive / "merged", "-t", "overlay", "-o", layers, "overlay")
    try:
        assert (drive / "merged" / "a.png").stat().st_dev != (
            drive / "upper" / "a.png"
        ).stat().st_dev
        report = removed(drive, "merged/a.png", "upper/a.png")
        assert (report.moved, len(report.refused)) == ((), 1)
        report = removed(drive, "upper/a.png", "merged/a.png")
        assert (report.moved, len(report.refused)) == ((), 1)
        assert (drive / "upper" / "a.png").exists()
    finally:
        unmount(drive / "merged")


def test_a_file_comes_back_if_what_stays_went_with_it(
    pair: Path, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As of two paths to one file that nothing tells before the move.
    before = contents(pair)
    interrupted(monkeypatch, nothing, (pair / "b.png").unlink)
    report = removed(pair, "a.png", "b.png")
    assert report.moved == ()
    assert "b.png" in report.refused[0].reason
    assert contents(pair) == {"a.png": before["a.png"]}
    assert contents(trash) == {}
    assert undo(pair.parent / "features", pair).restored == ()


def test_what_cannot_come_back_is_told_with_its_place(
    pair: Path, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(pair)

    def meanwhile() -> None:
        (pair / "b.png").unlink()
        save_picture(pair / "a.png", 3)

    interrupted(monkeypatch, nothing, meanwhile)
    report = removed(pair, "a.png", "b.png")
    assert report.moved == ("a.png",)
    assert str(trash / "files" / "a.png") in report.notes[0]
    assert (trash / "files" / "a.png").read_bytes() == before["a.png"]
    (pair / "a.png").unlink()
    assert undo(pair.parent / "features", pair).restored == ("a.png",)
    assert contents(pair) == {"a.png": before["a.png"]}


def test_a_file_that_is_changed_while_it_moves_comes_back(
    pair: Path, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(monkeypatch, lambda: save_picture(pair / "a.png", 4), nothing)
    report = removed(pair, "a.png", "b.png")
    assert (report.moved, len(report.refused)) == ((), 1)
    rename = moving.rename_exclusively

    def renamed(source: Path, target: Path) -> None:
        monkeypatch.setattr(moving, "rename_exclusively", rename)
        save_picture(source, 5)
        rename(source, target)

    monkeypatch.setattr(moving, "rename_exclusively", renamed)
    report = removed(pair, "a.png", "b.png")
    assert (report.moved, len(report.refused)) == ((), 1)
    assert len(contents(pair)) == 2
    assert contents(trash) == {}


@pytest.mark.parametrize("moment", ["before", "after", "together"])
def test_of_two_removals_with_other_features_one_copy_stays(
    moment: str, pair: Path, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, (one, other) = contents(pair)["a.png"], records(pair)
    features = pair.parent / "features", pair.parent / "other features"

    def first() -> None:
        remove(features[0], pair, [Move(one, other)])

    def second() -> None:
        remove(features[1], pair, [Move(other, one)])

    if moment == "together":
        # Both have checked before either moves, and both have moved before either checks again.
        barrier, to_trash = threading.Barrier(2, timeout=60), removal_run.to_trash

        def moved(going: checked_file.CheckedFile) -> Any:
            barrier.wait()
            outcome = to_trash(going)
            barrier.wait()
            return outcome

        monkeypatch.setattr(removal_run, "to_trash", moved)
        thread = threading.Thread(target=second)
        thread.start()
        first()
        thread.join()
    else:
        interrupted(monkeypatch, *((second, nothing) if moment == "before" else (nothing, second)))
        first()
    assert before in contents(pair).values()
    for folder in features:
        undo(folder, pair)
    assert contents(pair) == {"a.png": before, "b.png": before}


def test_what_lies_in_the_store_of_a_program_stays(tmp_path: Path, trash: Path) -> None:
    library = tmp_path / "library"
    fill_library(library, 0)
    stores = (
        "Photos Library.photoslibrary/originals",
        "My.lrlibrary",
        "Previews.lrdata",
        "old.aplibrary",
        "x/.picasaoriginals",
    )
    for number, store in enumerate(stores):
        save_picture(library / store / "a.png", number)
    images = [one for one in records(library) if one.path != KEPT]
    before = contents(library)
    report = remove_images(tmp_path / "features", library, images)
    assert (report.moved, len(report.refused)) == ((), len(stores))
    assert any("Apple Photos" in one.reason for one in report.refused)
    assert contents(library) == before
    # Also through a link to a folder in it, and as the place to move to.
    (tmp_path / "link").symlink_to(library / stores[0])
    fill_library(tmp_path / "link", 0)
    report = remove_images(tmp_path / "f", tmp_path / "link", [record(tmp_path / "link", "a.png")])
    assert report.moved == ()
    with pytest.raises(ConfigurationError, match="Lightroom"):
        remove_images(tmp_path / "f", library, images, into=tmp_path / "Catalog.lrdata" / "x")


@pytest.mark.parametrize("goes", [True, False])
def test_a_file_in_the_cloud_is_neither_read_nor_moved(
    goes: bool, pair: Path, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark of macOS and Windows is simulated: it is taken from the name of the file."""
    name = pair / ("a.png" if goes else "b.png")
    inode = name.stat().st_ino
    monkeypatch.setattr(checked_file, "_is_dataless", lambda state: state.st_ino == inode)
    move = Move(record(pair, "a.png"), record(pair, "b.png"))
    read: list[Path] = []
    open_file = checked_file.open_file
    monkeypatch.setattr(
        checked_file, "open_file", lambda path: (read.append(path), open_file(path))[1]
    )
    report = remove(pair.parent / "features", pair, [move])
    assert report.moved == ()
    assert "cloud" in report.refused[0].reason
    assert name not in read
    assert is_placeholder(name)


def test_the_marks_of_the_cloud_are_those_of_the_systems() -> None:
    class State:
        st_flags = 0
        st_file_attributes = 0

    marks = [("st_flags", 0x40000000), *(("st_file_attributes", 1 << n) for n in (12, 18, 22))]
    assert not checked_file._is_dataless(State())  # type: ignore[arg-type]
    for name, value in marks:
        state = State()
        setattr(state, name, value)
        assert checked_file._is_dataless(state)  # type: ignore[arg-type]


def test_a_pipe_with_the_name_of_a_picture_holds_nothing_up(pair: Path, trash: Path) -> None:
    move = Move(record(pair, "a.png"), record(pair, "b.png"))
    (pair / "b.png").unlink()
    os.mkfifo(pair / "b.png")
    assert remove(pair.parent / "features", pair, [move]).moved == ()
    assert not checked_file.has_content(pair / "b.png", move.image.id)


def test_a_name_in_a_message_is_one_line(tmp_path: Path, trash: Path) -> None:
    library = tmp_path / "library"
    kept = "evil\n\x1b[31m" + os.fsdecode(b"\xff") + ".png"
    for name in ("a.png", kept):
        save_picture(library / name, 1)
    images = [replace(record(library, "a.png"), path="a.png")]
    move = Move(images[0], replace(record(library, kept), id="0" * 32))
    reason = remove(tmp_path / "features", library, [move]).refused[0].reason
    assert reason.isprintable()
    assert "evil" in reason
    reason.encode()
