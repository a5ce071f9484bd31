"""The duplicates of the galleries: find them, remove them, bring them back."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from ..duplicates import (
    DuplicateSet,
    Links,
    dismiss,
    find_and_save,
    known_sets,
    links_state,
    moves_of,
    pictures_of,
    without_copies,
)
from ..errors import BusyError, LookalikeError
from ..feature_store import IndexSnapshot
from ..search import SearchOptions
from ..trash import Removal, RemovalReport, UndoReport, last_removal, remove, undo, warnings_for
from ..types import IndexReport, Progress, ProgressCallback, SearchResult, Stage
from .galleries import Galleries

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


class Duplicates:
    """``engine.duplicates``: what is there more than once in a gallery, and its removal."""

    def __init__(self, galleries: Galleries, index: Callable[..., IndexReport]) -> None:
        self._galleries = galleries
        self._index = index
        self._features = galleries.settings.features

    def find(
        self,
        gallery: str | None = None,
        *,
        keep_folder: str | None = None,
        progress: ProgressCallback = lambda _: None,
    ) -> Links:
        """Find the duplicates of a gallery and save them; see ``find_and_save``."""
        snapshot = self._galleries.require_snapshot(gallery)
        return find_and_save(self._features, snapshot, keep_folder=keep_folder, progress=progress)

    def sets(
        self, snapshot: IndexSnapshot, *, keep_folder: str | None = None
    ) -> tuple[DuplicateSet, ...] | None:
        """What was found last; ``None`` where nothing was looked for yet; see ``known_sets``."""
        return known_sets(self._features, snapshot, keep_folder=keep_folder)

    def state(self, snapshot: IndexSnapshot) -> tuple[object, ...]:
        """A value that changes when the sets of an index may have changed."""
        return links_state(self._features, snapshot.library)

    def dismiss(self, snapshot: IndexSnapshot, ids: Iterable[str]) -> None:
        """Remember that the images of these ids are not duplicates of each other."""
        dismiss(self._features, snapshot.library, ids)

    def fold(
        self,
        search: Callable[[SearchOptions], SearchResult],
        options: SearchOptions,
        snapshot: IndexSnapshot,
    ) -> SearchResult:
        """The closest pictures, of each only its closest file; see ``without_copies``."""
        return without_copies(search, options, pictures_of(self._features, snapshot))

    def remove(
        self,
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
            gallery: See ``Galleries.gallery_name``.
            sets: Of the newest index.
            chosen: Paths of images in these sets, relative to the library.
            into: See ``core.trash.remove``, also for the errors.
            progress: Called after each file.
        """
        library = self._galleries.require_snapshot(gallery).library
        moves, refused = moves_of(sets, chosen)
        name = self._galleries.gallery_name(gallery)
        with self._galleries.folder.writing():
            report = remove(
                self._galleries.folder.path, library, moves, into=into, progress=_moving(progress)
            )
        report = replace(report, refused=(*refused, *report.refused))
        return Outcome(report, self._follow(name, report, progress) if report.moved else None)

    def undo(
        self, gallery: str | None = None, *, progress: ProgressCallback = lambda _: None
    ) -> Outcome[UndoReport]:
        """Bring back what was removed last, and update the index."""
        library = self._galleries.require_snapshot(gallery).library
        with self._galleries.folder.writing():
            report = undo(self._galleries.folder.path, library, progress=_moving(progress))
        name = self._galleries.gallery_name(gallery)
        return Outcome(report, self._follow(name, report, progress) if report.restored else None)

    def last_removal(self, snapshot: IndexSnapshot) -> Removal | None:
        """What ``undo`` would bring back; ``None`` where nothing was removed."""
        return last_removal(self._features, snapshot.library)

    def warnings(self, library: Path) -> tuple[str, ...]:
        """What a person should know before images of this library are moved."""
        return warnings_for(library)

    def _follow(
        self, name: str | None, report: RemovalReport | UndoReport, progress: ProgressCallback
    ) -> str | None:
        """Update the index; return why that was not possible."""
        try:
            # What was stopped would stop this, too.
            self._index(
                gallery=name,
                keep_fit=True,
                progress=(lambda _: None) if report.problem else progress,
            )
        except BusyError:
            # The other run began after the move, because it holds the lock: it sees what was moved.
            return None
        except LookalikeError as error:
            return f"The index does not follow yet: {error} Update the gallery."
        return None


def _moving(progress: ProgressCallback) -> Callable[[int, int], None]:
    return lambda done, total: progress(Progress(Stage.MOVING, done, total))
