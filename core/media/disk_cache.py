"""Files that can be made again, kept in a folder of bounded size."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.atomic import atomic_write

LIMIT = 256 << 20
# The folder is measured after this share of the limit was written, and cut to the rest of it: so
# it stays within the limit without being walked for each file.
_SHARE = 16


class DiskCache:
    """A folder of files by name; what was not used for the longest time makes room.

    Several threads and processes may share the folder: each file is written in one piece, and one
    that another deletes is made again.

    Args:
        folder: Made with the first file.
        limit: Of all files together, in bytes. Each further process that writes may go over it by
            a sixteenth.
    """

    def __init__(self, folder: Path, *, limit: int = LIMIT) -> None:
        self.folder = folder
        self.limit = limit
        self._lock = threading.Lock()
        # What lies there from earlier is not known: the first file counts as one too many.
        self._unmeasured = limit

    def get(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The file of a name; made if there is none.

        Args:
            name: A file name that stands for the content: the content never changes.
            make: Makes the content.

        Returns:
            The content, also where the folder cannot be written: then it is made each time.
        """
        path = self.folder / name[:2] / name
        content = b""
        with suppress(OSError):
            content = path.read_bytes()
            # The time of the last use; the time of access is off on most file systems.
            os.utime(path)
        # After a loss of power a file may be there without its content.
        if content:
            return content
        content = make()
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(path) as file:
                file.write(content)
            self._bound(len(content))
        return content

    def _bound(self, written: int) -> None:
        with self._lock:
            self._unmeasured += written
            if self._unmeasured < self.limit // _SHARE:
                return
            self._unmeasured = 0
            files = sorted(_files(self.folder))
            excess = sum(size for _, size, _ in files) - (self.limit - self.limit // _SHARE)
            for _, size, path in files:
                if excess <= 0:
                    break
                # Another process was faster, or a reader holds it open on Windows.
                with suppress(OSError):
                    path.unlink()
                excess -= size


def _files(folder: Path) -> list[tuple[int, int, Path]]:
    """Time of the last use in nanoseconds, size in bytes and path of each file."""
    found = []
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            with suppress(OSError):
                state = path.stat()
                found.append((state.st_mtime_ns, state.st_size, path))
    return found
