"""Cache of files in a folder of limited size."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..atomic import atomic_write

LIMIT = 256 << 20
# The folder is measured each time a sixteenth of the limit was written, and then reduced to the
# other fifteen, so that it need not be walked for each file.
_SHARE = 16


class DiskCache:
    """A folder of files; the least recently used are deleted when the limit is reached.

    Several threads and processes may share the folder.

    Args:
        folder: Created with the first file.
        limit: Total size in bytes; each further process may exceed it by a sixteenth.
    """

    def __init__(self, folder: Path, *, limit: int = LIMIT) -> None:
        self.folder = folder
        self.limit = limit
        self._lock = threading.Lock()
        # The size of older files is unknown: the folder is measured after the first new file.
        self._unmeasured = limit

    def get(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Content of the file; from ``make`` if the file is missing or the folder not writable.

        The content of a name must never change.
        """
        path = self.folder / name[:2] / name
        content = b""
        with suppress(OSError):
            content = path.read_bytes()
            # Records the last use; most file systems do not record the time of access.
            os.utime(path)
        # After a loss of power a file may be empty.
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
                # Another process deleted it, or a reader holds it open on Windows.
                with suppress(OSError):
                    path.unlink()
                excess -= size


def _files(folder: Path) -> list[tuple[int, int, Path]]:
    """Last use in nanoseconds, size in bytes and path of each file."""
    found = []
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            with suppress(OSError):
                state = path.stat()
                found.append((state.st_mtime_ns, state.st_size, path))
    return found
