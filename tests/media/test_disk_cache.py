"""A folder of files that stays within its limit, also when processes share it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.media import DiskCache

KILOBYTE = 1000
ROOT = Path(__file__).parents[2]


def make(name: str) -> bytes:
    return name.encode().ljust(KILOBYTE, b".")


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def unmakeable() -> bytes:
    raise AssertionError("it is there already")


def test_a_file_is_made_once_also_for_the_next_process(tmp_path: Path) -> None:
    assert DiskCache(tmp_path).get("a", lambda: b"content") == b"content"
    assert DiskCache(tmp_path).get("a", unmakeable) == b"content"


def test_the_folder_never_grows_over_its_limit(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, limit=20 * KILOBYTE)
    for number in range(100):
        cache.get(f"{number:03}", lambda: make("x"))
        assert size_of(tmp_path) <= cache.limit
    assert size_of(tmp_path) > cache.limit // 2


def test_the_least_recently_used_files_are_deleted_first(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, limit=20 * KILOBYTE)
    for number in range(18):
        cache.get(f"{number:03}", lambda: make("x"))
        # Some file systems record times only to two seconds.
        path = next(tmp_path.rglob(f"{number:03}"))
        os.utime(path, (number, number))
    cache.get("000", unmakeable)
    for number in range(100, 105):
        cache.get(f"{number:03}", lambda: make("x"))
    kept = names_in(tmp_path)
    assert "000" in kept
    assert {"001", "002", "003"}.isdisjoint(kept)
    assert {"017", *(f"{number:03}" for number in range(100, 105))} <= kept


def test_files_of_earlier_runs_count(tmp_path: Path) -> None:
    large = DiskCache(tmp_path, limit=1000 * KILOBYTE)
    for number in range(50):
        large.get(f"{number:03}", lambda: make("x"))
    small = DiskCache(tmp_path, limit=20 * KILOBYTE)
    small.get("new", lambda: make("x"))
    assert size_of(tmp_path) <= small.limit
    assert "new" in names_in(tmp_path)


def test_a_file_without_content_is_made_again(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    cache.get("a", lambda: b"content")
    next(path for path in tmp_path.rglob("a") if path.is_file()).write_bytes(b"")
    assert cache.get("a", lambda: b"content") == b"content"
    assert DiskCache(tmp_path).get("a", unmakeable) == b"content"


def test_a_file_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        DiskCache(tmp_path).get("a", unmakeable)
    assert names_in(tmp_path) == set()


def test_a_folder_that_is_not_writable_still_gives_the_content(
    tmp_path: Path, as_user: Callable[[Callable[[], Any]], Any]
) -> None:
    closed = Path("closed")
    (tmp_path / closed).mkdir(mode=0o555)
    assert as_user(lambda: DiskCache(closed).get("a", lambda: b"content")) == b"content"
    assert names_in(tmp_path / closed) == set()


def write_many(folder: Path, start: int) -> None:
    cache = DiskCache(folder, limit=20 * KILOBYTE)

    def check(number: int) -> None:
        name = f"{number % 40:03}"
        assert cache.get(name, lambda: make(name)) == make(name)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(check, range(start, start + 300)))


def test_threads_of_several_processes_share_the_folder(tmp_path: Path) -> None:
    call = (
        "import sys; from tests.media.test_disk_cache import *; write_many(Path(sys.argv[1]), {})"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", call.format(13 * n), tmp_path], cwd=ROOT)
        for n in range(3)
    ]
    assert [process.wait() for process in processes] == [0, 0, 0]
    # Each process may have written a sixteenth since it measured.
    assert size_of(tmp_path) <= 20 * KILOBYTE * (1 + len(processes) / 16)
    assert not [name for name in names_in(tmp_path) if name.endswith(".tmp")]
