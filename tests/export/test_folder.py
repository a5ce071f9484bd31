"""The folder of an export: files change together, whatever happens, and no file of a user does."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import filelock
import pytest

from core.errors import BusyError, ConfigurationError
from core.export.folder import LOCK_NAME, WRITTEN_NAME, check_place, replace_export
from tests.indexing.drives import mount, unmount

HIDDEN = {WRITTEN_NAME, LOCK_NAME}
# What changes a folder, and the opening of each file.
STEPS = {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir"}


def write(content: bytes, file: BinaryIO) -> None:
    file.write(content)


def replace(folder: Path, content: str, *names: str) -> None:
    replace_export(folder, {name: partial(write, f"{content} {name}".encode()) for name in names})


def contents(folder: Path) -> dict[str, str]:
    return {
        path.name: path.read_text() if path.is_file() else "a folder"
        for path in folder.iterdir()
        if path.name not in HIDDEN
    }


def expected(content: str, *names: str) -> dict[str, str]:
    return {name: f"{content} {name}" for name in names}


def refusal(folder: Path, *names: str) -> str:
    before = contents(folder) if folder.is_dir() else {}
    with pytest.raises(ConfigurationError) as caught:
        replace(folder, "new", *names)
    assert (contents(folder) if folder.is_dir() else {}) == before
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_an_export_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "export"
    replace(folder, "old", "a", "b", "model")
    (folder / "notebook.ipynb").write_text("mine")
    replace(folder, "new", "b", "c", "model")
    assert contents(folder) == expected("new", "b", "c", "model") | {"notebook.ipynb": "mine"}


@pytest.mark.parametrize("name", ["a", "model"])
@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_no_export_wrote_stays(name: str, kind: str, tmp_path: Path) -> None:
    folder, mine = tmp_path / "export", tmp_path / "mine"
    replace(folder, "old", "other")
    mine.write_text("mine")
    if kind == "file":
        (folder / name).write_text("mine")
    elif kind == "folder":
        (folder / name).mkdir()
    else:
        (folder / name).symlink_to(mine)
    message = refusal(folder, "a", "model")
    assert f"Received: {folder / name}, which no export wrote" in message
    assert mine.read_text() == "mine"


def test_a_file_that_was_changed_since_stays(tmp_path: Path) -> None:
    replace(tmp_path, "old", "a", "b", "model")
    (tmp_path / "a").write_text("corrected")
    assert str(tmp_path / "a") in refusal(tmp_path, "a", "model")
    # It is not deleted either, where the new export has no such file.
    replace(tmp_path, "new", "b", "model")
    assert contents(tmp_path) == expected("new", "b", "model") | {"a": "corrected"}


def test_a_link_to_a_file_of_an_export_is_no_file_of_the_export(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    replace(folder, "old", "a", "model")
    (folder / "a").rename(tmp_path / "a")
    (folder / "a").symlink_to(tmp_path / "a")
    refusal(folder, "a", "model")
    assert (tmp_path / "a").read_text() == "old a"


def test_a_file_that_appears_while_the_export_is_written_stays(tmp_path: Path) -> None:
    replace(tmp_path, "old", "a", "model")

    def interfere(name: str, file: BinaryIO) -> None:
        file.write(b"new")
        (tmp_path / name).write_text("mine")

    for name in ("a", "b"):
        with pytest.raises(ConfigurationError, match="which no export wrote"):
            replace_export(
                tmp_path, {name: partial(interfere, name), "model": partial(write, b"new")}
            )
        # The files do not belong together: there is no model.
        assert contents(tmp_path)[name] == "mine"
        assert "model" not in contents(tmp_path)
        (tmp_path / name).unlink()
    replace(tmp_path, "new", "a", "b", "model")
    assert contents(tmp_path) == expected("new", "a", "b", "model")


def test_a_manifest_that_names_other_places_deletes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    replace(folder, "old", "a", "model")
    (tmp_path / "a").write_text("old a")
    manifest = folder / WRITTEN_NAME
    manifest.write_text(manifest.read_text().replace('"a"', '"../a"'))
    refusal(folder, "a", "model")
    (folder / "a").unlink()
    replace(folder, "new", "model")
    assert (tmp_path / "a").read_text() == "old a"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 1}'])
def test_without_a_readable_manifest_every_file_is_in_the_way(text: str, tmp_path: Path) -> None:
    replace(tmp_path, "old", "a", "model")
    (tmp_path / WRITTEN_NAME).write_text(text)
    refusal(tmp_path, "a", "model")


def test_a_writer_that_fails_leaves_the_earlier_export(tmp_path: Path) -> None:
    replace(tmp_path, "old", "a", "model")

    def fail(_: BinaryIO) -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        replace_export(tmp_path, {"a": partial(write, b"new"), "model": fail})
    assert contents(tmp_path) == expected("old", "a", "model")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
def test_wherever_an_export_is_killed_the_next_one_goes_through(tmp_path: Path) -> None:
    old, new = ("a", "b", "model"), ("a", "c", "model")
    step, killed = 0, True
    while killed:
        folder = tmp_path / str(step)
        replace(folder, "old", *old)
        killed = is_killed(partial(replace, folder, "new", *new), step)
        there = {name: text for name, text in contents(folder).items() if ".tmp" not in name}
        if "model" in there:
            assert there in (expected("old", *old), expected("new", *new))
        replace(folder, "last", *new)
        assert contents(folder) == expected("last", *new)
        step += 1
    assert step > 20


def is_killed(action: Callable[[], None], step: int) -> bool:
    """Run an action in a process that ends right before a step; false if it comes to its end."""
    child = os.fork()
    if child == 0:
        left = step

        def count(event: str, _: tuple[Any, ...]) -> None:
            nonlocal left
            if event in STEPS:
                if left == 0:
                    os._exit(9)
                left -= 1

        code = 1
        try:
            sys.addaudithook(count)
            action()
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9


def test_two_exports_do_not_write_at_once(tmp_path: Path) -> None:
    with filelock.FileLock(tmp_path / LOCK_NAME), pytest.raises(BusyError) as caught:
        replace(tmp_path, "new", "a")
    assert str(tmp_path) in str(caught.value)
    replace(tmp_path, "new", "a")


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "File exists" in refusal(tmp_path / "file", "a")
    assert "Not a directory" in refusal(tmp_path / "file" / "export", "a")


def test_a_full_disk_leaves_the_earlier_export(tmp_path: Path) -> None:
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    mount(tmp_path, "-t", "tmpfs", "-o", "size=1m", "tmpfs")
    try:
        replace(tmp_path, "old", "a", "model")
        with pytest.raises(ConfigurationError) as caught:
            replace_export(
                tmp_path, {"a": partial(write, bytes(2 << 20)), "model": partial(write, b"")}
            )
        assert f"Received: {tmp_path} (No space left on device)" in str(caught.value)
        assert contents(tmp_path) == expected("old", "a", "model")
        mount(tmp_path, "-o", "remount,ro")
        assert "Read-only file system" in refusal(tmp_path, "a", "model")
    finally:
        unmount(tmp_path)


@pytest.mark.parametrize("inside", ["", "new/export", "link/export"])
def test_no_export_goes_into_a_library(inside: str, tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (tmp_path / "other").mkdir()
    (library / "link").symlink_to(library)
    (tmp_path / "way").symlink_to(library)
    for start in (library, tmp_path / "way"):
        with pytest.raises(ConfigurationError, match=f"which is in {library}"):
            check_place(start / inside, [tmp_path / "other", library])
    check_place(tmp_path, [library])
    check_place(tmp_path / "library export", [library])
