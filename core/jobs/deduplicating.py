"""Finding, removing and restoring duplicates in a background thread."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from core.duplicates import DuplicateSet
from core.engine import ImageSearchEngine, Outcome
from core.jobs.background import Background, Task, cancelled_with
from core.trash import RemovalReport, UndoReport
from core.types import ProgressCallback

Result = Outcome[RemovalReport] | Outcome[UndoReport] | None


class Deduplicating:
    """Runs one such action at a time; any thread may start, poll and cancel.

    Methods that start one raise ``BusyError`` while one is running.
    """

    def __init__(self, engine: ImageSearchEngine) -> None:
        self._engine = engine
        self._task = Background[Result]("a search for duplicates")

    @property
    def latest(self) -> Task[Result] | None:
        """The running or last action; ``None`` before the first. A search has no result."""
        return self._task.latest

    def find(self, gallery: str | None, *, keep_folder: str | None = None) -> None:
        """Start to find the duplicates of a gallery; see ``find_and_save``."""

        def work(progress: ProgressCallback) -> None:
            with cancelled_with("Stopped: the next search goes on from here."):
                self._engine.duplicates.find(gallery, keep_folder=keep_folder, progress=progress)

        self._task.start(gallery or "the gallery", work)

    def remove(
        self,
        gallery: str | None,
        sets: Iterable[DuplicateSet],
        chosen: Collection[str],
        *,
        into: Path | None = None,
    ) -> None:
        """Start to remove images; arguments as in ``engine.duplicates.remove``."""
        self._task.start(
            gallery or "the gallery",
            lambda progress: self._engine.duplicates.remove(
                gallery, sets, chosen, into=into, progress=progress
            ),
        )

    def undo(self, gallery: str | None) -> None:
        """Start to bring back what was removed last."""
        self._task.start(
            gallery or "the gallery",
            lambda progress: self._engine.duplicates.undo(gallery, progress=progress),
        )

    def cancel(self) -> None:
        """Stop the running action after its current step."""
        self._task.cancel()

    def wait(self) -> None:
        """Wait until no action is running."""
        self._task.wait()
