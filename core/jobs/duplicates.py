"""Finding, removing and restoring duplicates in a background thread."""

from collections.abc import Collection, Iterable
from pathlib import Path

from ..duplicates import DuplicateSet
from ..engine import ImageSearchEngine, Outcome
from ..trash import RemovalReport, UndoReport
from ..types import ProgressCallback
from .background import Background

Result = Outcome[RemovalReport] | Outcome[UndoReport] | None


class DuplicatesJob(Background[Result]):
    """Runs one such action at a time; methods that start one raise ``BusyError`` meanwhile.

    A search has no result.
    """

    def __init__(self, engine: ImageSearchEngine) -> None:
        super().__init__("a search for duplicates")
        self._engine = engine

    def find(self, gallery: str | None, *, keep_folder: str | None = None) -> None:
        """Start to find the duplicates of a gallery; arguments as in ``engine.duplicates.find``."""

        def work(progress: ProgressCallback) -> None:
            self._engine.duplicates.find(gallery, keep_folder=keep_folder, progress=progress)

        stopped = "Stopped: the next search goes on from here."
        self.start(gallery or "the gallery", work, stopped=stopped)

    def remove(
        self,
        gallery: str | None,
        sets: Iterable[DuplicateSet],
        chosen: Collection[str],
        *,
        into: Path | None = None,
    ) -> None:
        """Start to remove images; arguments as in ``engine.duplicates.remove``."""
        self.start(
            gallery or "the gallery",
            lambda progress: self._engine.duplicates.remove(
                gallery, sets, chosen, into=into, progress=progress
            ),
        )

    def undo(self, gallery: str | None) -> None:
        """Start to bring back what was removed last."""
        self.start(
            gallery or "the gallery",
            lambda progress: self._engine.duplicates.undo(gallery, progress=progress),
        )
