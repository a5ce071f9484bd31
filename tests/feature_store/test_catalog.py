"""A catalog that cannot be used says why, and what to do."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import FeatureStoreError
from core.feature_store import Catalog, catalog
from core.types import Skipped
from tests.indexing.drives import fill, mount, unmount
from tests.indexing.faults import not_as_superuser

SPACE = "free some space"
DAMAGED = "(damaged; SQLite says: {}). Run `python -m core doctor --repair`, or move the file away"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A catalog of some pages."""
    path = tmp_path / "catalog.sqlite"
    with Catalog(path) as there:
        add(there, 500)
    return path


@pytest.fixture
def open_file() -> Iterator[Path]:
    """A catalog that an ordinary user may reach."""
    if os.name != "posix":
        pytest.skip("the permissions are those of POSIX systems")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        with Catalog(folder / "catalog.sqlite") as there:
            add(there, 1)
        (folder / "catalog.sqlite").chmod(0o666)
        with not_as_superuser():
            assert problem(folder / "catalog.sqlite") == ""
        yield folder / "catalog.sqlite"
        folder.chmod(0o700)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount(folder, "-t", "tmpfs", "-o", "size=1m", "tmpfs")
    yield folder
    unmount(folder)


def add(there: Catalog, count: int) -> None:
    there.set_skipped([Skipped(f"{number}.jpg", "damaged") for number in range(count)])


def problem(path: Path, count: int = 1) -> str:
    """What is said of a catalog that is opened, read and written; empty if nothing is wrong."""
    try:
        with Catalog(path) as there:
            there.images()
            there.skipped()
            add(there, count)
    except FeatureStoreError as error:
        message = str(error)
        assert str(path) in message
        assert "\n" not in message
        return message
    return ""


def test_a_sound_catalog_is_no_problem(file: Path) -> None:
    assert problem(file) == ""


@pytest.mark.parametrize("size", [50, 4096, 20_000])
def test_a_cut_catalog_is_damaged(file: Path, size: int) -> None:
    os.truncate(file, size)
    message = problem(file)
    assert DAMAGED.format("database disk image is malformed") in message
    assert SPACE not in message.lower()


def test_a_file_of_another_kind_is_damaged(file: Path) -> None:
    file.write_text("not a catalog" * 100)
    message = problem(file)
    assert DAMAGED.format("file is not a database") in message
    assert SPACE not in message.lower()


def test_a_database_with_other_tables_is_damaged(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("DROP TABLE images")
        database.execute("CREATE TABLE images (name)")
    message = problem(file)
    assert DAMAGED.format("no such column: path") in message
    assert SPACE not in message.lower()


def test_a_folder_in_its_place_is_to_be_moved_away(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").mkdir()
    message = problem(tmp_path / "catalog.sqlite")
    assert "(a folder; SQLite says: " in message
    assert message.endswith("Move the folder away and index again.")


def test_a_catalog_that_may_not_be_read_asks_for_permission(open_file: Path) -> None:
    open_file.chmod(0o000)
    with not_as_superuser():
        message = problem(open_file)
    assert "(not to be opened; SQLite says: unable to open database file)" in message
    assert message.endswith("Check that you may read and write the file and its folder.")


def test_a_folder_that_may_not_be_written_asks_for_permission(open_file: Path) -> None:
    open_file.unlink()
    open_file.parent.chmod(0o555)
    with not_as_superuser():
        message = problem(open_file)
    assert "(not to be opened; SQLite says: unable to open database file)" in message
    assert message.endswith("Check that you may read and write the file and its folder.")


def test_a_catalog_that_may_not_be_written_asks_for_permission(open_file: Path) -> None:
    open_file.chmod(0o444)
    with not_as_superuser():
        message = problem(open_file)
    assert "(read-only; SQLite says: attempt to write a readonly database)" in message
    assert "Make the file and its folder writable" in message


def test_a_catalog_that_another_program_holds_is_to_be_tried_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "LOCK_SECONDS", 0)
    with closing(sqlite3.connect(file)) as database:
        database.execute("BEGIN IMMEDIATE")
        message = problem(file)
    assert "(in use; SQLite says: database is locked)" in message
    assert message.endswith("Wait until the other program is done, and try again.")


def test_a_full_disk_asks_for_space(small_disk: Path) -> None:
    causes = set()
    for leave in range(0, 400_000, 4096):
        filler = fill(small_disk, leave)
        if message := problem(small_disk / "catalog.sqlite", 1000):
            assert f"{SPACE.capitalize()} on its disk and try again." in message
            causes.add(message.partition("SQLite says: ")[2].partition(")")[0])
        filler.unlink()
        for left in small_disk.glob("catalog.sqlite*"):
            left.unlink()
    assert causes == {"database or disk is full", "disk I/O error"}
    assert not problem(small_disk / "catalog.sqlite", 1000)
