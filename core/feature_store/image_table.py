"""The records of the images of an index, in columns: a million take some 200 MB."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, BinaryIO, Self, overload

import numpy as np
from numpy.typing import NDArray

from ..types import ImageRecord, Rows

# The character after "/". In the order of paths a folder ends before its name and this character.
_AFTER_SLASH = "0"
_COLUMNS = {
    "content": np.uint8,
    "ends": np.int64,
    "size": np.int64,
    "mtime_ns": np.int64,
    "id": np.bytes_,
    "width": np.int32,
    "height": np.int32,
    "taken_at": np.bytes_,
    "checksum": np.bytes_,
    "id_order": np.int32,
}
# Of the fields of a record.
_FIELDS = tuple(_COLUMNS)[2:-1]


class ImageTable(Sequence[ImageRecord]):
    """Image records in the order of their paths; each is made when it is asked for."""

    def __init__(self, columns: Mapping[str, NDArray[Any]]) -> None:
        self._columns = columns
        self.paths = Paths(columns["content"], columns["ends"])

    @classmethod
    def of(cls, records: Iterable[ImageRecord]) -> Self:
        """A table of records; ``ValueError`` if they are not in the order of their paths."""
        records = tuple(records)
        if any(one.path >= two.path for one, two in pairwise(records)):
            raise ValueError("images that are not in the order of their paths")
        encoded = [record.path.encode() for record in records]
        columns: dict[str, NDArray[Any]] = {
            "content": np.frombuffer(b"".join(encoded), np.uint8),
            "ends": np.cumsum([len(path) for path in encoded], dtype=np.int64),
        }
        for name in _FIELDS:
            if _COLUMNS[name] is np.bytes_:
                values = [(getattr(one, name) or "").encode() for one in records]
            else:
                values = [getattr(one, name) for one in records]
            columns[name] = np.array(values, _COLUMNS[name])
        columns["id_order"] = np.argsort(columns["id"], kind="stable").astype(np.int32)
        return cls(columns)

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, row: int) -> ImageRecord: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[ImageRecord, ...]: ...
    def __getitem__(self, row: int | slice) -> ImageRecord | tuple[ImageRecord, ...]:
        if isinstance(row, slice):
            return tuple(self[number] for number in range(*row.indices(len(self))))
        return _record(self.paths[row], *(self._columns[name][row].item() for name in _FIELDS))

    def __iter__(self) -> Iterator[ImageRecord]:
        return map(_record, self.paths, *(self._columns[name].tolist() for name in _FIELDS))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return NotImplemented
        return all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def lying(self) -> NDArray[np.int8]:
        """1 for an image that is wider than high, -1 for the opposite, 0 for a square, ``(n,)``."""
        signs: NDArray[np.int8] = np.sign(self._columns["width"] - self._columns["height"])
        return signs.astype(np.int8)

    @cached_property
    def sides(self) -> NDArray[np.int32]:
        """The shorter side in pixels, ``(n,)``."""
        shorter: NDArray[np.int32] = np.minimum(self._columns["width"], self._columns["height"])
        return shorter

    @property
    def ids(self) -> NDArray[np.bytes_]:
        """``(n,)``, ASCII."""
        return self._columns["id"]

    @cached_property
    def days(self) -> NDArray[np.int32]:
        """Days of the photographs as ``date.toordinal``, ``(n,)``; 0 where none is known."""
        written, of_image = np.unique(self._columns["taken_at"], return_inverse=True)
        return np.array([_day(one.decode()) for one in written.tolist()], np.int32)[of_image]

    @cached_property
    def extensions(self) -> tuple[tuple[str, ...], NDArray[np.intp]]:
        """Extensions of the names in capitals, ``""`` for none, and which each image has."""
        numbers: dict[str, int] = {}
        of_image = [numbers.setdefault(_extension(path), len(numbers)) for path in self.paths]
        return tuple(numbers), np.array(of_image, np.intp)

    def row_of_path(self, path: str) -> int | None:
        """The row of the image at a path; ``None`` where there is none."""
        row = bisect_left(self.paths, path)
        return row if row < len(self) and self.paths[row] == path else None

    def row_of_id(self, image_id: str) -> int | None:
        """The row of an id, of identical files the first; ``None`` where there is none."""
        rows = self.rows_of_ids([image_id])
        return int(rows[0]) if len(rows) else None

    def rows_of_ids(self, image_ids: Collection[str]) -> Rows:
        """The rows of all files with one of these ids, ascending."""
        ids, rows = self._by_id
        # NumPy takes an id that ends with NUL for the same id without it.
        encoded = [one.encode(errors="replace") for one in image_ids if "\0" not in one]
        wanted = np.unique(np.array(encoded, np.bytes_))
        first, end = (np.searchsorted(ids, wanted, side) for side in ("left", "right"))
        counts = end - first
        # The numbers from first to end of each id, one after the other.
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.sort(rows[np.repeat(first, counts) + within])

    def repeated_ids(self) -> tuple[str, ...]:
        """The ids that several files have, ascending."""
        ids = self._by_id[0]
        repeated = np.unique(ids[1:][ids[1:] == ids[:-1]])
        return tuple(one.decode() for one in repeated.tolist())

    def rows_below(self, folder: str) -> range:
        """The rows of the images in a folder of the library and below it."""
        folder = folder.strip("/")
        first, end = (bisect_left(self.paths, folder + last) for last in ("/", _AFTER_SLASH))
        return range(first, end)

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """The folders with images in them or below, relative to the library, in order."""
        folders = {path.rpartition("/")[0] for path in self.paths} - {""}
        for folder in tuple(folders):
            while folder := folder.rpartition("/")[0]:
                folders.add(folder)
        return tuple(sorted(folders))

    def folders_in(self, folder: str = "") -> dict[str, int]:
        """The folders right in a folder of the library, and how many images are below each."""
        parent = f"{folder}/" if folder else ""
        rows = self.rows_below(folder) if folder else range(len(self))
        found, row = {}, rows.start
        while row < rows.stop:
            name, slash, _ = self.paths[row].removeprefix(parent).partition("/")
            if not slash:
                row += 1
                continue
            below = self.rows_below(parent + name)
            found[parent + name] = len(below)
            row = below.stop
        return found

    @cached_property
    def _by_id(self) -> tuple[NDArray[np.bytes_], Rows]:
        order = self._columns["id_order"].astype(np.int64)
        return self.ids[order], order

    def save(self, file: BinaryIO) -> None:
        """Write a NumPy archive."""
        np.savez(file, allow_pickle=False, **self._columns)

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """Read what ``save`` wrote; anything else raises ``ValueError``."""
        with np.load(file, allow_pickle=False) as archive:
            columns = {name: archive[name] for name in _COLUMNS if name in archive.files}
        counts = {len(column) for name, column in columns.items() if name != "content"}
        kinds = {np.issubdtype(column.dtype, _COLUMNS[name]) for name, column in columns.items()}
        if len(columns) != len(_COLUMNS) or len(counts) != 1 or kinds != {True}:
            raise ValueError("no table of images")
        ends = columns["ends"]
        if len(ends) and (ends[-1] != len(columns["content"]) or (np.diff(ends) < 0).any()):
            raise ValueError("a table of images with damaged paths")
        return cls(columns)


class Paths:
    """Paths in one array of bytes: all in UTF-8, one after the other, and where each ends."""

    def __init__(self, content: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        self._content = content
        self._ends = ends

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, row: int) -> str:
        if not -len(self) <= row < len(self):
            raise IndexError(row)
        row %= len(self)
        start = self._ends[row - 1] if row else 0
        return self._content[start : self._ends[row]].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        content, start = self._content.tobytes(), 0
        for end in self._ends.tolist():
            yield content[start:end].decode()
            start = end


def _record(path: str, *fields: Any) -> ImageRecord:
    size, mtime_ns, image_id, width, height, taken_at, checksum = fields
    return ImageRecord(
        path,
        size,
        mtime_ns,
        image_id.decode(),
        width,
        height,
        taken_at.decode() or None,
        checksum.decode(),
    )


def _day(taken_at: str) -> int:
    try:
        return date.fromisoformat(taken_at.partition("T")[0]).toordinal()
    except ValueError:
        return 0


def _extension(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].upper() if "." in path else ""
