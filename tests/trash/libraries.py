"""Libraries to move images of, with their records and contents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from core.images import image_id
from core.trash import Move, RemovalReport, remove
from core.types import ImageRecord
from tests.fakes import save_picture

PICTURES = 6
KEPT = "kept.png"


def fill_library(folder: Path, count: int = PICTURES) -> list[ImageRecord]:
    """Draw pictures in two folders, and one that stays; return the records of the former."""
    for number in range(count):
        save_picture(folder / "ab"[number % 2] / f"ü {number:03}.png", number)
    save_picture(folder / KEPT, 1000)
    return [one for one in records(folder) if one.path != KEPT]


def record(folder: Path, name: str) -> ImageRecord:
    """The record of a file of a library."""
    path = folder / name
    state = path.stat()
    identity = image_id(path.read_bytes())
    return ImageRecord(name, state.st_size, state.st_mtime_ns, identity, 64, 48, None)


def records(folder: Path) -> list[ImageRecord]:
    """The records of the files of a library, in the order of their paths."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [record(folder, name) for name in sorted(names)]


def moves(library: Path, images: Sequence[ImageRecord], kept: str = KEPT) -> list[Move]:
    """The moves of images, for all of which one stays."""
    stays = record(library, kept)
    return [Move(one, stays) for one in images]


def remove_images(
    features: Path,
    library: Path,
    images: Sequence[ImageRecord],
    *,
    into: Path | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> RemovalReport:
    """Remove images, for all of which one stays."""
    return remove(features, library, moves(library, images), into=into, progress=progress)


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder by their paths."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def pictures(folder: Path) -> dict[str, bytes]:
    """The files of a folder that took them, without the table of their original paths."""
    return {
        name: content for name, content in contents(folder).items() if not name.endswith(".csv")
    }
