"""The trash by the Trash specification of freedesktop.org, version 1.0.

A name is reserved for good before a file takes it, so that two programs do not overwrite each
other's files in the trash.
"""

import errno
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, unquote

from .checked_file import CheckedFile
from .moving import move
from .names import alternatives, short
from .places import mount_point

_INFO = ".trashinfo"


class NoTrashError(Exception):
    """The drive of a file has no trash, or this system has none; the message says why."""

    def __init__(self, reason: str = "This drive has no trash, as most network drives") -> None:
        super().__init__(reason)


def put_in(source: CheckedFile) -> tuple[Path, tuple[str, ...]]:
    """Move a file to the trash; return where it is now, and what was lost as of ``move``.

    Raises:
        NoTrashError: The drive of the file has no trash, and none can be made.
        OSError: The file cannot be moved; it is where it was.
    """
    try:
        trash = _trash_for(source)
        for folder in ("files", "info"):
            (trash / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    except PermissionError as error:
        raise NoTrashError from error
    for place in alternatives(short(trash / "files" / source.path.name)):
        info = _info(place)
        try:
            with info.open("xb") as file:
                file.write(_described(source.path, trash))
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            continue
        try:
            return place, move(source, place)
        except FileExistsError:
            forget(place)
        except OSError:
            forget(place)
            raise
    raise AssertionError("the alternatives have no end")


def forget(place: Path) -> None:
    """Delete what the trash knows of a file that was taken out of it."""
    # Without its file it is passed over, and the desktop deletes it.
    with suppress(OSError):
        _info(place).unlink()


def find_in(paths: Collection[Path]) -> tuple[dict[Path, list[Path]], bool]:
    """Where in the trash the files are that were at these absolute paths, the latest first.

    Returns:
        The places of each path, and whether all entries of the trash could be read.
    """
    complete = True
    dated: dict[Path, list[tuple[str, Path]]] = {}
    wanted = {os.path.realpath(path.parent) + f"/{path.name}": path for path in paths}
    wanted |= {str(path): path for path in paths}
    for trash in trashes({path.parent for path in paths}):
        for entry in _entries(trash):
            if entry is None:
                complete = False
                continue
            original, date, place = entry
            if path := wanted.get(original):
                dated.setdefault(path, []).append((date, place))
    latest_first = {path: sorted(places)[::-1] for path, places in dated.items()}
    return {path: [place for _, place in latest_first[path]] for path in latest_first}, complete


def trashes(folders: Collection[Path]) -> Iterator[Path]:
    """The trashes that files of these folders may be in."""
    yield _home_trash()
    uid = os.getuid()
    for top in {mount_point(folder) for folder in folders}:
        yield top / ".Trash" / str(uid)
        yield top / f".Trash-{uid}"


def _home_trash() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(os.path.expanduser(data)) / "Trash"  # noqa: PTH111 - there may be no home


def _trash_for(source: CheckedFile) -> Path:
    with suppress(OSError, RuntimeError):
        if source.state.st_dev == Path.home().stat().st_dev:
            return _home_trash()
    top, uid = mount_point(source.path.parent), os.getuid()
    shared = top / ".Trash"
    if _is_folder(shared) and shared.lstat().st_mode & stat.S_ISVTX:
        own = shared / str(uid)
    else:
        own = top / f".Trash-{uid}"
    own.mkdir(mode=0o700, exist_ok=True)
    if not _is_folder(own) or own.lstat().st_uid != uid:
        raise PermissionError(errno.EACCES, "the trash belongs to someone else", str(own))
    return own


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _described(path: Path, trash: Path) -> bytes:
    path = Path(os.path.realpath(path.parent)) / path.name
    top = _top(trash)
    if trash != _home_trash() and path.is_relative_to(top):
        path = path.relative_to(top)
    now = datetime.now().isoformat(timespec="seconds")
    return f"[Trash Info]\nPath={quote(os.fsencode(path))}\nDeletionDate={now}\n".encode()


def _info(place: Path) -> Path:
    return place.parents[1] / "info" / f"{place.name}{_INFO}"


def _top(trash: Path) -> Path:
    """What relative paths of a trash begin at: the top of a drive, or the user's data."""
    return trash.parents[1] if trash.parent.name == ".Trash" else trash.parent


def _entries(trash: Path) -> Iterator[tuple[str, str, Path] | None]:
    """Original path, date and place of all that is in a trash; ``None`` for what is not read."""
    try:
        infos = list((trash / "info").glob(f"*{_INFO}"))
    except OSError:
        yield None
        return
    for info in infos:
        try:
            lines = info.read_text(errors="surrogateescape").splitlines()
        except FileNotFoundError:
            continue
        except OSError:
            yield None
            continue
        values = dict(line.split("=", 1) for line in lines if "=" in line)
        place = trash / "files" / info.name.removesuffix(_INFO)
        if "Path" in values and os.path.lexists(place):
            original = unquote(values["Path"], errors="surrogateescape")
            yield str(_top(trash) / original), values.get("DeletionDate", ""), place
