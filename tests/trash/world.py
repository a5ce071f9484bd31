"""A small world of folders and drives in which files are removed and come back."""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from unittest.mock import patch

from core.feature_store import library_file
from core.trash.journal import Journal

MEMORY = Path("/dev/shm")
_BIND, _DETACH = 4096, 2


class World:
    """Folders in memory: a home with a trash, a library, two features folders, and a drive.

    The drive is a file system of its own, of 256 KB. What is on it can be seen at ``backing``,
    also while it is unplugged.

    Attributes:
        root: All of it, but for the drive.
    """

    def __init__(self, *, library_on_drive: bool) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="world-", dir=MEMORY))
        self.backing = backing_drive()
        self.home, self.drive = self.root / "home", self.root / "drive"
        self.features = (self.root / "features", self.root / "other features")
        self.home.mkdir()
        self.plugged_in = False
        self.plug_in()
        self.library = (self.drive if library_on_drive else self.root) / "library"
        self.library.mkdir()
        self.on_drive = library_on_drive
        self._env = patch.dict(
            os.environ, {"HOME": str(self.home), "XDG_DATA_HOME": str(self.home / "data")}
        )
        self._env.start()

    def end(self) -> None:
        """Delete all of it."""
        self._env.stop()
        if self.plugged_in:
            self.unplug(stays=True)
        shutil.rmtree(self.root)
        for path in self.backing.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def plug_in(self) -> None:
        """Mount the drive."""
        self.drive.mkdir(exist_ok=True)
        _mount(str(self.backing), self.drive, "", _BIND, "")
        self.plugged_in = True

    def unplug(self, *, stays: bool) -> None:
        """Unmount the drive; its mount point stays as an empty folder, or vanishes."""
        _unmount(self.drive)
        self.plugged_in = False
        if not stays:
            self.drive.rmdir()

    @property
    def has_library(self) -> bool:
        """Whether the library is there."""
        return self.plugged_in or not self.on_drive

    def contents(self) -> set[bytes]:
        """The contents of all pictures and sidecars of the user, also while they are unplugged."""
        folders = [self.library, *self._takers(self.root, self.backing)]
        if self.on_drive:
            folders[0] = self.backing / self.library.name
        return {content for folder in folders for content in files_in(folder).values()}

    def taken(self) -> dict[str, bytes]:
        """The files in the trashes, and in the folders that take files, by their paths."""
        folders = self._takers(self.root, self.drive)
        return {path: content for one in folders for path, content in files_in(one).items()}

    def in_library(self) -> dict[str, tuple[bytes, int]]:
        """Content and time of each file of the library, by its path."""
        start = len(f"{self.library}/")
        return {
            path[start:]: (content, os.lstat(path).st_mtime_ns)
            for path, content in files_in(self.library).items()
        }

    def _takers(self, root: Path, drive: Path) -> list[Path]:
        trashes = (self.home / "data" / "Trash", drive / f".Trash-{os.getuid()}")
        return [*(trash / "files" for trash in trashes), root / "out", drive / "out"]

    def journalled(self, features: Path) -> set[tuple[str, str]]:
        """Path and id of all files that a journal of a features folder says are away."""
        folder = library_file(features, self.library, "").parent
        removals = [Journal(path).read() for path in folder.glob("*.jsonl")]
        return {(one.image, one.id) for removal in removals for one in removal.away}


def files_in(folder: Path | str) -> dict[str, bytes]:
    """The pictures and sidecars below a folder, by their paths, in their order."""
    found, folders = {}, [str(folder)]
    while folders:
        try:
            entries = [*os.scandir(folders.pop())]
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            else:
                with open(entry.path, "rb") as file:  # noqa: PTH123 - many files
                    found[entry.path] = file.read()
    ours = {path: content for path, content in found.items() if content.startswith(b"content")}
    return dict(sorted(ours.items()))


@cache
def backing_drive() -> Path:
    """A drive for this process, which takes milliseconds to mount."""
    path = Path(tempfile.mkdtemp(prefix="drive-", dir=MEMORY))
    _mount("tmpfs", path, "tmpfs", 0, "size=256k")
    atexit.register(lambda: (_unmount(path), path.rmdir()))
    return path


def can_mount() -> bool:
    """Whether this user may mount drives here."""
    if os.geteuid() != 0 or not MEMORY.is_dir():
        return False
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        try:
            _mount("tmpfs", Path(name), "tmpfs", 0, "size=64k")
        except OSError:
            return False
        _unmount(Path(name))
    return True


def _mount(source: str, target: Path, kind: str, flags: int, data: str) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    words = (word.encode() for word in (source, str(target), kind))
    if library.mount(*words, ctypes.c_ulong(flags), data.encode()):
        raise OSError(ctypes.get_errno(), "mount")


def _unmount(target: Path) -> None:
    ctypes.CDLL(None).umount2(str(target).encode(), _DETACH)
