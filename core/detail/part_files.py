"""What a run has saved of a detail index and not published yet."""

import re
from collections.abc import Callable, Collection, Sequence
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
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __bool__(self) -> bool:
        """Whether anything is saved."""
        return bool(self._files())

    def add(self, table: CodeTable, digest: str) -> None:
        """Save codes of the compression of a digest."""
        self._write(digest, table.save)

    def compression(self) -> str | None:
        """The digest of the compression of the last codes; ``None`` where there are none."""
        digests = [kind for _, kind, _ in self._files() if kind != _UNCOMPRESSED]
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
        self._delete({_UNCOMPRESSED})

    def drop(self) -> None:
        """Delete everything."""
        self._delete({kind for _, kind, _ in self._files()})

    def _delete(self, kinds: Collection[str]) -> None:
        for _, kind, path in self._files():
            if kind in kinds:
                path.unlink(missing_ok=True)

    def _write(self, kind: str, save: Callable[[BinaryIO], None]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        last = max((number for number, *_ in self._files()), default=0)
        with atomic_write(self._folder / f"part-{kind}-{last + 1:06d}.npz") as file:
            save(file)

    def _read(self, wanted: str, load: Callable[[BinaryIO], T]) -> list[T]:
        parts = (_part(path, load) for _, kind, path in self._files() if kind == wanted)
        return [part for part in parts if part is not None]

    def _files(self) -> list[tuple[int, str, Path]]:
        """The number, the digest or ``uncompressed``, and the path of each, in their order."""
        paths = (path for path in self._folder.glob("part-*") if path.is_file())
        names = ((re.fullmatch(r"part-(\w+)-(\d+)\.npz", path.name), path) for path in paths)
        return sorted((int(name[2]), name[1], path) for name, path in names if name)


def _part(path: Path, load: Callable[[BinaryIO], T]) -> T | None:
    try:
        with path.open("rb") as file:
            return load(file)
    # NumPy parses a header as Python: a damaged one raises SyntaxError, TokenError …
    except Exception:
        return None
