"""Comparison of descriptors, fits and rankings on one gallery."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from PIL import Image

from ..datasets import FOLDERS, teaching
from ..errors import ConfigurationError, ImageError, LibraryError
from ..feature_store import IndexSnapshot, Neighbours, find_neighbours
from ..images import ENOUGH_SIDE, load_file
from ..model import (
    CENTRE,
    DESCRIPTORS,
    NEIGHBOURS,
    NONE,
    WHITEN,
    FeatureExtractor,
    FitChoice,
    PixelExtractor,
    learn_fit,
)
from ..model import FOLDERS as LEARNT
from ..search import ranking_of
from ..types import DISTANCE, NEIGHBOURHOOD, RANKINGS, Array, Progress, ProgressCallback, Stage
from .answers import Look
from .held_out import can_learn, evaluate_held_out
from .hubness import Hubness
from .labelled import Evaluation, evaluate
from .near_copies import KnownCopies
from .randomisation import Difference, differences
from .scores import Scorer
from .self_check import SelfCheck, TransformedImages, self_check, transform_images
from .teacher import Teacher
from .truth import NOTHING_KNOWN, GroundTruth, ground_truth

BASELINES = tuple(name for name, one in DESCRIPTORS.items() if one.layer is None)
# Largest loss of mean recall@1 in the self-check of what is recommended.
MOST_LOST = 0.02
_IMAGES_PER_STEP = 100


@dataclass(frozen=True, slots=True)
class Representation:
    """A descriptor, the fit of its features, and the ranking of the matches.

    Attributes:
        fit_from: The gallery that taught the fit; ``None`` for the one that is searched.

    Raises:
        ConfigurationError: There is no such ranking.
    """

    descriptor: str
    fit: FitChoice
    ranking: str = DISTANCE
    fit_from: str | None = None

    def __post_init__(self) -> None:
        if self.ranking not in RANKINGS:
            raise ConfigurationError(
                f"Expected a ranking by {' or '.join(RANKINGS)}. Received: ranking={self.ranking!r}"
            )

    def __str__(self) -> str:
        name = f"{self.descriptor}, {self.fit}"
        if self.fit_from is not None:
            name += f" learnt from {self.fit_from}"
        return name if self.ranking == DISTANCE else f"{name}, {self.ranking}"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A representation, and how much higher its mean average precision is than the current one's.

    ``difference`` is ``None`` where the two were not both measured by labels.
    """

    representation: Representation
    difference: Difference | None


@dataclass(frozen=True)
class Comparison:
    """Measures of several representations of a gallery, that of its index first.

    Attributes:
        evaluations: Measures by labels; empty without labels. What is learnt from labels is asked
            with images that were held out of the learning.
        self_checks: Measures without labels; empty if they were not requested.
        hubness: Of the fitted features, by distance, also where another ranking is measured.
        learnt_from: Source of the labels that the fit ``folders`` is learnt from.
        unlabelled: Why there are no ``evaluations``, else ``None``.
    """

    snapshot: IndexSnapshot
    truth: GroundTruth
    learnt_from: str
    evaluations: Mapping[Representation, Evaluation]
    self_checks: Mapping[Representation, SelfCheck]
    hubness: Mapping[Representation, Hubness]
    unlabelled: str | None = None

    def by_name(self) -> tuple[dict[str, Evaluation], dict[str, SelfCheck]]:
        """Evaluations and self-checks by the name of the representation."""
        return (
            {str(one): evaluation for one, evaluation in self.evaluations.items()},
            {str(one): check for one, check in self.self_checks.items()},
        )

    def evaluation_of(self, snapshot: IndexSnapshot) -> Evaluation | None:
        """Evaluation of the representation of an index; ``None`` if it was not measured."""
        return self.evaluations.get(representation_of(snapshot))

    def differences_to(self, base: Representation) -> Mapping[Representation, Difference]:
        """How much better the others are by labels; empty where the base was not measured."""
        if base not in self.evaluations:
            return {}
        if base not in self._differences:
            self._differences[base] = differences(self.evaluations, base)
        return self._differences[base]

    @cached_property
    def _differences(self) -> dict[Representation, Mapping[Representation, Difference]]:
        return {}

    def recommendation(self, current: Representation) -> Recommendation | None:
        """What to search with instead; ``None`` where nothing is surely better.

        By labels it has the highest mean average precision of those that are surely better than the
        current one and lose at most ``MOST_LOST`` of its recall@1 in the self-check. What is learnt
        from labels is surely better than what is not. Without labels it has the highest recall@1.
        """
        if not self.evaluations:
            best = max(self.self_checks, key=lambda one: self.self_checks[one].recall_at_1)
            return None if best == current else Recommendation(best, None)
        for one in sorted(self.evaluations, key=self._mean_average_precision, reverse=True):
            if one == current:
                return None
            if self._keeps_copies(one, current) and self._is_sure(one, current):
                return Recommendation(one, self.differences_to(current).get(one))
        return None

    def _mean_average_precision(self, one: Representation) -> float:
        return self.evaluations[one].measures["mAP"].mean

    def _keeps_copies(self, one: Representation, current: Representation) -> bool:
        after, before = self.self_checks.get(one), self.self_checks.get(current)
        return not after or not before or before.recall_at_1 - after.recall_at_1 <= MOST_LOST

    def _is_sure(self, one: Representation, current: Representation) -> bool:
        """Whether it is no chance that one is better than the current one."""
        after, before = self.evaluations[one], self.evaluations.get(current)
        if one.fit.kind != LEARNT:
            return before is None or after.gain_over(before).low > 0
        free = [other for other in self.evaluations if other.fit.kind != LEARNT]
        best = self.evaluations[max(free, key=self._mean_average_precision)] if free else None
        return all(after.surely_better_than(other) for other in (before, best) if other)


def representation_of(snapshot: IndexSnapshot, ranking: str | None = None) -> Representation:
    """The representation that an index is searched with, in its own ranking or in another."""
    choice = snapshot.fit.choice
    return Representation(snapshot.space.descriptor, choice, ranking_of(snapshot, ranking))


def compare(
    snapshot: IndexSnapshot,
    extractor: FeatureExtractor,
    saved_features: Callable[[], Mapping[str, Array]],
    *,
    labels: str = FOLDERS,
    ranking: str | None = None,
    sample: int | None = None,
    self_check_images: int = 0,
    others: bool = True,
    baselines: bool = False,
    teacher: Teacher | None = None,
    copies: KnownCopies = NOTHING_KNOWN,
    look: Look | None = None,
    progress: ProgressCallback = lambda _: None,
) -> Comparison:
    """Measures of the representation of an index and of others, on the same queries.

    ``LibraryError`` if there are no labels and no self-check is requested.

    Args:
        snapshot: The index.
        extractor: Describes the changed images of the self-check.
        saved_features: Reads the features of its images by each descriptor, see ``read_features``;
            called only where they are needed.
        labels: See ``ground_truth``. The fit ``folders`` is learnt from them, except in a gallery
            that has this fit: there from the gallery's own labels.
        ranking: Of the representation of the gallery, one of ``RANKINGS``; by default its own.
        sample: Number of queries; by default all.
        self_check_images: Number of images of the self-check; 0 leaves it out.
        others: Whether to measure all saved descriptors with all fits and rankings.
        baselines: Whether to measure ``BASELINES``, which reads every image.
        teacher: Teaches all fits but that of the index, which is measured with ``others`` only.
        copies: What a search for duplicates found.
        look: Gets the rankings of the first representation by labels.
        progress: Called after each step.
    """
    needed = others or teacher is not None or snapshot.fit.choice.kind == LEARNT
    features = dict(saved_features()) if needed else {}
    first = representation_of(snapshot, ranking)
    learnt_from = labels
    if teacher and not others:
        first = _taught_by(teacher, first)
    elif first.fit.kind == LEARNT:
        learnt_from = snapshot.chosen.labels or FOLDERS
    truth = ground_truth(snapshot, labels, copies)
    taught = ground_truth(snapshot, learnt_from, copies)
    saved = tuple(features) if others else ()
    if baselines:
        missing = [one for one in BASELINES if one not in features]
        features |= _baselines(snapshot, missing, progress)
        saved += tuple(missing)
    if teacher:
        saved = tuple(name for name in saved if name in teacher.features or name in BASELINES)
    representations = _representations(first, saved, taught, teacher)
    transformed = None
    if self_check_images:
        names = {one.descriptor for one in representations}
        transformed = _transformed(snapshot, extractor, names, self_check_images, progress)
    evaluations: dict[Representation, Evaluation] = {}
    self_checks: dict[Representation, SelfCheck] = {}
    hubness: dict[Representation, Hubness] = {}
    unlabelled = None
    fitted: _Fitted | None = None
    for number, one in enumerate(representations):
        # They are in the order of their fits: one matrix is held at a time.
        if fitted is None or not _share(fitted.representation, one):
            fitted = _Fitted(one, snapshot, features, taught, teacher)
        hubness[one] = fitted.hubness
        try:
            if unlabelled is None:
                evaluations[one] = fitted.evaluate(
                    truth,
                    one.ranking,
                    sample,
                    _part(progress, number, len(representations)),
                    look if number == 0 else None,
                )
        except LibraryError as error:
            if transformed is None:
                raise
            unlabelled = str(error)
        if transformed:
            queries = fitted.process(transformed.features[one.descriptor])
            scorer = Scorer(fitted.matrix, fitted.neighbours_for(one.ranking))
            self_checks[one] = self_check(transformed, queries, scorer)
    return Comparison(snapshot, truth, learnt_from, evaluations, self_checks, hubness, unlabelled)


def _representations(
    first: Representation,
    descriptors: Iterable[str],
    taught: GroundTruth,
    teacher: Teacher | None,
) -> list[Representation]:
    """The first one, then the others; those that share a fit in a row."""
    learning = can_learn(teacher.truth if teacher else taught)
    found = [first, *([_taught_by(teacher, first)] if teacher else [])]
    for name in descriptors:
        if name in BASELINES:
            found.append(Representation(name, FitChoice.of(NONE)))
            continue
        for kind in (NONE, CENTRE, NEIGHBOURS, WHITEN, *([LEARNT] if learning else [])):
            # Without a fit, nothing is learnt.
            fit_from = teacher.gallery if teacher and kind != NONE else None
            found += [
                Representation(name, FitChoice.of(kind), ranking, fit_from) for ranking in RANKINGS
            ]
    distinct = list(dict.fromkeys(found))
    return sorted(distinct, key=lambda one: not _share(one, first))


def _taught_by(teacher: Teacher, one: Representation) -> Representation:
    return replace(one, fit=teacher.choice, fit_from=teacher.gallery)


def _share(one: Representation, other: Representation) -> bool:
    return replace(one, ranking=other.ranking) == other


class _Fitted:
    """The features of one descriptor, fitted."""

    def __init__(
        self,
        one: Representation,
        snapshot: IndexSnapshot,
        features: Mapping[str, Array],
        taught: GroundTruth,
        teacher: Teacher | None,
    ) -> None:
        self.representation = one
        self._taught = taught
        self._features = features.get(one.descriptor)
        self._known = None
        if _share(one, representation_of(snapshot)):
            self.matrix, self.process = snapshot.matrix, snapshot.fit.apply
            self._known = snapshot.neighbours
        else:
            rows = features[one.descriptor]
            if teacher and one.fit_from is not None:
                fit = teacher.fit(one.descriptor, one.fit)
            else:
                fit = learn_fit(rows, one.fit, teaching(taught.labels))
            self.matrix, self.process = fit.apply(rows), fit.apply

    @cached_property
    def _neighbours(self) -> Neighbours:
        return self._known or find_neighbours(self.matrix)

    @cached_property
    def hubness(self) -> Hubness:
        return Hubness.of(self._neighbours)

    def neighbours_for(self, ranking: str) -> Neighbours | None:
        """What a ``Scorer`` needs for a ranking."""
        return self._neighbours if ranking == NEIGHBOURHOOD else None

    def evaluate(
        self,
        truth: GroundTruth,
        ranking: str,
        sample: int | None,
        progress: Callable[[int, int], None],
        look: Look | None,
    ) -> Evaluation:
        """Measures by labels, on held-out queries where the fit is learnt from labels."""
        fit = self.representation.fit
        if fit.kind != LEARNT or self.representation.fit_from is not None:
            return evaluate(
                self.matrix,
                truth,
                neighbours=self.neighbours_for(ranking),
                sample=sample,
                progress=progress,
                look=look,
            )
        assert self._features is not None
        return evaluate_held_out(
            self._features,
            truth,
            fit,
            labels=self._taught.labels,
            ranking=ranking,
            sample=sample,
            progress=progress,
            look=look,
        )


def _part(progress: ProgressCallback, number: int, parts: int) -> Callable[[int, int], None]:
    return lambda done, total: progress(
        Progress(Stage.EVALUATING, number * total + done, parts * total)
    )


def _transformed(
    snapshot: IndexSnapshot,
    extractor: FeatureExtractor,
    names: Iterable[str],
    sample: int,
    progress: ProgressCallback,
) -> TransformedImages:
    pixels = [PixelExtractor(name) for name in names if name in BASELINES]
    by_network = snapshot.space.descriptor not in BASELINES

    def extract(images: Sequence[Image.Image]) -> Mapping[str, Array]:
        described = extractor.extract_all(images) if by_network else {}
        return {**described, **{one.space.descriptor: one.extract(images) for one in pixels}}

    return transform_images(
        snapshot,
        extract,
        sample=sample,
        progress=lambda done, total: progress(Progress(Stage.SELF_CHECKING, done, total)),
    )


def _baselines(
    snapshot: IndexSnapshot, names: Iterable[str], progress: ProgressCallback
) -> dict[str, Array]:
    """Features by descriptor; zeros, which are far from all others, for unreadable images."""
    extractors = [PixelExtractor(name) for name in names]
    total = len(snapshot.images)
    features = {
        one.space.descriptor: np.zeros((total, one.space.dimension), np.float32)
        for one in extractors
    }
    for row, image in enumerate(snapshot.images):
        if row % _IMAGES_PER_STEP == 0:
            progress(Progress(Stage.EXTRACTING, row, total))
        try:
            _, loaded = load_file(snapshot.library / image.path, enough=ENOUGH_SIDE)
        except ImageError:
            continue
        if loaded:
            for one in extractors:
                features[one.space.descriptor][row] = one.extract([loaded.pixels])[0]
    return features
