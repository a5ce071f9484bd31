"""The detail index of a gallery on the disk."""

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..atomic import atomic_write, temporaries_in
from ..documents import file_version, read_document, write_document
from ..errors import FeatureStoreError
from ..program import COMMAND
from .code_table import CodeTable
from .compression import Codes, Compression
from .part_files import PartFiles

FORMAT = "lookalike-detail"
# Other regions, another size of the pictures or another form of the files need another version.
VERSION = 1
INDEX_NAME = "detail.json"
_OURS = re.compile(r"(pictures|coarse|fine|compression|part-\w+)-\w+\.np[yz]")


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
    """A folder with the published index, and ``parts`` that a run has saved since.

    Each compression is in a file of its own, named like its digest. The folder is created by the
    first write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts = PartFiles(folder)

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

    def published(self) -> Published | None:
        """The published index; ``None`` before the first one.

        Raises:
            FeatureStoreError: Its description is damaged or of another version.
        """
        path = self.folder / INDEX_NAME
        try:
            content = read_document(path, FORMAT, VERSION)
            return Published(**{item.name: content[item.name] for item in fields(Published)})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError) as error:
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
            coarse, fine = (
                np.lib.format.open_memmap(self.folder / name, mode="r") for name in names[1:]
            )
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
        with atomic_write(self.folder / names[0], durable=True) as file:
            np.savez(
                file,
                ids=np.array([table.ids[row] for table, row in ordered], np.bytes_),
                sizes=np.array([table.sizes[row] for table, row in ordered], np.uint8),
                checksums=np.array([table.checksum(row) for table, row in ordered], np.bytes_),
            )
        for kind, name in enumerate(names[1:]):
            with atomic_write(self.folder / name, durable=True) as file:
                _write_codes(file, [table.regions_of(row)[kind] for table, row in ordered])
        write_document(self.folder / INDEX_NAME, FORMAT, VERSION, asdict(published))
        self._sweep({INDEX_NAME, _compression_name(published.compression), *names})

    def unused_generation(self) -> int:
        """A number of which there are no files, also where a run was killed or damaged some."""
        names = (re.fullmatch(r"[a-z]+-(\d{6,8})\.np[yz]", path.name) for path in self._files())
        return max((int(name[1]) for name in names if name), default=0) + 1

    def publication_id(self) -> tuple[int, int] | None:
        """A value that changes with every publication; ``None`` before the first."""
        return file_version(self.folder / INDEX_NAME)

    @property
    def exists(self) -> bool:
        """Whether anything is published, or saved by a run that was stopped."""
        return self.publication_id() is not None or bool(self.parts)

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(path.stat().st_size for path in self._files())

    def _files(self) -> list[Path]:
        return [path for path in self.folder.glob("*") if path.is_file()]

    def _sweep(self, kept: Collection[str]) -> None:
        ours = [path for path in self._files() if _OURS.fullmatch(path.name)]
        for path in [*ours, *temporaries_in(self.folder)]:
            if path.name not in kept:
                # Windows does not delete a mapped file; a later run does.
                with suppress(PermissionError):
                    path.unlink(missing_ok=True)


def _compression_name(digest: str) -> str:
    return f"compression-{digest}.npz"


def _names(generation: int) -> tuple[str, str, str]:
    number = f"{generation:06d}"
    return f"pictures-{number}.npz", f"coarse-{number}.npy", f"fine-{number}.npy"


def _write_codes(file: BinaryIO, codes: Sequence[Codes]) -> None:
    """Write codes one after the other as one array of NumPy."""
    shape = (sum(map(len, codes)), codes[0].shape[1])
    np.lib.format.write_array_header_1_0(
        file, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )
    for part in codes:
        file.write(part.tobytes())


def _damaged(path: Path, error: Exception) -> FeatureStoreError:
    return FeatureStoreError(
        f"The detail index cannot be read: expected {FORMAT} of version {VERSION}. "
        f"Received: {path} ({error}). Make it anew with `{COMMAND} index --detail`."
    )
