"""What a run has saved of a detail index and not published yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from ..atomic import atomic_write
from .code_table import CodeTable
from .describing import DescribedPicture, load_pictures, save_pictures

_UNCOMPRESSED = "uncompressed"

T = TypeVar("T")


class PartFiles:
    """Files of the pictures of a batch each, so that a killed run loses one batch at most.

    Until there is a compression they hold numbers, then codes. A damaged file is left out.

    Args:
        folder: Created by the first write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __bool__(self) -> bool:
        """Whether anything is saved."""
        return bool(self._paths())

    def add(self, table: CodeTable, digest: str) -> None:
        """Save codes of the compression of a digest."""
        self._write(digest, table.save)

    def compression(self) -> str | None:
        """The digest of the compression of the last codes; ``None`` where there are none."""
        digests = [kind for kind, _ in self._paths() if kind != _UNCOMPRESSED]
        return digests[-1] if digests else None

    def tables(self, digest: str) -> list[CodeTable]:
        """The codes of a compression."""
        return self._read(digest, CodeTable.load)

    def add_uncompressed(self, pictures: Sequence[DescribedPicture]) -> None:
        """Save pictures that were described before there was a compression."""
        self._write(_UNCOMPRESSED, lambda file: save_pictures(file, pictures))

    def uncompressed(self) -> list[DescribedPicture]:
        """The pictures that were described before there was a compression."""
        return [picture for part in self._read(_UNCOMPRESSED, load_pictures) for picture in part]

    def drop_uncompressed(self) -> None:
        """Delete the uncompressed pictures, which are saved as codes."""
        _delete(path for kind, path in self._paths() if kind == _UNCOMPRESSED)

    def drop(self) -> None:
        """Delete everything."""
        _delete(path for _, path in self._paths())

    def _write(self, kind: str, save: Callable[[BinaryIO], None]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        numbers = [_number(path) for _, path in self._paths()]
        path = self._folder / f"part-{kind}-{max(numbers, default=0) + 1:06d}.npz"
        with atomic_write(path) as file:
            save(file)

    def _read(self, kind: str, load: Callable[[BinaryIO], T]) -> list[T]:
        found = (_part(path, load) for of, path in self._paths() if of == kind)
        return [part for part in found if part is not None]

    def _paths(self) -> list[tuple[str, Path]]:
        """The digest or ``uncompressed``, and the path of each file, in the order of writing."""
        names = ((re.fullmatch(r"part-(\w+)-\d+\.npz", path.name), path) for path in self._files())
        return sorted(((name[1], path) for name, path in names if name), key=_number_of)

    def _files(self) -> list[Path]:
        return [path for path in self._folder.glob("part-*") if path.is_file()]


def _number(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def _number_of(part: tuple[str, Path]) -> int:
    return _number(part[1])


def _part(path: Path, load: Callable[[BinaryIO], T]) -> T | None:
    try:
        with path.open("rb") as file:
            return load(file)
    # NumPy parses a header as Python: a damaged one raises SyntaxError, TokenError …
    except Exception:
        return None


def _delete(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
