"""Remove duplicates of a gallery and bring them back; its index follows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from core.duplicates.sets import DuplicateSet
from core.engine import ImageSearchEngine
from core.errors import BusyError, Cancelled
from core.feature_store import FeaturesFolder
from core.trash import Move, RemovalReport, UndoReport, is_as_seen, remove, undo
from core.types import Progress, ProgressCallback, Skipped, Stage


def proposed(sets: Iterable[DuplicateSet]) -> list[str]:
    """The paths of all images but the one to keep of each set."""
    return [one.image for found in sets for one in found.images if not one.keep]


def remove_duplicates(
    engine: ImageSearchEngine,
    gallery: str | None,
    sets: Iterable[DuplicateSet],
    chosen: Collection[str],
    *,
    into: Path | None = None,
    progress: ProgressCallback = lambda _: None,
) -> RemovalReport:
    """Move the chosen images of sets to the trash or into a folder, and update the index.

    Of each set one image must stay whose file is as it was indexed; else all of the set stay.

    Args:
        engine: Searches the gallery.
        gallery: See ``ImageSearchEngine.gallery_name``.
        sets: Of the newest index.
        chosen: Paths of images in these sets, relative to the library.
        into: See ``core.trash.remove``, also for the errors.
        progress: Called after each file.
    """
    library = engine.require_snapshot(gallery).library
    moves: list[Move] = []
    refused: list[Skipped] = []
    for found in sets:
        going = [one.record for one in found.images if one.image in chosen]
        staying = [
            one.record
            for one in found.images
            if one.image not in chosen and is_as_seen(library, one.record)
        ]
        if not staying:
            reason = "no other picture of its set would stay, as it was indexed"
            refused += [Skipped(one.path, reason) for one in going]
        else:
            moves += [Move(one, staying[0]) for one in going]
    folder = FeaturesFolder(engine.settings.features)
    name = engine.gallery_name(gallery)
    try:
        with folder.writing():
            report = remove(
                folder.path,
                library,
                moves,
                into=into,
                progress=lambda done, total: progress(Progress(Stage.MOVING, done, total)),
            )
    except Cancelled:
        _update(engine, name)
        raise
    if report.moved:
        _update(engine, name, progress)
    return replace(report, refused=(*refused, *report.refused))


def undo_removal(
    engine: ImageSearchEngine,
    gallery: str | None,
    *,
    progress: ProgressCallback = lambda _: None,
) -> UndoReport:
    """Bring back what was removed last, and update the index."""
    library = engine.require_snapshot(gallery).library
    folder = FeaturesFolder(engine.settings.features)
    with folder.writing():
        report = undo(
            folder.path,
            library,
            progress=lambda done, total: progress(Progress(Stage.MOVING, done, total)),
        )
    if report.restored:
        _update(engine, engine.gallery_name(gallery), progress)
    return report


def _update(
    engine: ImageSearchEngine, name: str | None, progress: ProgressCallback = lambda _: None
) -> None:
    # A run that began in the meantime, as of a watched folder, sees what was moved.
    with suppress(BusyError):
        engine.index(gallery=name, progress=progress)
