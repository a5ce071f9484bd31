"""Measurements of the retrieval quality in a background thread."""

from __future__ import annotations

import threading
from typing import Any

from core.datasets import FOLDERS
from core.engine import ImageSearchEngine
from core.evaluation import Comparison, LearningGain
from core.jobs.background import Background, Task, cancelled_with
from core.types import ProgressCallback


class Measuring:
    """Runs one measurement at a time; any thread may start, poll and cancel.

    Methods that start one raise ``BusyError`` while one is running.
    """

    def __init__(self, engine: ImageSearchEngine) -> None:
        self._engine = engine
        self._task = Background[Comparison | LearningGain]("a measurement")
        self._lock = threading.Lock()
        self._results: dict[str | None, Comparison] = {}
        self._gains: dict[str | None, LearningGain] = {}

    @property
    def latest(self) -> Task[Comparison | LearningGain] | None:
        """The running or last measurement; ``None`` before the first."""
        return self._task.latest

    def result(self, gallery: str | None) -> Comparison | None:
        """Last comparison for a gallery; ``None`` before the first."""
        with self._lock:
            return self._results.get(gallery)

    def gain(self, gallery: str | None) -> LearningGain | None:
        """What learning from labels gained when it was last measured; ``None`` before."""
        with self._lock:
            return self._gains.get(gallery)

    def start(self, gallery: str | None, **options: Any) -> None:
        """Start ``compare`` with these options."""

        def work(progress: ProgressCallback) -> Comparison:
            with cancelled_with("Stopped: the last result stands."):
                result = self._engine.quality.compare(gallery, progress=progress, **options)
            with self._lock:
                self._results[gallery] = result
            return result

        self._task.start(gallery or "the gallery", work)

    def start_gain(self, gallery: str | None, *, labels: str = FOLDERS) -> None:
        """Start to measure what learning from labels gains."""

        def work(progress: ProgressCallback) -> LearningGain:
            with cancelled_with("Stopped: nothing was measured."):
                gain = self._engine.quality.learning_gain(gallery, labels=labels, progress=progress)
            with self._lock:
                self._gains[gallery] = gain
            return gain

        self._task.start(gallery or "the gallery", work)

    def cancel(self) -> None:
        """Stop the running measurement after its current step."""
        self._task.cancel()

    def wait(self) -> None:
        """Wait until no measurement is running."""
        self._task.wait()
