"""Files that are written at once or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from core.atomic import atomic_write, move, temporaries_in, temporary_path


def test_an_atomic_write_replaces_the_file_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    for durable in (False, True):
        with atomic_write(path, durable=durable) as file:
            before = path.read_bytes()
            file.write(b"new" if not durable else b"newer")
            assert path.read_bytes() == before
    assert path.read_bytes() == b"newer"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
def test_an_atomic_write_that_fails_leaves_the_old_file_alone(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(error), atomic_write(path) as file:
        file.write(b"half of the n")
        raise error
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_atomic_write_takes_a_name_of_any_legal_length(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    with atomic_write(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"


@pytest.fixture(params=["hard links", "no hard links"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system with and without hard links, such as FAT; that one is simulated."""

    def link(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if request.param == "no hard links":
        monkeypatch.setattr(os, "link", link)


@pytest.mark.usefixtures("disk")
def test_an_atomic_write_that_may_not_replace_leaves_a_file_alone_that_comes_meanwhile(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file"
    with atomic_write(path, overwrite=False) as file:
        file.write(b"first")
        assert not path.exists()
    with pytest.raises(FileExistsError), atomic_write(path, overwrite=False) as file:
        file.write(b"second")
    other = tmp_path / "other"
    with pytest.raises(FileExistsError), atomic_write(other, overwrite=False) as file:
        other.write_bytes(b"of somebody else")
    assert (path.read_bytes(), other.read_bytes()) == (b"first", b"of somebody else")
    assert sorted(tmp_path.iterdir()) == [path, other]


def test_only_what_a_killed_process_of_ours_left_counts_as_temporary(tmp_path: Path) -> None:
    strangers = [".sync-1234.tmp", ".tmp", ".word.tmp", f".{'G' * 32}.tmp", f".{'a' * 31}.tmp"]
    for name in strangers:
        (tmp_path / name).write_text("of another program")
    ours = {temporary_path(tmp_path), tmp_path / f".{'0a' * 16}.tmp"}
    for path in ours:
        path.touch()
    assert set(temporaries_in(tmp_path)) == ours


class Scanner:
    """A scanner for viruses on Windows, simulated: each move is refused so many times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
        self.left = times
        replace = Path.replace

        def refusing(source: Path, target: Path) -> Path:
            if self.left:
                self.left -= 1
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return replace(source, target)

        monkeypatch.setattr(Path, "replace", refusing)
        monkeypatch.setattr("core.atomic._WAITS_SECONDS", (0.0, 0.0, 0.0))


def test_a_file_that_is_open_for_a_moment_on_windows_is_replaced_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"old")
    Scanner(monkeypatch, times=3)
    with atomic_write(tmp_path / "file") as file:
        file.write(b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_file_that_stays_open_on_windows_is_an_error_after_a_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "new").write_bytes(b"new")
    scanner = Scanner(monkeypatch, times=100)
    with pytest.raises(PermissionError):
        move(tmp_path / "new", tmp_path / "file")
    assert scanner.left == 96
    assert (tmp_path / "file").read_bytes() == b"old"
