"""Move a file to another drive: a copy that is read again, and only then the source goes."""

import ctypes
import errno
import os
import shutil
import stat
import sys
import uuid
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..images import file_id
from .checked_file import CheckedFile, Refusal, look_at, open_file
from .names import printable
from .renaming import rename_exclusively, sync_folder

_COPYFILE_METADATA = 7  # macOS: access list, times, mode and extended attributes
_TIMES_OF_FAT_NS = 2_000_000_000
_ENDING = ".lookalike-copy"


def move_to_other_drive(source: CheckedFile, target: Path) -> tuple[str, ...]:
    """Copy a file to another drive, check the copy, give it its name, and delete the source.

    Returns:
        What of the file the drive could not keep, in words.

    Raises:
        FileExistsError: There is something at the target.
        OSError: It cannot be copied; the source is where it was.
        Refusal: The source changed meanwhile; the copy stays.
    """
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    temporary = _temporary(target.parent, source.id)
    with open_file(source.path) as content, open(temporary, "xb", opener=_private) as copy:
        try:
            shutil.copyfileobj(content, copy, 1 << 20)
            copy.flush()
            lost = _copy_attributes(source, content.fileno(), copy.fileno(), temporary)
            os.fsync(copy.fileno())
            made = os.fstat(copy.fileno())
            if hasattr(os, "posix_fadvise"):
                # What is read next comes from the drive, where it can.
                os.posix_fadvise(copy.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            if look_at(temporary).id != source.id:
                raise OSError(errno.EIO, "the copy is not the same", str(target))
            copy.close()  # Windows renames no open file.
            rename_exclusively(temporary, target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(target.parent)
        content.seek(0)
        same = file_id(content) == source.id and source.is_unchanged()
    if not os.path.samestat(target.lstat(), made):
        raise OSError(errno.EBUSY, "the copy was replaced at this moment", str(target))
    try:
        if not same or not _delete(source):
            # The copy may be the only file that has that content.
            raise Refusal(
                "it was changed at this moment; as it was before, it lies at " + printable(target)
            )
    except OSError:
        # A drive may delete a file and answer that it did not.
        if source.is_there():
            with suppress(OSError):
                target.unlink()
            raise
    sync_folder(source.path.parent)
    return lost


def _delete(source: CheckedFile) -> bool:
    """Delete a file if it is the one that was checked: what else took its place comes back."""
    aside = _temporary(source.path.parent, source.id)
    rename_exclusively(source.path, aside)
    if not replace(source, path=aside).is_unchanged():
        try:
            rename_exclusively(aside, source.path)
        except OSError:
            raise Refusal(
                f"other files took its place at this moment; one lies at {printable(aside)}"
            ) from None
        return False
    aside.unlink()
    return True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def clear_away(copy: Path, whole: Path) -> None:
    """Delete what a killed process left behind, if a file has all of its content."""
    with suppress(OSError):
        with open_file(copy) as part, open_file(whole) as file:
            while content := part.read(1 << 20):
                if file.read(len(content)) != content:
                    return
        copy.unlink()


def left_behind(folder: Path, identity: str) -> Path:
    """Where a killed process may have left a file, or a part of it, that it copied."""
    return folder / f".{identity}{_ENDING}"


def _temporary(folder: Path, identity: str) -> Path:
    """A new name; the first has no random part, so that it is known after a kill."""
    path = left_behind(folder, identity)
    return folder / f".{identity}-{uuid.uuid4().hex}{_ENDING}" if os.path.lexists(path) else path


def _copy_attributes(
    source: CheckedFile, content: int, copy: int, temporary: Path
) -> tuple[str, ...]:
    """Give a copy what its source has; return in words what it does not have then."""
    lost = []
    before = source.state
    if sys.platform == "darwin":
        library = ctypes.CDLL(None, use_errno=True)
        if library.fcopyfile(content, copy, None, _COPYFILE_METADATA):
            lost.append("access list and extended attributes")
    elif hasattr(os, "listxattr"):
        lost += _copy_extended(content, copy)
    elif sys.platform == "win32":
        lost.append("access rights and additional streams")
    if hasattr(os, "fchown"):
        with suppress(OSError):
            os.fchown(copy, before.st_uid, before.st_gid)
    # After the owner, a change of whom takes bits of the mode away.
    with suppress(OSError):
        temporary.chmod(stat.S_IMODE(before.st_mode))
    with suppress(OSError):
        os.utime(temporary, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = os.fstat(copy)
    is_lost = {
        "owner": (after.st_uid, after.st_gid) != (before.st_uid, before.st_gid),
        "access rights": stat.S_IMODE(after.st_mode) != stat.S_IMODE(before.st_mode),
        "time": abs(after.st_mtime_ns - before.st_mtime_ns) > _TIMES_OF_FAT_NS,
    }
    return (*lost, *(what for what, differs in is_lost.items() if differs))


def _copy_extended(content: int, copy: int) -> list[str]:
    """Copy the extended attributes of Linux, of which access lists are some."""
    lost = set()
    try:
        # The system labels each file itself.
        names = [name for name in os.listxattr(content) if not name.startswith("security.")]
    except OSError:
        return []
    for name in names:
        try:
            os.setxattr(copy, name, os.getxattr(content, name))
        except OSError:
            is_list = name.startswith("system.posix_acl")
            lost.add("access list" if is_list else "extended attributes")
    return sorted(lost)
