"""The retrieval quality of the galleries."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..config import real_path
from ..datasets import FOLDERS
from ..duplicates import known_copies
from ..errors import ConfigurationError, IndexNotFoundError
from ..evaluation import (
    Comparison,
    GroundTruth,
    Hubness,
    KnownCopies,
    LearningGain,
    Look,
    Representation,
    Teacher,
    compare,
    ground_truth,
    held_out_gain,
    representation_of,
)
from ..feature_store import IndexSnapshot
from ..indexing import check_folder
from ..model import NONE
from ..program import COMMAND
from ..protocols import (
    ProtocolMeasures,
    Ranking,
    check_name,
    measure_protocols,
    read_protocols,
)
from ..types import Progress, ProgressCallback, Stage
from .galleries import Galleries


@dataclass(frozen=True, eq=False, slots=True)
class ProtocolReport:
    """The measures of the protocols of a data set on an index, as it is or in another ranking."""

    snapshot: IndexSnapshot
    representation: Representation
    measures: tuple[ProtocolMeasures, ...]


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
        fit_from: str | None = None,
        look: Look | None = None,
        progress: ProgressCallback = lambda _: None,
    ) -> Comparison:
        """Measures of the index of a gallery and of other representations; see ``compare``.

        ``fit_from`` is the name of the gallery that is the teacher.
        """
        snapshot = self._galleries.require_snapshot(gallery)
        teacher = self._teacher(fit_from, snapshot, progress) if fit_from else None
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
            teacher=teacher,
            copies=self._copies(snapshot),
            look=look,
            progress=progress,
        )

    def hubness(self, snapshot: IndexSnapshot) -> Hubness | None:
        """That of an index; ``None`` where its rows are not on this machine."""
        return Hubness.of(snapshot.neighbours) if snapshot.neighbours else None

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

    def protocol(
        self,
        name: str,
        folder: Path,
        *,
        gallery: str | None = None,
        ranking: str | None = None,
        fit_from: str | None = None,
        progress: ProgressCallback = lambda _: None,
        look: Callable[[Ranking], None] | None = None,
    ) -> ProtocolReport:
        """Measures of a protocol of papers; see ``read_protocols`` and ``measure_protocol``.

        ``fit_from`` is the name of another gallery, whose fit takes the place of the index's own.

        Raises:
            IndexNotFoundError: The folder of the data set was not indexed.
        """
        check_name(name)
        library = real_path(folder)
        check_folder(library)
        galleries = self._galleries
        gallery, store = galleries.folder.assigned(library, gallery or galleries.settings.gallery)
        if store is None:
            raise IndexNotFoundError(
                f"Expected an index of the folder of the data set. Received: {folder}, which has "
                f"none in {galleries.folder.path}. First {COMMAND} index {folder}"
            )
        snapshot = galleries.require_snapshot(gallery)
        representation = representation_of(snapshot, ranking)
        if fit_from:
            teacher = self._teacher(fit_from, snapshot, progress)
            snapshot = self._taught(teacher, gallery, snapshot, progress)
            representation = replace(representation, fit=teacher.choice, fit_from=fit_from)
        paths = [image.path for image in snapshot.images]
        measures = measure_protocols(
            read_protocols(name, library, paths),
            snapshot,
            lambda pictures: galleries.describe(snapshot, pictures),
            ranking=representation.ranking,
            progress=progress,
            look=look,
        )
        return ProtocolReport(snapshot, representation, measures)

    def _teacher(
        self, gallery: str, snapshot: IndexSnapshot, progress: ProgressCallback
    ) -> Teacher:
        """A gallery whose features are comparable to those of an index, but not the same."""
        other, features = self._galleries.features(gallery, progress=progress)
        if other.space != snapshot.space:
            raise ConfigurationError(
                f"Expected a gallery with features of {snapshot.space} to learn the fit from. "
                f"Received: {gallery}, with features of {other.space}. Index it with the same "
                "weights, descriptor and size."
            )
        if other.library == snapshot.library:
            raise ConfigurationError(
                "Expected a gallery of other pictures to learn the fit from. Received: "
                f"{gallery}, the one that is measured. Leave the option out."
            )
        if other.fit.choice.kind == NONE:
            raise ConfigurationError(
                f"Expected a gallery that has a fit, such as whiten. Received: {gallery}, with the "
                "fit none. Index it with --fit."
            )
        truth = self.ground_truth(other, other.chosen.labels or FOLDERS)
        return Teacher(gallery, other.fit.choice, features, truth)

    def _taught(
        self,
        teacher: Teacher,
        gallery: str,
        snapshot: IndexSnapshot,
        progress: ProgressCallback,
    ) -> IndexSnapshot:
        """An index with the fit of a teacher, and rows of that fit."""
        descriptor = snapshot.space.descriptor
        _, features = self._galleries.features(gallery, snapshot=snapshot, progress=progress)
        fit = teacher.fit(descriptor, teacher.choice)
        return replace(snapshot, fit=fit, rows=fit.apply(features[descriptor]))

    def _copies(self, snapshot: IndexSnapshot) -> KnownCopies:
        return KnownCopies(*known_copies(self._galleries.settings.features, snapshot))
