"""Walk a folder: find its images, and which are new, changed and removed."""

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from ..errors import LibraryError
from ..images import EXTENSIONS, is_image, unread_format
from ..types import Drive, ImageRecord, Skipped

# Made by programs, not by people: previews of Synology and of desktop file managers.
IGNORED_FOLDERS = frozenset({"@eaDir", ".thumbnails", "__MACOSX"})
# The array has the name of the image with four characters more; file systems allow 255 bytes.
MAX_NAME_BYTES = 255 - len(".npy")
_LAST_TIME_NS = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image file: path relative to the library with ``/``, size in bytes, time of change."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Patterns:
    """Which files of a library belong to it, by shell patterns such as ``*.jpg`` or ``raw/*``.

    A pattern matches the bare name, or the path relative to the library, where ``*`` also matches
    ``/``.

    Attributes:
        include: If there are any, a file must match one.
        exclude: A file must match none.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def admit(self, path: str) -> bool:
        """Whether the file at a path belongs to the library."""

        def match(patterns: tuple[str, ...]) -> bool:
            name = path.rpartition("/")[2]
            return any(fnmatchcase(path, p) or fnmatchcase(name, p) for p in patterns)

        return (not self.include or match(self.include)) and not match(self.exclude)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a walk over a library found.

    Attributes:
        files: The image files, ordered by path.
        skipped: Pictures of formats that are not read, and files and folders that could not be
            looked at, with reasons.
        closed: Folders that could not be looked at.
        identity: Device and inode of the library's folder.
        drives: Folders on other devices that are not empty, ordered by path.
    """

    files: tuple[ImageFile, ...]
    skipped: tuple[Skipped, ...]
    closed: tuple[str, ...] = ()
    identity: tuple[int, int] | None = None
    drives: tuple[Drive, ...] = ()

    def knows(self, path: str) -> bool:
        """Whether the walk covered the folder of a path: an image missing there is gone."""
        return not any(path.startswith(f"{folder}/") for folder in self.closed)


ALL_FILES = Patterns()


def scan(
    library: Path, *, leave_out: Collection[Path] = (), patterns: Patterns = ALL_FILES
) -> Scan:
    """Find the images of a folder and its subfolders.

    A file counts as an image by its extension, or by its first bytes where the extension says
    nothing. Other files, hidden files and folders, previews made by other programs and
    ``leave_out`` are ignored. Links to folders are followed, each folder once.

    Raises:
        LibraryError: The folder does not exist, is no folder, cannot be read or has no images.
    """
    check_folder(library)
    walk = _Walk(library, patterns, {_identity(folder) for folder in leave_out if folder.is_dir()})
    files = sorted(walk, key=lambda file: file.path)
    if walk.unreadable_root:
        raise LibraryError(_closed(library))
    if not files and not walk.skipped:
        raise LibraryError(
            f"No images found: expected image files in the folder or its subfolders. "
            f"Received: {library}. Choose a folder with pictures."
        )
    return Scan(
        files=tuple(files),
        skipped=tuple(sorted(walk.skipped, key=lambda item: item.image)),
        closed=tuple(sorted(walk.closed)),
        identity=_identity(library),
        drives=tuple(sorted(walk.drives, key=lambda drive: drive.path)),
    )


def check_folder(library: Path) -> None:
    """Raise ``LibraryError`` unless a library is a folder that can be looked at."""
    try:
        mode = library.stat().st_mode
        if stat.S_ISDIR(mode):
            os.scandir(library).close()
    except PermissionError as error:
        raise LibraryError(_closed(library)) from error
    except OSError as error:
        raise LibraryError(
            f"The folder of images does not exist: expected a folder of images. "
            f"Received: {library}. Check the path, or plug the drive in."
        ) from error
    if not stat.S_ISDIR(mode):
        raise LibraryError(f"Expected a folder of images, not a file. Received: {library}")


def check_still_there(library: Path, scan: Scan) -> None:
    """Raise ``LibraryError`` unless a library and its drives are still what was scanned."""
    try:
        there = _identity(library) == scan.identity and any(library.iterdir())
    except OSError:
        there = False
    drives = (library / drive.path for drive in scan.drives)
    gone = library if not there else next((drive for drive in drives if not _holds(drive)), None)
    if gone:
        raise LibraryError(
            f"The folder of images went away: expected {gone} to stay reachable during the "
            "run. Nothing was removed from the index. Plug the drive in and index again."
        )


def close_unplugged(library: Path, scan: Scan, drives: Iterable[Drive]) -> Scan:
    """The scan with the folders of drives that are not plugged in among the closed and the skipped.

    A missing drive leaves no folder, an empty one, or the one that it was mounted on. A missing
    link was deleted by somebody: it is not part of the drive.
    """
    found = {drive.path for drive in scan.drives}
    for drive in sorted(drives, key=lambda drive: drive.path):
        deleted = drive.linked and not os.path.lexists(library / drive.path)
        if drive.path in found or deleted or not scan.knows(f"{drive.path}/"):
            continue
        reason = "the drive that was here is not plugged in; its images are kept until a rebuild"
        scan = replace(
            scan,
            closed=(*scan.closed, drive.path),
            skipped=(*scan.skipped, Skipped(drive.path, reason)),
        )
    return scan


def _holds(drive: Path) -> bool:
    """Whether something is mounted on a folder, or behind a link, and not empty."""
    try:
        return drive.stat().st_dev != drive.parent.stat().st_dev and any(drive.iterdir())
    except OSError:
        return False


def changed_files(
    files: Iterable[ImageFile], known: Mapping[str, ImageRecord]
) -> tuple[ImageFile, ...]:
    """The files that are new, or whose size or time of change is not that of the known record."""
    seen = {ImageFile(path, record.size, record.mtime_ns) for path, record in known.items()}
    return tuple(file for file in files if file not in seen)


def _closed(library: Path) -> str:
    return (
        f"The folder of images cannot be opened: no permission to read {library}. "
        "Change its permissions or choose another folder."
    )


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


class _Walk:
    """One walk; iterating it yields the images and fills the other attributes."""

    def __init__(self, library: Path, patterns: Patterns, seen: set[tuple[int, int]]) -> None:
        self.library = library
        self.patterns = patterns
        self.seen = seen
        self.skipped: list[Skipped] = []
        self.closed: list[str] = []
        self.drives: list[Drive] = []
        self.unreadable_root = False

    def __iter__(self) -> Iterator[ImageFile]:
        folders: list[tuple[Path, str, int | None]] = [(self.library, "", None)]
        while folders:
            folder, prefix, device_around = folders.pop()
            try:
                identity = _identity(folder)
                if identity in self.seen:
                    continue
                self.seen.add(identity)
                # In the order of names, so that a folder with two links to it always has one path.
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name, reverse=True)
            except OSError as error:
                self._unreadable(prefix, error)
                continue
            if entries and device_around not in (None, identity[0]):
                self.drives.append(Drive(prefix.rstrip("/"), linked=folder.is_symlink()))
            for entry in entries:
                if entry.name.startswith(".") or entry.name in IGNORED_FOLDERS:
                    continue
                path = prefix + entry.name
                if _is_folder(entry):
                    folders.append((Path(entry.path), path + "/", identity[0]))
                elif self.patterns.admit(path) and (file := self._image_file(entry, path)):
                    yield file

    def _unreadable(self, prefix: str, error: OSError) -> None:
        if not prefix:
            self.unreadable_root = True
        reason = (
            "no permission to open this folder"
            if isinstance(error, PermissionError)
            else f"this folder cannot be opened: {error.strerror}"
        )
        self.closed.append(prefix.rstrip("/"))
        self._skip(prefix.rstrip("/"), reason)

    def _image_file(self, entry: os.DirEntry[str], path: str) -> ImageFile | None:
        by_name = os.path.splitext(entry.name)[1].lower() in EXTENSIONS  # noqa: PTH122
        try:
            status = entry.stat()
            # A pipe or a device would hang the reader.
            if not stat.S_ISREG(status.st_mode):
                if by_name:
                    self._skip(path, "not a regular file")
                return None
            if not by_name and not is_image(Path(entry.path)):
                if format := unread_format(Path(entry.path)):
                    self._skip(path, f"{format} pictures are not read; save it as PNG or JPEG")
                return None
        except OSError as error:
            if by_name:
                self._skip(path, _unseen(error))
            return None
        if reason := _unfit_name(entry.name, path):
            self._skip(path, reason)
            return None
        # A file system may hold times after the year 2262, which no column of 64 bits can.
        return ImageFile(path, status.st_size, min(status.st_mtime_ns, _LAST_TIME_NS))

    def _skip(self, path: str, reason: str) -> None:
        self.skipped.append(Skipped(_printable(path), reason))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _unseen(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "no permission to look at it"
    return "a link to a file that does not exist"


def _unfit_name(name: str, path: str) -> str | None:
    if path != _printable(path):
        return "its name is not valid UTF-8; rename it"
    if len(os.fsencode(name)) > MAX_NAME_BYTES:
        return f"its name is longer than {MAX_NAME_BYTES} bytes; rename it"
    return None


def _printable(path: str) -> str:
    return path.encode("utf-8", "replace").decode("utf-8")
