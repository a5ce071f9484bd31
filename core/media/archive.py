"""Copies of the images of an answer, as a ZIP archive."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from core.types import ImageRecord

MISSING = "missing.txt"
_PIECE = 1 << 20
# Windows allows none of them in a name.
_FORBIDDEN = frozenset('<>:"/\\|?*')
# File systems end at 255 bytes; the rank and the folder it is unpacked to need some.
_MOST_BYTES = 180
_EPOCH = (1980, 1, 1, 0, 0, 0)


def copies(images: Sequence[ImageRecord], library: Path) -> Iterator[bytes]:
    """An archive of copies, piece by piece: it is never whole in memory or on the disk.

    The names have the rank in front, so that they sort like the answer and none collides with
    another. Files that cannot be read any more are listed in ``MISSING``.

    Args:
        images: Nearest first.
        library: Folder of the images.

    Yields:
        The archive.
    """
    out, missing = _Pieces(), []
    with zipfile.ZipFile(out, "w") as archive:
        for rank, image in enumerate(images, 1):
            try:
                with (library / image.path).open("rb") as file:
                    entry = zipfile.ZipInfo(copy_name(rank, image.path), _time_of(image))
                    with archive.open(entry, "w", force_zip64=True) as copy:
                        while piece := file.read(_PIECE):
                            copy.write(piece)
                            yield out.taken()
            except OSError as error:
                missing.append(f"{image.path}: {error.strerror}")
            yield out.taken()
        if missing:
            archive.writestr(MISSING, "\n".join(missing).encode("utf-8", "replace"))
    yield out.taken()


def copy_name(rank: int, path: str) -> str:
    """The name of a copy: safe to unpack on every system, whatever the image is called.

    Args:
        rank: In the answer; it makes the name unique.
        path: Of the image relative to its library, with ``/``.
    """
    name = path.rpartition("/")[2]
    plain = "".join(
        "_" if c in _FORBIDDEN or unicodedata.category(c)[0] == "C" else c for c in name
    )
    stem, dot, extension = plain.rpartition(".")
    ending = f"{dot}{extension}".rstrip(". ")[:12] if stem else ""
    start = (stem or plain).encode()[:_MOST_BYTES].decode(errors="ignore")
    return f"{rank:03} {start}{ending}".rstrip(". ")


def _time_of(image: ImageRecord) -> tuple[int, int, int, int, int, int]:
    changed = datetime.fromtimestamp(image.mtime_ns / 1e9).timetuple()[:6]
    return max(changed, _EPOCH)


class _Pieces(io.RawIOBase):
    """A file that forgets what was taken from it."""

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
