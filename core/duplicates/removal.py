"""Remove duplicates of a gallery and bring them back; its index follows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from core.duplicates.sets import DuplicateImage, DuplicateSet
from core.engine import ImageSearchEngine
from core.errors import BusyError, LookalikeError
from core.feature_store import FeaturesFolder
from core.trash import Move, RemovalReport, UndoReport, remove, undo
from core.types import Progress, ProgressCallback, Skipped, Stage

T = TypeVar("T", RemovalReport, UndoReport)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """Outcome of a removal or an undo.

    Attributes:
        report: What was moved and what was not.
        index_problem: Why the index does not follow yet; ``None`` where it does.
    """

    report: T
    index_problem: str | None = None


def proposed(sets: Iterable[DuplicateSet], *, versions: bool = False) -> list[str]:
    """The paths of the images that are ticked, and perhaps of the versions."""
    return [
        image.image
        for found in sets
        for image in found.images
        if image.ticked or (versions and image.version)
    ]


def remove_duplicates(
    engine: ImageSearchEngine,
    gallery: str | None,
    sets: Iterable[DuplicateSet],
    chosen: Collection[str],
    *,
    into: Path | None = None,
    progress: ProgressCallback = lambda _: None,
) -> Outcome[RemovalReport]:
    """Move the chosen images of sets to the trash or into a folder, and update the index.

    Each is moved only while an image of its set that is not chosen is there as it was indexed.

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
        going = [image for image in found.images if image.image in chosen]
        staying = [image for image in found.images if image.image not in chosen]
        for image in going:
            if kept := _staying_for(image, staying):
                moves.append(Move(image.record, kept.record))
            else:
                refused.append(Skipped(image.image, "no picture that stays shows all of it"))
    folder = FeaturesFolder(engine.settings.features)
    name = engine.gallery_name(gallery)
    with folder.writing():
        report = remove(
            folder.path,
            library,
            moves,
            into=into,
            progress=lambda done, total: progress(Progress(Stage.MOVING, done, total)),
        )
    report = replace(report, refused=(*refused, *report.refused))
    return Outcome(report, _followed(engine, name, report, progress) if report.moved else None)


def undo_removal(
    engine: ImageSearchEngine,
    gallery: str | None,
    *,
    progress: ProgressCallback = lambda _: None,
) -> Outcome[UndoReport]:
    """Bring back what was removed last, and update the index."""
    library = engine.require_snapshot(gallery).library
    folder = FeaturesFolder(engine.settings.features)
    with folder.writing():
        report = undo(
            folder.path,
            library,
            progress=lambda done, total: progress(Progress(Stage.MOVING, done, total)),
        )
    name = engine.gallery_name(gallery)
    problem = _followed(engine, name, report, progress) if report.restored else None
    return Outcome(report, problem)


def _staying_for(image: DuplicateImage, staying: Sequence[DuplicateImage]) -> DuplicateImage | None:
    """The image that stays for one that goes."""
    for other in staying:
        if other.keep or other.record.id == image.record.id:
            return other
    # A copy was compared with the image to keep only. What a person ticked may go for any other.
    return None if image.ticked or not staying else staying[0]


def _followed(
    engine: ImageSearchEngine,
    name: str | None,
    report: RemovalReport | UndoReport,
    progress: ProgressCallback,
) -> str | None:
    """Update the index; return why that was not possible."""
    try:
        # What was stopped would stop this, too.
        engine.index(gallery=name, progress=(lambda _: None) if report.problem else progress)
    except BusyError:
        # The other run began after the move, because it holds the lock: it sees what was moved.
        return None
    except LookalikeError as error:
        return f"The index does not follow yet: {error} Update the gallery."
    return None
