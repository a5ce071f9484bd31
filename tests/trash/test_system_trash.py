"""The trash of systems that move the file themselves; these are simulated where it says so."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.trash import last_removal, system_trash, undo
from tests.trash.libraries import contents, fill_library, remove_images


def stand_in(
    monkeypatch: pytest.MonkeyPatch, platform: str, module: str, send: Callable[[Path], None]
) -> None:
    """Let another system have its trash by a module of Send2Trash that does this."""
    send.__module__ = module
    package = SimpleNamespace(send2trash=send, TrashPermissionError=PermissionError)
    monkeypatch.setitem(sys.modules, "send2trash", package)
    monkeypatch.setattr(system_trash, "PLATFORM", platform)


def test_windows_without_pywin32_moves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows is simulated: the way of Send2Trash that deletes for good is a plain delete."""
    library = tmp_path / "library"
    images = fill_library(library)
    before = contents(library)
    stand_in(monkeypatch, "win32", "send2trash.win.legacy", lambda path: path.unlink())
    report = remove_images(tmp_path / "features", library, images)
    assert report.no_trash
    assert (report.moved, contents(library)) == ((), before)
    assert report.problem and "pip install pywin32" in report.problem
    assert "\n" not in report.problem
    assert last_removal(tmp_path / "features", library) is None


@pytest.mark.parametrize(
    ("platform", "module"), [("win32", "send2trash.win.modern"), ("darwin", "send2trash.mac")]
)
def test_a_trash_that_no_program_can_look_into_is_never_called_empty(
    platform: str, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The systems are simulated: their trash is a folder that nothing tells of."""
    library, features, bin_ = tmp_path / "library", tmp_path / "features", tmp_path / "bin"
    bin_.mkdir()
    images = fill_library(library)
    before = contents(library)
    stand_in(monkeypatch, platform, module, lambda path: shutil.move(path, bin_ / path.name))
    report = remove_images(features, library, images[:2])
    assert len(report.moved) == 2
    for _ in range(2):
        undone = undo(features, library)
        assert undone.restored == ()
        assert "do it there" in undone.missing[0].reason
        assert last_removal(features, library)
    # A person takes them out.
    for image in images[:2]:
        shutil.move(bin_ / Path(image.path).name, library / image.path)
    assert last_removal(features, library) is None
    assert len(undo(features, library).restored) == 2
    assert contents(library) == before


def test_a_refusal_in_words_means_no_trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows is simulated: a drive without a recycle bin gives an error without a number."""

    def send(path: Path) -> None:
        raise OSError(None, None, path, 0x80004005)

    library = tmp_path / "library"
    images = fill_library(library)
    before = contents(library)
    stand_in(monkeypatch, "win32", "send2trash.win.modern", send)
    report = remove_images(tmp_path / "features", library, images)
    assert (report.no_trash, report.moved, contents(library)) == (True, (), before)
    # It may also say nothing and do nothing.
    stand_in(monkeypatch, "win32", "send2trash.win.modern", lambda _path: None)
    report = remove_images(tmp_path / "features", library, images)
    assert (report.no_trash, report.moved, contents(library)) == (True, (), before)


def test_pywin32_is_required_on_windows() -> None:
    requirements = Path(__file__).parents[2].joinpath("requirements.txt").read_text()
    assert any(
        line.startswith("pywin32") and 'sys_platform == "win32"' in line
        for line in requirements.splitlines()
    )
