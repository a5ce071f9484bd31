"""Measurements of the retrieval quality in a background thread."""

from __future__ import annotations

import threading
from typing import Any

from core.engine import ImageSearchEngine
from core.evaluation import Comparison, compare
from core.jobs.background import Background, Task, cancelled_with
from core.types import ProgressCallback


class Measuring:
    """Runs one measurement at a time; any thread may start, poll and cancel."""

    def __init__(self, engine: ImageSearchEngine) -> None:
        self._engine = engine
        self._task = Background[Comparison]("a measurement")
        self._lock = threading.Lock()
        self._results: dict[str | None, Comparison] = {}

    @property
    def latest(self) -> Task[Comparison] | None:
        """The running or last measurement; ``None`` before the first."""
        return self._task.latest

    def result(self, gallery: str | None) -> Comparison | None:
        """Last result for a gallery; ``None`` before the first."""
        with self._lock:
            return self._results.get(gallery)

    def start(self, gallery: str | None, **options: Any) -> None:
        """Start ``compare`` with these options, or raise ``BusyError`` while one is running."""

        def work(progress: ProgressCallback) -> Comparison:
            with cancelled_with("Stopped: the last result stands."):
                result = compare(self._engine, gallery, progress=progress, **options)
            with self._lock:
                self._results[gallery] = result
            return result

        self._task.start(gallery or "the gallery", work)

    def cancel(self) -> None:
        """Stop the running measurement after its current step."""
        self._task.cancel()

    def wait(self) -> None:
        """Wait until no measurement is running."""
        self._task.wait()
