"""The trash of the system: put a file in, and find it there again."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import unquote

# Programs can take files out of a trash by the rules of freedesktop.org only.
CAN_RESTORE = sys.platform not in ("darwin", "win32")
_INFO = ".trashinfo"


class NoTrashError(Exception):
    """The drive of a file has no trash."""


def to_trash(path: Path) -> None:
    """Move a file to the trash.

    Raises:
        NoTrashError: The drive has no trash, as network drives; the file is where it was.
        OSError: The file cannot be moved; it is where it was.
    """
    import send2trash

    try:
        send2trash.send2trash(path)
    except send2trash.TrashPermissionError as error:
        raise NoTrashError(str(error)) from error
    except OSError as error:
        # Windows and macOS tell of a drive without a trash only in words.
        if error.errno is None and path.exists():
            raise NoTrashError(str(error)) from error
        raise


def find_in_trash(paths: Collection[Path]) -> dict[Path, list[Path]]:
    """Where in the trash the files are that were at these absolute paths, the latest first.

    By the Trash specification of freedesktop.org, version 1.0; elsewhere nothing is found.
    """
    found: dict[Path, list[tuple[str, Path]]] = {}
    if not CAN_RESTORE:
        return {}
    wanted = {os.path.realpath(path.parent) + f"/{path.name}": path for path in paths}
    for trash in _trashes({path.parent for path in paths}):
        for original, deleted, file in _entries(trash):
            parent, _, name = original.rpartition("/")
            path = wanted.get(f"{os.path.realpath(parent)}/{name}")
            if path is not None:
                found.setdefault(path, []).append((deleted, file))
    return {
        path: [file for _, file in sorted(files, reverse=True)] for path, files in found.items()
    }


def forget(file: Path) -> None:
    """Delete what the trash knows of a file that was taken out of it."""
    (file.parents[1] / "info" / f"{file.name}{_INFO}").unlink(missing_ok=True)


def _trashes(folders: Collection[Path]) -> Iterator[Path]:
    home = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    yield Path(home).expanduser() / "Trash"
    uid = os.getuid()
    for top in {_mount_point(folder) for folder in folders}:
        yield top / ".Trash" / str(uid)
        yield top / f".Trash-{uid}"


def _mount_point(folder: Path) -> Path:
    folder = Path(os.path.realpath(folder))
    while not os.path.ismount(folder):
        folder = folder.parent
    return folder


def _entries(trash: Path) -> Iterator[tuple[str, str, Path]]:
    """Original path, date and file of all that is in a trash."""
    try:
        infos = list((trash / "info").glob(f"*{_INFO}"))
    except OSError:
        return
    # The top folder of a drive, or the folder of the user's data: some paths are relative to it.
    top = trash.parents[1] if trash.parent.name == ".Trash" else trash.parent
    for info in infos:
        try:
            lines = info.read_text(errors="surrogateescape").splitlines()
        except OSError:
            continue
        values = dict(line.split("=", 1) for line in lines if "=" in line)
        file = trash / "files" / info.name.removesuffix(_INFO)
        if "Path" in values and file.exists():
            original = unquote(values["Path"], errors="surrogateescape")
            yield str(top / original), values.get("DeletionDate", ""), file
