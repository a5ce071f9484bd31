"""Move images to the trash, or into a folder; each is checked first, and journalled."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import ConfigurationError
from core.trash.journal import KEPT, MOVED, Removal, RemovedFile, new_journal
from core.trash.moving import move, why_not_as_seen
from core.trash.system_trash import NoTrashError, to_trash
from core.types import ImageRecord, Skipped


@dataclass(frozen=True, slots=True)
class RemovalReport:
    """What a removal did.

    Attributes:
        moved: Paths of the images relative to the library.
        bytes: Size of these files.
        refused: Images that stayed, with the reason.
        problem: Why it ended before the last file; ``None`` if it did not.
        no_trash: Whether that is because the drive has no trash.
    """

    moved: tuple[str, ...]
    bytes: int
    refused: tuple[Skipped, ...]
    problem: str | None = None
    no_trash: bool = False


def remove(
    features: Path,
    library: Path,
    images: Sequence[ImageRecord],
    *,
    into: Path | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> RemovalReport:
    """Move images of a library to the trash of the system, or into a folder outside of it.

    A file whose content is not that of its record stays. After an error of the drive, all that
    follow stay.

    Args:
        features: Features folder, which gets the journal.
        library: Absolute path.
        images: Each once.
        into: Folder that gets them, below their paths in the library.
        progress: Called with the number of files done and of all; may raise ``Cancelled``.

    Raises:
        ConfigurationError: The folder is in the library.
        FeatureStoreError: The journal cannot be written.
    """
    if into is not None:
        into = into.expanduser().resolve()
        if into.is_relative_to(library.resolve()):
            raise ConfigurationError(
                f"Expected a folder outside of the library to move images into. Received: {into}. "
                "In the library they would be indexed again."
            )
    refused, planned = [], []
    for image in images:
        if reason := why_not_as_seen(library, image.path, image.id):
            refused.append(Skipped(image.path, reason))
        else:
            to = _free(into / image.path) if into else ""
            planned.append(RemovedFile(image.path, image.id, image.size, str(to)))
    if not planned:
        return RemovalReport((), 0, tuple(refused))
    journal = new_journal(features, library)
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    journal.begin(Removal(library, at, tuple(planned)))
    moved: list[RemovedFile] = []

    def report(problem: str | None = None, *, no_trash: bool = False) -> RemovalReport:
        size = sum(one.size for one in moved)
        paths = tuple(one.image for one in moved)
        return RemovalReport(paths, size, tuple(refused), problem, no_trash)

    for number, one in enumerate(planned):
        progress(number, len(planned))
        # It may have been changed while the others were moved.
        if reason := why_not_as_seen(library, one.image, one.id):
            refused.append(Skipped(one.image, reason))
            journal.record(number, KEPT)
            continue
        try:
            _move(library / one.image, one)
        except NoTrashError:
            return report(
                "This drive has no trash, as most network drives: expected one that has. Received: "
                f"{library / one.image}. Move the images into a folder instead.",
                no_trash=True,
            )
        except OSError as error:
            return report(_not_moved(library / one.image, error))
        moved.append(one)
        journal.record(number, MOVED)
    return report()


def _move(path: Path, one: RemovedFile) -> None:
    if one.to:
        move(path, Path(one.to))
    else:
        to_trash(path)


def _free(path: Path) -> Path:
    """The path, with a number where a file is there."""
    free, number = path, 1
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem} {number}")
    return free


def _not_moved(path: Path, error: OSError) -> str:
    remedy = {
        errno.ENOSPC: "Free some space and go on.",
        errno.EROFS: "Make the drive writable and go on.",
    }.get(error.errno or 0, "Check the file and its folder, and go on.")
    return (
        f"A file cannot be moved: expected one that may be moved. Received: {path} "
        f"({error.strerror or error}). It stays, and so do those after it. {remedy}"
    )
