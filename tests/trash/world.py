"""A small world of folders and drives in which files are removed and come back."""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from core.feature_store import library_file
from core.trash.checked_file import content_id
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
        self.backing = Path(tempfile.mkdtemp(prefix="drive-", dir=MEMORY))
        self.home, self.drive = self.root / "home", self.root / "drive"
        self.features = (self.root / "features", self.root / "other features")
        _mount("tmpfs", self.backing, "tmpfs", 0, "size=256k")
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
        _unmount(self.backing)
        shutil.rmtree(self.root)
        self.backing.rmdir()

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

    def places(self) -> list[Path]:
        """All that a user can reach, and what is on the drive, without the features folders."""
        places = [place for place in self.root.iterdir() if place not in self.features]
        return [*(place for place in places if place != self.drive), self.backing]

    def contents(self) -> set[bytes]:
        """The contents of all pictures and sidecars of the user."""
        read = {path.read_bytes() for place in self.places() for path in files_of(place)}
        return {content for content in read if content.startswith(b"content")}

    def taken(self) -> list[Path]:
        """The files in the trashes and in the folders that take files."""
        folders = [self.root / "out"]
        folders.append(self.home / "data" / "Trash" / "files")
        if self.plugged_in:
            folders += [self.drive / "out", self.drive / f".Trash-{os.getuid()}" / "files"]
        return [path for folder in folders for path in files_of(folder) if path.suffix != ".csv"]

    def in_library(self) -> dict[str, tuple[bytes, int]]:
        """Content and time of each file of the library, by its path."""
        return {
            path.relative_to(self.library).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in files_of(self.library)
        }

    def journalled(self, features: Path) -> set[tuple[str, str]]:
        """Path and id of all files that a journal of a features folder says are away."""
        folder = library_file(features, self.library, "").parent
        removals = [Journal(path).read() for path in folder.glob("*.jsonl")]
        return {(one.image, one.id) for removal in removals for one in removal.away}


def files_of(folder: Path) -> list[Path]:
    """The files below a folder, sorted; those of a killed copy are none."""
    paths = (Path(top, name) for top, _, names in os.walk(folder) for name in names)
    return sorted(path for path in paths if not path.name.endswith(".lookalike-copy"))


def id_of(content: bytes, root: Path) -> str:
    """The id of a content."""
    path = root / "content"
    path.write_bytes(content)
    try:
        return content_id(path)
    finally:
        path.unlink()


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
