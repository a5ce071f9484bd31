"""The trash of the system: put a file in, and find it there again.

On Linux that is the trash of freedesktop.org. On macOS and Windows the system does it, by
Send2Trash, and does not tell where the file is; it cannot be taken out by a program.
"""

import os
import sys
from collections.abc import Collection
from pathlib import Path

from . import freedesktop_trash
from .checked_file import CheckedFile
from .freedesktop_trash import NoTrashError

PLATFORM = sys.platform


def can_restore() -> bool:
    """Whether a program can take a file out of the trash."""
    return PLATFORM not in ("darwin", "win32")


def to_trash(source: CheckedFile) -> tuple[Path | None, tuple[str, ...]]:
    """Move a file to the trash.

    Returns:
        Where it is now, ``None`` where the system does not tell; and what was lost of it.
    """
    if can_restore():
        return freedesktop_trash.put_in(source)
    _by_send2trash(source.path)
    return None, ()


def find_in_trash(paths: Collection[Path]) -> tuple[dict[Path, list[Path]], bool]:
    """Where in the trash files are; see ``freedesktop_trash.find_in``."""
    return freedesktop_trash.find_in(paths) if can_restore() else ({}, True)


def has_trash(folder: Path) -> bool:
    """Whether the trash of a folder is plugged in, and can be looked into."""
    if not can_restore():
        return False
    return any(trash.is_dir() for trash in freedesktop_trash.trashes([folder]))


def _by_send2trash(path: Path) -> None:
    import send2trash

    # The other way of Send2Trash deletes for good, without an error, where there is no recycle
    # bin: on network drives, and files that are too large for it.
    if PLATFORM == "win32" and send2trash.send2trash.__module__ != "send2trash.win.modern":
        raise NoTrashError("The trash of Windows needs pywin32 (pip install pywin32)")
    try:
        send2trash.send2trash(path)
    except send2trash.TrashPermissionError as error:
        raise NoTrashError from error
    except OSError as error:
        # Windows and macOS tell of a drive without a trash only in words.
        if error.errno is None and path.exists():
            raise NoTrashError from error
        raise
    if os.path.lexists(path):
        raise NoTrashError("The system did not move the file to its trash")
