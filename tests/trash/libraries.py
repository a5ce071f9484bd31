"""Libraries to move images of, with their records and contents."""

from __future__ import annotations

from pathlib import Path

from core.images import image_id
from core.types import ImageRecord
from tests.fakes import save_picture

PICTURES = 6


def fill_library(folder: Path, count: int = PICTURES) -> list[ImageRecord]:
    """Draw pictures in two folders; return their records."""
    for number in range(count):
        save_picture(folder / "ab"[number % 2] / f"ü {number:03}.png", number)
    return records(folder)


def records(folder: Path) -> list[ImageRecord]:
    """The records of the files of a library, in the order of their paths."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        state, name = path.stat(), path.relative_to(folder).as_posix()
        identity = image_id(path.read_bytes())
        found.append(ImageRecord(name, state.st_size, state.st_mtime_ns, identity, 64, 48, None))
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder by their paths."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
