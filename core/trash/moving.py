"""Move files without following a path out of a library, and without overwriting any."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from functools import partial
from pathlib import Path

from core.atomic import atomic_write
from core.types import ImageRecord


def content_id(path: Path) -> str:
    """The id of the content of a file, as ``image_id``; read in pieces, as it may be large."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, partial(hashlib.blake2b, digest_size=16))
    return found.hexdigest()


def why_not_as_seen(library: Path, image: str, identity: str) -> str | None:
    """Why the file of an image may not be moved; ``None`` where it is as it was seen."""
    path = library / image
    if not is_within(library, path):
        return "a link leads out of the library"
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return "it is a link, not a file"
        if content_id(path) != identity:
            return "it has changed since it was indexed"
    except FileNotFoundError:
        return "it does not exist any more"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return None


def is_as_seen(library: Path, image: ImageRecord) -> bool:
    """Whether the file of an image is a file of the library, with the content of its record."""
    return why_not_as_seen(library, image.path, image.id) is None


def is_within(library: Path, path: Path) -> bool:
    """Whether a path, without the last link, is in a library."""
    folder = os.path.realpath(path.parent)
    return Path(folder).is_relative_to(os.path.realpath(library)) and ".." not in path.parts


def move(source: Path, target: Path) -> None:
    """Move a file, also to another drive.

    Raises:
        FileExistsError: There is a file at the target.
        OSError: It cannot be moved; the source is where it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, "there is another file", str(target))
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with source.open("rb") as content, atomic_write(target, durable=True) as copy:
            shutil.copyfileobj(content, copy)
        shutil.copystat(source, target)
        source.unlink()
