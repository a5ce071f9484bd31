"""Measurements of the retrieval quality in a background thread."""

from typing import Any

from ..datasets import FOLDERS
from ..engine import ImageSearchEngine
from ..evaluation import Comparison, LearningGain
from ..types import ProgressCallback
from .background import Background


class QualityJob(Background[Comparison | LearningGain]):
    """Runs one measurement at a time; methods that start one raise ``BusyError`` meanwhile."""

    def __init__(self, engine: ImageSearchEngine) -> None:
        super().__init__("a measurement")
        self._engine = engine
        self._results: dict[str | None, Comparison] = {}
        self._gains: dict[str | None, LearningGain] = {}

    def result(self, gallery: str | None) -> Comparison | None:
        """Last comparison for a gallery; ``None`` before the first."""
        return self._results.get(gallery)

    def gain(self, gallery: str | None) -> LearningGain | None:
        """What learning from labels gained when it was last measured; ``None`` before."""
        return self._gains.get(gallery)

    def measure(self, gallery: str | None, **options: Any) -> None:
        """Start ``compare`` with these options."""

        def work(progress: ProgressCallback) -> Comparison:
            result = self._engine.quality.compare(gallery, progress=progress, **options)
            self._results[gallery] = result
            return result

        self.start(gallery or "the gallery", work, stopped="Stopped: the last result stands.")

    def measure_gain(self, gallery: str | None, *, labels: str = FOLDERS) -> None:
        """Start to measure what learning from labels gains."""

        def work(progress: ProgressCallback) -> LearningGain:
            gain = self._engine.quality.learning_gain(gallery, labels=labels, progress=progress)
            self._gains[gallery] = gain
            return gain

        self.start(gallery or "the gallery", work, stopped="Stopped: nothing was measured.")
