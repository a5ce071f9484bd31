"""Atomic writes: a reader sees the old file or the new one, never a part."""

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
    """A temporary file that replaces ``path`` on a clean exit.

    Args:
        path: The file to write; its folder must exist.
        durable: Whether to sync the data to the disk first, which takes some milliseconds.
        scratch: Folder of the temporary file, on the same file system; by default that of
            ``path``. A killed process leaves its temporary file there.

    Yields:
        The temporary file, open for binary writing.

    Raises:
        OSError: The folder cannot be written or the disk is full; ``path`` is unchanged.
    """
    # Not made of the name of ``path``, which may have the greatest length already.
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
