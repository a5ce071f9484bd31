"""The retrieval quality of the galleries."""

from ..datasets import FOLDERS
from ..duplicates import known_copies
from ..evaluation import (
    Comparison,
    GroundTruth,
    KnownCopies,
    LearningGain,
    compare,
    ground_truth,
    held_out_gain,
)
from ..feature_store import IndexSnapshot
from ..types import Progress, ProgressCallback, Stage
from .galleries import Galleries


class Quality:
    """``engine.quality``: how good the answers are, by labels or without them."""

    def __init__(self, galleries: Galleries) -> None:
        self._galleries = galleries

    def ground_truth(self, snapshot: IndexSnapshot, labels: str = FOLDERS) -> GroundTruth:
        """Labels of the images of an index, see ``labels_of``, and its near-copies."""
        return ground_truth(snapshot, labels, self._copies(snapshot))

    def compare(
        self,
        gallery: str | None = None,
        *,
        labels: str = FOLDERS,
        ranking: str | None = None,
        sample: int | None = None,
        self_check_images: int = 0,
        others: bool = True,
        baselines: bool = False,
        progress: ProgressCallback = lambda _: None,
    ) -> Comparison:
        """Measures of the index of a gallery and of other representations; see ``compare``."""
        snapshot = self._galleries.require_snapshot(gallery)
        return compare(
            snapshot,
            self._galleries.extractor_of(snapshot),
            lambda: self._galleries.features(gallery, snapshot=snapshot, progress=progress)[1],
            labels=labels,
            ranking=ranking,
            sample=sample,
            self_check_images=self_check_images,
            others=others,
            baselines=baselines,
            copies=self._copies(snapshot),
            progress=progress,
        )

    def learning_gain(
        self,
        gallery: str | None = None,
        *,
        labels: str = FOLDERS,
        progress: ProgressCallback = lambda _: None,
    ) -> LearningGain:
        """What learning from labels gains on a gallery; see ``held_out_gain``."""
        snapshot, features = self._galleries.features(gallery, progress=progress)
        truth = self.ground_truth(snapshot, labels)
        held_out = held_out_gain(
            features[snapshot.space.descriptor],
            truth,
            progress=lambda done, total: progress(Progress(Stage.EVALUATING, done, total)),
        )
        return LearningGain(snapshot, truth, held_out)

    def _copies(self, snapshot: IndexSnapshot) -> KnownCopies:
        return KnownCopies(*known_copies(self._galleries.settings.features, snapshot))
