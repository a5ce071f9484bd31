"""Atomic writes: a reader sees the old file or the new one, never a part."""

import os
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# Earlier versions wrote them without the name of the project.
_TEMPORARY = re.compile(r"\.(lookalike-)?[0-9a-f]{32}\.tmp")
# Windows moves nothing onto a file, or out of a folder, that a scanner for viruses has open for a
# moment; elsewhere a move that is refused will not be allowed later.
_WAITS_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if os.name == "nt" else ()


@contextmanager
def atomic_write(
    path: Path, *, durable: bool = False, scratch: Path | None = None, overwrite: bool = True
) -> Iterator[BinaryIO]:
    """A temporary file that replaces ``path`` on a clean exit.

    Args:
        path: The file to write; its folder must exist.
        durable: Whether to sync the data to the disk first, which takes some milliseconds.
        scratch: Folder of the temporary file, on the same file system; by default that of
            ``path``. A killed process leaves its temporary file there.
        overwrite: Whether a file that is there already is replaced.

    Yields:
        The temporary file, open for binary writing.

    Raises:
        OSError: The folder cannot be written or the disk is full, or, as ``FileExistsError``, the
            file is there and must not be replaced; ``path`` is unchanged.
    """
    temporary = temporary_path(scratch or path.parent)
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if overwrite:
            move(temporary, path)
        else:
            move_to_free_name(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def temporary_path(folder: Path) -> Path:
    """The path of a new temporary file or folder, which ``temporaries_in`` finds."""
    # Not made of the name of a file, which may have the greatest length already.
    return folder / f".lookalike-{uuid.uuid4().hex}.tmp"


def temporaries_in(folder: Path) -> list[Path]:
    """What killed processes left in a folder; temporary files of other programs are not ours."""
    return [path for path in folder.glob(".*.tmp") if _TEMPORARY.fullmatch(path.name)]


def move(source: Path, target: Path) -> None:
    """Rename a file or folder, onto ``target`` if that is a file; on Windows with patience."""
    for seconds in _WAITS_SECONDS:
        try:
            source.replace(target)
            return
        except PermissionError:
            time.sleep(seconds)
    source.replace(target)


def move_to_free_name(source: Path, target: Path) -> None:
    """Rename a file; a file that came into being meanwhile raises ``FileExistsError``."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # The file system has no hard links: take the name, then replace what holds it.
        target.open("xb").close()
        try:
            move(source, target)
        except BaseException:
            target.unlink()
            raise
    else:
        source.unlink()
