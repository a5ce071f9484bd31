"""The detail index of a gallery on the disk."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.atomic import atomic_write
from core.detail.code_table import CodeTable
from core.detail.compression import Codes, Compression
from core.errors import FeatureStoreError

FORMAT = "lookalike-detail"
# Other regions, another size of the pictures or another form of the files need another version.
VERSION = 1
INDEX_NAME = "detail.json"


@dataclass(frozen=True)
class Published:
    """What is said of a published detail index.

    Attributes:
        generation: Rises with every publication.
        compression: Digest of the compression of the codes.
        pictures: Number of pictures.
        images_per_second: Rate of the last extraction; 0 if it is not known.
        published_at: UTC, ISO 8601.
    """

    generation: int
    compression: str
    pictures: int
    images_per_second: float
    published_at: str


class DetailStore:
    """A folder with the published index, and the parts that a run has saved since.

    A run saves a part for every batch and publishes them together at its end, so a killed run
    keeps its parts. Each compression is in a file of its own, named like its digest.

    Args:
        folder: Created by the first write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def compression(self, digest: str) -> Compression:
        """The compression of a digest.

        Raises:
            FeatureStoreError: It is missing or damaged.
        """
        path = self.folder / _compression_name(digest)
        try:
            with path.open("rb") as file:
                found = Compression.load(file)
            if found.digest != digest:
                raise ValueError("other numbers than were saved")
        # NumPy parses a header as Python: a damaged one raises SyntaxError, TokenError …
        except Exception as error:
            raise _damaged(path, error) from error
        return found

    def save_compression(self, compression: Compression) -> None:
        """Save a compression."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / _compression_name(compression.digest)
        with atomic_write(path, durable=True) as file:
            compression.save(file)

    def add_part(self, table: CodeTable, compression: Compression) -> None:
        """Save what a run has made of some pictures."""
        number = max((number for _, number in self._parts()), default=0) + 1
        path = self.folder / _part_name(compression.digest, number)
        with atomic_write(path) as file:
            table.save(file)

    def unfinished(self) -> str | None:
        """The digest of the compression of the parts; ``None`` where there are none."""
        return max(self._parts(), key=lambda part: part[1], default=(None, 0))[0]

    def parts(self, digest: str) -> list[CodeTable]:
        """The parts of a compression, without damaged ones."""
        read = [_part(self.folder / _part_name(*part)) for part in self._parts()]
        return [
            table
            for (of, _), table in zip(self._parts(), read, strict=True)
            if of == digest and table is not None
        ]

    def drop_parts(self) -> None:
        """Delete the parts."""
        for part in self._parts():
            (self.folder / _part_name(*part)).unlink(missing_ok=True)

    def published(self) -> Published | None:
        """The published index; ``None`` before the first one.

        Raises:
            FeatureStoreError: Its description is damaged or of another version.
        """
        path = self.folder / INDEX_NAME
        try:
            content = json.loads(path.read_bytes())
            if (content.pop("format"), content.pop("version")) != (FORMAT, VERSION):
                raise ValueError("another format or version")
            return Published(**content)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged(path, error) from error

    def table(self, published: Published) -> tuple[CodeTable, NDArray[np.bytes_]]:
        """The regions of a published index, memory-mapped, and the checksum of each picture.

        Raises:
            FeatureStoreError: A file is missing or damaged.
        """
        names = _names(published.generation)
        path = self.folder / names[0]
        try:
            with np.load(path, allow_pickle=False) as content:
                ids, sizes, checksums = (content[name] for name in ("ids", "sizes", "checksums"))
            coarse, fine = (self._mapped(name) for name in names[1:])
            table = CodeTable(ids, sizes, coarse, fine)
            table.check()
            if not published.pictures == len(table) == len(checksums):
                raise ValueError(f"{len(table)} pictures, not {published.pictures}")
        # As for the compression.
        except Exception as error:
            raise _damaged(path, error) from error
        return table, checksums

    def publish(self, pictures: Sequence[tuple[CodeTable, int]], published: Published) -> None:
        """Publish pictures, each a row of a table, in one rename; then delete all that is older."""
        names = _names(published.generation)
        ordered = sorted(pictures, key=lambda one: bytes(one[0].ids[one[1]]))
        with self._written(names[0]) as file:
            np.savez(
                file,
                ids=np.array([table.ids[row] for table, row in ordered], np.bytes_),
                sizes=np.array([table.sizes[row] for table, row in ordered], np.uint8),
                checksums=np.array([table.checksum(row) for table, row in ordered], np.bytes_),
            )
        for kind, name in enumerate(names[1:]):
            with self._written(name) as file:
                _write_codes(file, [table.regions_of(row)[kind] for table, row in ordered])
        content = {"format": FORMAT, "version": VERSION, **asdict(published)}
        with self._written(INDEX_NAME) as file:
            file.write(json.dumps(content, indent=2).encode())
        self._sweep({INDEX_NAME, _compression_name(published.compression), *names})

    def publication_id(self) -> tuple[int, int] | None:
        """A value that changes with every publication; ``None`` before the first."""
        try:
            status = (self.folder / INDEX_NAME).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino

    @property
    def exists(self) -> bool:
        """Whether anything is published, or saved by a run that was stopped."""
        return self.publication_id() is not None or bool(self._parts())

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(path.stat().st_size for path in self._files())

    def _written(self, name: str) -> AbstractContextManager[BinaryIO]:
        return atomic_write(self.folder / name, durable=True)

    def _mapped(self, name: str) -> Codes:
        codes: Codes = np.lib.format.open_memmap(self.folder / name, mode="r")
        return codes

    def _parts(self) -> list[tuple[str, int]]:
        """Digest of the compression and number of each part, in the order of the numbers."""
        names = (re.fullmatch(r"part-(\w+)-(\d+)\.npz", path.name) for path in self._files())
        return sorted(((name[1], int(name[2])) for name in names if name), key=lambda one: one[1])

    def _files(self) -> list[Path]:
        return [path for path in self.folder.glob("*") if path.is_file()]

    def _sweep(self, kept: Collection[str]) -> None:
        for path in self._files():
            if path.name not in kept:
                # Windows does not delete a mapped file; a later run does.
                with suppress(PermissionError):
                    path.unlink(missing_ok=True)


def _part_name(digest: str, number: int) -> str:
    return f"part-{digest}-{number:06d}.npz"


def _compression_name(digest: str) -> str:
    return f"compression-{digest}.npz"


def _names(generation: int) -> tuple[str, str, str]:
    return (
        f"pictures-{generation:06d}.npz",
        f"coarse-{generation:06d}.npy",
        f"fine-{generation:06d}.npy",
    )


def _write_codes(file: BinaryIO, codes: Sequence[Codes]) -> None:
    """Write codes one after the other as one array of NumPy."""
    shape = (sum(map(len, codes)), codes[0].shape[1])
    np.lib.format.write_array_header_1_0(
        file, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )
    for part in codes:
        file.write(part.tobytes())


def _part(path: Path) -> CodeTable | None:
    try:
        with path.open("rb") as file:
            return CodeTable.load(file)
    # As for the compression.
    except Exception:
        return None


def _damaged(path: Path, error: Exception) -> FeatureStoreError:
    return FeatureStoreError(
        f"The detail index cannot be read: expected {FORMAT} of version {VERSION}. "
        f"Received: {path} ({error}). Make it anew with `python -m core index --detail`."
    )
