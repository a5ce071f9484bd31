"""Comparison of descriptors, fits and rankings on one gallery."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from PIL import Image

from ..datasets import FOLDERS, labels_of
from ..errors import LibraryError
from ..feature_store import IndexSnapshot
from ..model import (
    CENTRE,
    NEIGHBOURS,
    NONE,
    WHITEN,
    FeatureExtractor,
    FitChoice,
    PixelExtractor,
)
from ..model import FOLDERS as FOLDERS_FIT
from ..types import RANKINGS, Array, Progress, ProgressCallback, Stage
from .answers import Look
from .baselines import BASELINES, baseline_features
from .comparison import Comparison
from .fitted import FittedFeatures
from .held_out import can_learn
from .hubness import Hubness
from .labelled import Evaluation, Steps
from .near_copies import KnownCopies
from .representation import Representation, representation_of
from .scores import Scorer
from .self_check import SelfCheck, TransformedImages, self_check, transform_images
from .teacher import Teacher
from .truth import NOTHING_KNOWN, GroundTruth, ground_truth


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
    needed = others or teacher is not None or snapshot.fit.choice.kind == FOLDERS_FIT
    features = dict(saved_features()) if needed else {}
    first = representation_of(snapshot, ranking)
    learnt_from = labels
    if teacher and not others:
        first = _taught_by(teacher, first)
    elif first.fit.kind == FOLDERS_FIT:
        learnt_from = snapshot.chosen.labels or FOLDERS
    truth = ground_truth(snapshot, labels, copies)
    taught = truth
    if learnt_from != labels:
        taught = replace(truth, labels=labels_of(truth.paths, learnt_from))
    saved = tuple(features) if others else ()
    if baselines:
        missing = [one for one in BASELINES if one not in features]
        features |= baseline_features(snapshot, missing, progress)
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
    fitted: FittedFeatures | None = None
    for number, one in enumerate(representations):
        # They are in the order of their fits: one matrix is held at a time.
        if fitted is None or not fitted.representation.shares_features(one):
            fitted = FittedFeatures(one, snapshot, features, taught, teacher)
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
        for kind in (NONE, CENTRE, NEIGHBOURS, WHITEN, *([FOLDERS_FIT] if learning else [])):
            # Without a fit, nothing is learnt.
            fit_from = teacher.gallery if teacher and kind != NONE else None
            found += [
                Representation(name, FitChoice.of(kind), ranking, fit_from) for ranking in RANKINGS
            ]
    distinct = list(dict.fromkeys(found))
    return sorted(distinct, key=lambda one: not one.shares_features(first))


def _taught_by(teacher: Teacher, one: Representation) -> Representation:
    return replace(one, fit=teacher.choice, fit_from=teacher.gallery)


def _part(progress: ProgressCallback, number: int, parts: int) -> Steps:
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
