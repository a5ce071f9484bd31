"""Bring back what the last removal from a library moved away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.trash.journal import (
    GONE,
    KEPT,
    MOVED,
    PLANNED,
    RESTORED,
    Journal,
    Removal,
    RemovedFile,
    journals,
)
from core.trash.moving import content_id, is_within, move
from core.trash.system_trash import CAN_RESTORE, find_in_trash, forget
from core.types import Skipped


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What an undo did: the paths of the images that are back, and what is not, with reasons."""

    restored: tuple[str, ...]
    missing: tuple[Skipped, ...]


def last_removal(features: Path, library: Path) -> Removal | None:
    """The last removal from a library of which some is still away; ``None`` where all is back.

    After a process was killed, the disk tells which of the planned files were moved, and the
    journal gets to know it.

    Raises:
        FeatureStoreError: A journal is damaged or cannot be written.
    """
    found = _last(features, library)
    return found[1] if found else None


def _last(features: Path, library: Path) -> tuple[Journal, Removal] | None:
    for journal in journals(features, library):
        removal = journal.read()
        if any(one.state == PLANNED for one in removal.files):
            places = _places(removal)
            for number, one in enumerate(removal.files):
                if one.state == PLANNED and _is_there(library, one):
                    journal.record(number, KEPT)
                elif one.state == PLANNED and _place(library, one, places) is not None:
                    journal.record(number, MOVED)
            removal = journal.read()
        if removal.removed:
            return journal, removal
    return None


def undo(
    features: Path,
    library: Path,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> UndoReport:
    """Bring the files of the last removal back to where they were.

    A file is brought back only with the content that it had, and overwrites none. Where that is
    not possible it stays in the journal, unless the trash was emptied.

    Args:
        features: Features folder with the journal.
        library: Absolute path.
        progress: Called with the number of files done and of all; may raise ``Cancelled``.
    """
    found = _last(features, library)
    if found is None:
        return UndoReport((), ())
    journal, removal = found
    places = _places(removal)
    restored, missing = [], []
    away = [(number, one) for number, one in enumerate(removal.files) if one in removal.removed]
    for done, (number, one) in enumerate(away):
        progress(done, len(away))
        source = _place(library, one, places)
        if source is None and not _is_there(library, one):
            missing.append(Skipped(one.image, _not_found(one)))
            # A drive may only be unplugged.
            if not one.to and library.is_dir():
                journal.record(number, GONE)
        elif reason := _restore(library, one, source):
            missing.append(Skipped(one.image, reason))
        else:
            restored.append(one.image)
            journal.record(number, RESTORED)
    return UndoReport(tuple(restored), tuple(missing))


def _not_found(one: RemovedFile) -> str:
    if one.to or CAN_RESTORE:
        return "it is not where it was moved to"
    return "programs cannot take it out of the trash of this system: do it there"


def _restore(library: Path, one: RemovedFile, source: Path | None) -> str | None:
    """Bring a file back, unless it is there; return why that is not possible."""
    path = library / one.image
    if source is None or _is_there(library, one):
        return None
    if not is_within(library, path):
        return "a link leads out of the library"
    try:
        move(source, path)
        if not one.to:
            forget(source)
    except OSError as error:
        return str(error.strerror or error)
    return None


def _places(removal: Removal) -> dict[Path, list[Path]]:
    """Where the files may be, by where they were."""
    away = {removal.library / one.image: one for one in removal.removed}
    into = {path: [Path(one.to)] for path, one in away.items() if one.to}
    return {**find_in_trash([path for path, one in away.items() if not one.to]), **into}


def _place(library: Path, one: RemovedFile, places: Mapping[Path, list[Path]]) -> Path | None:
    """Where the file of an image is now, by its content; ``None`` where it is not found."""
    for place in places.get(library / one.image, ()):
        if _has(place, one.id):
            return place
    return None


def _is_there(library: Path, one: RemovedFile) -> bool:
    return _has(library / one.image, one.id)


def _has(path: Path, identity: str) -> bool:
    try:
        return path.is_file() and content_id(path) == identity
    except OSError:
        return False
