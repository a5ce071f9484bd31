"""Write a file so that a reader sees the old one or the new one, never a part."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

TEMPORARY_SUFFIX = ".tmp"


@contextmanager
def atomic_write(
    path: Path, *, durable: bool = False, scratch: Path | None = None
) -> Iterator[BinaryIO]:
    """Open a temporary file that takes the place of ``path`` on a clean exit.

    Args:
        path: The file to write; its folder must exist.
        durable: Whether the data must be on the disk, not only handed to the system, before the
            new file takes its place. It costs some milliseconds a file.
        scratch: Folder of the temporary file, on the same file system; by default that of
            ``path``. In a folder of its own, what a killed process leaves is easily swept.

    Yields:
        The temporary file, opened for binary writing.

    Raises:
        OSError: The folder cannot be written or the disk is full; ``path`` is as it was.
    """
    # The name is short whatever the length of the image's name: that may already fill the limit.
    temporary = (scratch or path.parent) / f".{uuid.uuid4().hex}{TEMPORARY_SUFFIX}"
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
