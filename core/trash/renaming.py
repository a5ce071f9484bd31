"""Rename a file without overwriting any."""

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

# What a file system or system answers that does not know a way to rename.
_UNKNOWN = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EPERM, errno.EMLINK}
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1  # Linux
_RENAME_EXCL = 4  # macOS


def rename_exclusively(source: Path, target: Path) -> None:
    """Rename a file within a drive, by the first way that its file system knows.

    Raises:
        FileExistsError: There is something at the target.
        OSError: It cannot be renamed; the source is where it was.
    """
    if sys.platform == "win32":
        # Never replaces a file there.
        os.rename(source, target)  # noqa: PTH104
        return
    ways: tuple[Callable[[Path, Path], None], ...] = (_rename_by_flag, _link, _reserve)
    for way in ways:
        try:
            way(source, target)
        except OSError as error:
            if error.errno not in _UNKNOWN or way is _reserve:
                raise
        else:
            return


def sync_folder(folder: Path) -> None:
    """Have the names in a folder written to the disk, where the system can."""
    # Windows opens no folders, and some file systems sync none.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _rename_by_flag(source: Path, target: Path) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(source), os.fsencode(target)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        failed = library.renamex_np(*paths, _RENAME_EXCL)
    elif hasattr(library, "renameat2"):
        failed = library.renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_NOREPLACE)
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if failed:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(source), None, str(target))


def _link(source: Path, target: Path) -> None:
    os.link(source, target, follow_symlinks=False)
    source.unlink()


def _reserve(source: Path, target: Path) -> None:
    """Make an empty file at the target, and rename onto that."""
    with target.open("xb") as file:
        reserved = os.fstat(file.fileno())
    try:
        if not _is_empty(target, reserved):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        source.replace(target)
    except OSError:
        if _is_empty(target, reserved):
            target.unlink()
        raise


def _is_empty(target: Path, reserved: os.stat_result) -> bool:
    try:
        state = target.lstat()
    except OSError:
        return False
    return os.path.samestat(state, reserved) and state.st_size == 0
