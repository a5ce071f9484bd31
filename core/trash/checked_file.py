"""A file whose content was checked through an open descriptor."""

import errno
import os
import stat
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Self

from ..images import file_id
from .places import manager_of

# Of macOS and of Windows: the content of the file is in the cloud, and reading it fetches it.
_SF_DATALESS = 0x40000000
_OFFLINE = 0x1000  # FILE_ATTRIBUTE_OFFLINE
_RECALL = 0x40000 | 0x400000  # FILE_ATTRIBUTE_RECALL_ON_OPEN, …_ON_DATA_ACCESS


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """A file may not be moved; the message is only the reason."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file as it was when its content was hashed; the state is of the open descriptor."""

    path: Path
    state: os.stat_result
    id: str

    def is_unchanged(self) -> bool:
        """Whether the path leads to the same file, with the same size and times."""
        try:
            state = self.path.lstat()
        except OSError:
            return False
        return _marks(state) == _marks(self.state)

    def is_there(self) -> bool:
        """Whether the path opens to a file with that content."""
        return (self.is_unchanged() and _opens(self.path)) or has_content(self.path, self.id)

    def is_same_file(self, other: Self) -> bool:
        """See ``is_same_file``."""
        return _is_same(self.state, other.state)


def checked(library: Path, image: str, identity: str, *, goes: bool = True) -> CheckedFile:
    """The file of an image, if it is a file of the library with the content of that id.

    Raises:
        Refusal: It is not; or it ``goes``, and lies in the store of a program.
    """
    path = library / image
    if not is_within(library, path):
        raise Refusal("a link leads out of the library")
    if goes and (manager := manager_of(path)):
        raise Refusal(f"it is in the store of {manager}, which would miss it")
    try:
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode):
            raise Refusal("it is a link, not a file")
        if _is_dataless(state):
            raise Refusal("its content is not on this computer, but in the cloud")
        found = look_at(path)
    except FileNotFoundError:
        raise Refusal("it does not exist any more") from None
    except OSError as error:
        raise Refusal(f"it cannot be read: {error.strerror or error}") from error
    if found.id != identity or not found.is_unchanged():
        raise Refusal("it has changed since it was indexed")
    return found


def look_at(path: Path) -> CheckedFile:
    """A regular file as it is now; raises ``OSError`` where there is none."""
    with open_file(path) as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "it is no file", str(path))
        return CheckedFile(path, state, file_id(file))


def is_within(library: Path, path: Path) -> bool:
    """Whether a path, without the last link, is in a library."""
    folder = os.path.realpath(path.parent)
    return Path(folder).is_relative_to(os.path.realpath(library)) and ".." not in path.parts


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file: a link, a hard link, or a folder mounted twice.

    Two shares of a network, and two layers of a union, number their devices differently: there,
    the same number of the file, size and time count.
    """
    try:
        return _is_same(one.stat(), other.stat())
    except OSError:
        return False


def is_placeholder(path: Path) -> bool:
    """Whether a file is in the cloud only: reading it would fetch its content.

    macOS and Windows say so. Linux has no such mark: an empty file of a program of the cloud has
    another content than the picture, and a sparse or compressed file is a real one.
    """
    try:
        return _is_dataless(path.lstat())
    except OSError:
        return False


def has_content(path: Path, identity: str) -> bool:
    """Whether there is a regular file with that content."""
    try:
        return look_at(path).id == identity
    except OSError:
        return False


def open_file(path: Path) -> BufferedReader:
    """Open a file to read it; neither a link is followed nor a pipe waited for."""
    return os.fdopen(descriptor_of(path, os.O_RDONLY), "rb")


def descriptor_of(path: Path, flags: int) -> int:
    """A descriptor of a file; neither a link is followed nor a pipe waited for."""
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    return os.open(path, flags, 0o666)


def _opens(path: Path) -> bool:
    try:
        open_file(path).close()
    except OSError:
        return False
    return True


def _marks(state: os.stat_result) -> tuple[int, ...]:
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def _is_same(one: os.stat_result, other: os.stat_result) -> bool:
    return _marks(one)[:2] == _marks(other)[:2] or _marks(one)[1:] == _marks(other)[1:]


def _is_dataless(state: os.stat_result) -> bool:
    flags: int = getattr(state, "st_flags", 0)
    attributes: int = getattr(state, "st_file_attributes", 0)
    return bool(flags & _SF_DATALESS or attributes & (_OFFLINE | _RECALL))
