"""A table in a folder that took files: where each was, for a person without this program."""

import csv
import io
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from .checked_file import descriptor_of, open_file
from .names import alternatives
from .renaming import sync_folder

_NAME = "original-paths.csv"
_HEADER = ("file", "original path", "time", "content id")


def append_paths(folder: Path, rows: Iterable[tuple[Path, Path, str]]) -> None:
    """Add rows before the files come; they are on the disk when this returns.

    Args:
        folder: Is made.
        rows: Where a file will be, where it was, and the id of its content.
    """
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    path = next(one for one in alternatives(folder / _NAME) if _last_byte(one) is not None)
    if not (last := _last_byte(path)):
        table.writerow(_HEADER)
    elif last != b"\n":
        # A killed process wrote a part of a row.
        text.write("\n")
    for place, original, identity in rows:
        table.writerow((os.path.relpath(place, folder), original, now, identity))
    descriptor = descriptor_of(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with os.fdopen(descriptor, "ab") as file:
        file.write(text.getvalue().encode(errors="surrogateescape"))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)


def took_files(folder: Path) -> bool:
    """Whether a folder has such a table: it is the folder itself, not an empty mount point."""
    return any(_last_byte(path) for path in folder.glob("original-paths*.csv"))


def _last_byte(path: Path) -> bytes | None:
    """Of such a table; empty where there is none yet, ``None`` where something else is there."""
    try:
        with open_file(path) as file:
            first = file.readline()
            if first and first != f"{','.join(_HEADER)}\n".encode():
                return None
            file.seek(-1 if first else 0, os.SEEK_END)
            return file.read()
    except FileNotFoundError:
        return b""
    except OSError:
        return None
