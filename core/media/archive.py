"""Copies of the images of an answer, as a ZIP archive."""

import io
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO

from ..errors import ImageError
from ..images import file_id
from ..types import ImageRecord

MISSING = "missing.txt"
_PIECE = 1 << 20
# A larger file waits on the disk, not in memory, until its content is checked.
_MOST_IN_MEMORY = 2 << 20
# Windows allows none of them in a name.
_FORBIDDEN = frozenset('<>:"/\\|?*')
# File systems end at 255 bytes; the rank and the folder it is unpacked to need some.
_MOST_BYTES = 180
# The dates that a ZIP archive can hold.
_FIRST_TIME = datetime(1980, 1, 1)
_LAST_TIME = datetime(2107, 12, 31, 23, 59, 58)


def copies(images: Sequence[ImageRecord], library: Path) -> Iterator[bytes]:
    """An archive of copies, bytes piece by piece: it is never whole in memory or on the disk.

    The names begin with the rank, so that they sort like the answer and none collides with
    another. Files that cannot be read, or are not the indexed ones any more, are listed in
    ``MISSING`` with the reason.
    """
    out, missing = _Pieces(), []
    with (
        zipfile.ZipFile(out, "w") as archive,
        tempfile.SpooledTemporaryFile(_MOST_IN_MEMORY) as content,
    ):
        for rank, image in enumerate(images, 1):
            try:
                _read(library / image.path, image, content)
            except (ImageError, OSError) as error:
                missing.append(f"{image.path}: {getattr(error, 'strerror', error)}")
                continue
            entry = zipfile.ZipInfo(copy_name(rank, image.path), _time_of(image))
            with archive.open(entry, "w", force_zip64=True) as copy:
                while piece := content.read(_PIECE):
                    copy.write(piece)
                    yield out.taken()
            yield out.taken()
        if missing:
            archive.writestr(MISSING, "\n".join(missing).encode("utf-8", "replace"))
    yield out.taken()


def _read(path: Path, image: ImageRecord, content: IO[bytes]) -> None:
    """Replace ``content`` by the content of a file, checked in what was read."""
    content.seek(0)
    content.truncate()
    with path.open("rb") as file:
        # A file that has grown need not be read to its end.
        while content.tell() <= image.size and (piece := file.read(_PIECE)):
            content.write(piece)
    content.seek(0)
    if file_id(content) != image.id:
        raise ImageError("its file has changed since it was indexed")
    content.seek(0)


def copy_name(rank: int, path: str) -> str:
    """Name of a copy in the archive, safe to unpack on every system; the rank makes it unique."""
    name = path.rpartition("/")[2]
    plain = "".join(
        "_" if c in _FORBIDDEN or unicodedata.category(c)[0] == "C" else c for c in name
    )
    stem, dot, extension = plain.rpartition(".")
    ending = f"{dot}{extension}".rstrip(". ")[:12] if stem else ""
    start = (stem or plain).encode()[:_MOST_BYTES].decode(errors="ignore")
    return f"{rank:03} {start}{ending}".rstrip(". ")


def _time_of(image: ImageRecord) -> tuple[int, int, int, int, int, int]:
    seconds = image.mtime_ns / 1e9
    try:
        time = min(max(datetime.fromtimestamp(seconds), _FIRST_TIME), _LAST_TIME)
    # It is in no year from 1 to 9999; Windows has no times before 1970 either.
    except (ValueError, OverflowError, OSError):
        time = _FIRST_TIME if seconds < 0 else _LAST_TIME
    return time.year, time.month, time.day, time.hour, time.minute, time.second


class _Pieces(io.RawIOBase):
    """A file to write to that keeps only what was not taken yet."""

    def __init__(self) -> None:
        self._pending: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        self._pending.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        """What was written since the last call."""
        pieces = b"".join(self._pending)
        self._pending.clear()
        return pieces
