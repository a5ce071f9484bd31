"""The records of the images of a gallery, in SQLite."""

import dataclasses
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ..errors import FeatureStoreError
from ..program import COMMAND
from ..types import Drive, ImageRecord, IndexReport, Skipped

_SCHEMA = """
CREATE TABLE IF NOT EXISTS images (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    id TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    taken_at TEXT,
    checksum TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS skipped (
    path TEXT PRIMARY KEY,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS drives (
    path TEXT PRIMARY KEY,
    linked INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY,
    finished_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    report TEXT NOT NULL
) STRICT;
"""
T = TypeVar("T")

_COLUMNS = tuple(field.name for field in dataclasses.fields(ImageRecord))
# How long SQLite waits for another program that holds the catalog.
LOCK_SECONDS = 30
_FULL = ("on a full disk", "Free some space on its disk and try again.")
# What is wrong and what to do, by the error code of SQLite. Where the full disk has no room for the
# shared memory of the database, the code is another one.
_PROBLEMS = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,
    sqlite3.SQLITE_IOERR: ("on a failing disk", "Check the disk and try again."),
    sqlite3.SQLITE_READONLY: (
        "read-only",
        "Make the file and its folder writable, or choose another folder with --features.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "not to be opened",
        "Check that you may read and write the file and its folder.",
    ),
    sqlite3.SQLITE_BUSY: ("in use", "Wait until the other program is done, and try again."),
}
_FOLDER = ("a folder", "Move the folder away and index again.")
_DAMAGED = ("damaged", f"Run `{COMMAND} doctor --repair`, or move the file away and index again.")


class Catalog(AbstractContextManager["Catalog"]):
    """The images with a feature, the files left out, the drives, and the runs.

    Each method that changes it is one transaction. A context manager, for one thread.

    Args:
        path: The database; created if missing.
        reading: Whether to open it read-only where it cannot be written.

    Raises:
        FeatureStoreError: The database is damaged or cannot be used; every method may raise it.
    """

    def __init__(self, path: Path, *, reading: bool = False) -> None:
        self._path = path
        try:
            self._connection = _open(path)
        except sqlite3.Error as error:
            if not reading:
                raise self._unusable(error) from error
            try:
                self._connection = _open_read_only(path)
            except sqlite3.Error:
                raise self._unusable(error) from error

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def images(self) -> tuple[ImageRecord, ...]:
        """The images with a feature, ordered by path."""
        return self._read(ImageRecord, f"{', '.join(_COLUMNS)} FROM images ORDER BY path")

    def skipped(self) -> tuple[Skipped, ...]:
        """The files left out, ordered by path."""
        return self._read(Skipped, "path, reason FROM skipped ORDER BY path")

    def add_images(self, records: Sequence[ImageRecord]) -> None:
        """Record images whose features are saved."""
        places = ", ".join("?" * len(_COLUMNS))
        with self._transaction() as database:
            database.executemany(
                f"INSERT OR REPLACE INTO images VALUES ({places})",
                [tuple(getattr(record, name) for name in _COLUMNS) for record in records],
            )

    def remove_images(self, paths: Iterable[str]) -> None:
        """Delete the records of images."""
        with self._transaction() as database:
            database.executemany("DELETE FROM images WHERE path = ?", [(path,) for path in paths])

    def set_skipped(self, skipped: Iterable[Skipped]) -> None:
        """Replace the list of files left out."""
        self._replace("skipped", ((item.image, item.reason) for item in skipped))

    def drives(self) -> tuple[Drive, ...]:
        """The folders on other devices that images were on, ordered by path."""
        return self._read(
            lambda path, linked: Drive(path, bool(linked)), "path, linked FROM drives ORDER BY path"
        )

    def set_drives(self, drives: Iterable[Drive]) -> None:
        """Replace the list of folders on other devices."""
        self._replace("drives", ((drive.path, drive.linked) for drive in drives))

    def add_run(self, report: IndexReport) -> None:
        """Record a finished run, with the number of files left out instead of their list."""
        content = dataclasses.asdict(report) | {"skipped": len(report.skipped)}
        with self._transaction() as database:
            database.execute("INSERT INTO runs (report) VALUES (?)", (json.dumps(content),))

    def runs(self, count: int) -> tuple[dict[str, Any], ...]:
        """The last reports, newest first, with ``finished_at``, UTC ``YYYY-MM-DD HH:MM:SS``."""
        return self._read(
            lambda finished_at, report: {"finished_at": finished_at, **json.loads(report)},
            "finished_at, report FROM runs ORDER BY number DESC LIMIT ?",
            count,
        )

    def _read(self, make: Callable[..., T], selected: str, *values: object) -> tuple[T, ...]:
        """What is made of each selected row."""
        with self._transaction() as database:
            return tuple(make(*row) for row in database.execute(f"SELECT {selected}", values))

    def _replace(self, table: str, rows: Iterable[tuple[object, object]]) -> None:
        with self._transaction() as database:
            database.execute(f"DELETE FROM {table}")
            database.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", rows)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection:
                yield self._connection
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _unusable(self, error: sqlite3.Error) -> FeatureStoreError:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        # The lower byte of a code is the kind, the rest its detail.
        problem, remedy = _PROBLEMS.get(code) or _PROBLEMS.get(code & 0xFF, _DAMAGED)
        if self._path.is_dir():
            problem, remedy = _FOLDER
        return FeatureStoreError(
            f"The catalog cannot be used: expected an SQLite file that can be read and written. "
            f"Received: {self._path} ({problem}; SQLite says: {error}). {remedy}"
        )


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=LOCK_SECONDS)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _open_read_only(path: Path) -> sqlite3.Connection:
    # Even to read, SQLite needs files beside the database, which a read-only disk does not allow;
    # "immutable" reads without them.
    for option in ("mode=ro", "immutable=1"):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{option}", uri=True, timeout=LOCK_SECONDS
        )
        try:
            connection.execute("SELECT 1 FROM images, skipped, runs LIMIT 1")
        except sqlite3.Error as error:
            connection.close()
            problem = error
        else:
            return connection
    raise problem
