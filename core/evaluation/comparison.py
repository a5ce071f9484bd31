"""Comparison of descriptors and whitenings on one gallery."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.datasets import FOLDERS
from core.engine import ImageSearchEngine
from core.errors import ImageError, LibraryError
from core.evaluation.labelled import Evaluation, evaluate
from core.evaluation.self_check import SelfCheck, TransformedImages, self_check, transform_images
from core.evaluation.truth import GroundTruth, ground_truth
from core.feature_store import IndexSnapshot
from core.images import ENOUGH_SIDE, load_file
from core.model import DESCRIPTORS, NONE, WHITEN, FitChoice, PixelExtractor, learn_fit
from core.types import Array, Progress, ProgressCallback, Stage

BASELINES = tuple(name for name, one in DESCRIPTORS.items() if one.layer is None)
# Half of the memory of VGG16's 512 channels, with most of their information.
WHITENED_TO = 256
_IMAGES_PER_STEP = 100


@dataclass(frozen=True, slots=True)
class Representation:
    """A descriptor and the fit of its features."""

    descriptor: str
    fit: FitChoice

    def __str__(self) -> str:
        return f"{self.descriptor}, {self.fit}"


@dataclass(frozen=True)
class Comparison:
    """Measures of several representations of a gallery, that of its index first.

    Attributes:
        evaluations: Measures by labels; empty without labels.
        self_checks: Measures without labels; empty if they were not requested.
        unlabelled: Why there are no ``evaluations``, else ``None``.
    """

    snapshot: IndexSnapshot
    truth: GroundTruth
    evaluations: Mapping[Representation, Evaluation]
    self_checks: Mapping[Representation, SelfCheck]
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

    @property
    def best(self) -> Representation:
        """The one with the highest mean average precision; without labels, the highest recall@1."""
        if self.evaluations:
            return max(self.evaluations, key=lambda one: self.evaluations[one].measures["mAP"].mean)
        return max(self.self_checks, key=lambda one: self.self_checks[one].recall_at_1)


def representation_of(snapshot: IndexSnapshot) -> Representation:
    """The representation that an index is searched with."""
    return Representation(snapshot.space.descriptor, snapshot.fit.choice)


def compare(
    engine: ImageSearchEngine,
    gallery: str | None = None,
    *,
    labels: str = FOLDERS,
    sample: int | None = None,
    self_check_images: int = 0,
    others: bool = True,
    baselines: bool = False,
    progress: ProgressCallback = lambda _: None,
) -> Comparison:
    """Measures of the representation of a gallery and of others, on the same queries.

    ``LibraryError`` if there are no labels and no self-check is requested.

    Args:
        engine: The engine of the gallery.
        gallery: Name of the gallery; see ``ImageSearchEngine.gallery_name``.
        labels: See ``ground_truth``.
        sample: Number of queries; by default all.
        self_check_images: Number of images of the self-check; 0 leaves it out.
        others: Whether to measure all saved descriptors, as they are and whitened.
        baselines: Whether to measure ``BASELINES``, which reads every image.
        progress: Called after each step.
    """
    snapshot = engine.require_snapshot(gallery)
    features: dict[str, Array] = {}
    if others:
        snapshot, read = engine.features(gallery, progress=progress)
        features |= read
    truth = ground_truth(snapshot, labels)
    if baselines:
        features |= _baselines(
            snapshot, [one for one in BASELINES if one not in features], progress
        )
    representations = _representations(snapshot, features)
    transformed = None
    if self_check_images:
        names = {one.descriptor for one in representations}
        transformed = _transformed(engine, snapshot, names, self_check_images, progress)
    evaluations: dict[Representation, Evaluation] = {}
    self_checks: dict[Representation, SelfCheck] = {}
    unlabelled = None
    for number, representation in enumerate(representations):
        matrix, fit = _fitted(representation, snapshot, features)
        try:
            if unlabelled is None:
                evaluations[representation] = evaluate(
                    matrix,
                    truth,
                    sample=sample,
                    progress=_part(progress, number, len(representations)),
                )
        except LibraryError as error:
            if transformed is None:
                raise
            unlabelled = str(error)
        if transformed:
            queries = fit(transformed.features[representation.descriptor])
            self_checks[representation] = self_check(transformed, queries, matrix)
    return Comparison(snapshot, truth, evaluations, self_checks, unlabelled)


def _representations(snapshot: IndexSnapshot, features: Iterable[str]) -> list[Representation]:
    """The representation of the index, then the others."""
    found = [representation_of(snapshot)]
    for name in features:
        fits = (NONE,) if name in BASELINES else (NONE, WHITEN)
        found += [Representation(name, FitChoice.of(fit)) for fit in fits]
    return list(dict.fromkeys(found))


def _fitted(
    representation: Representation, snapshot: IndexSnapshot, features: Mapping[str, Array]
) -> tuple[Array, Callable[[Array], Array]]:
    """The matrix of a representation, and the function that fits features like its rows."""
    if representation == representation_of(snapshot):
        return snapshot.matrix, snapshot.process
    rows = features[representation.descriptor]
    fit = learn_fit(rows, representation.fit)
    return fit.apply(rows), fit.apply


def _part(progress: ProgressCallback, number: int, parts: int) -> Callable[[int, int], None]:
    return lambda done, total: progress(
        Progress(Stage.EVALUATING, number * total + done, parts * total)
    )


def _transformed(
    engine: ImageSearchEngine,
    snapshot: IndexSnapshot,
    names: Iterable[str],
    sample: int,
    progress: ProgressCallback,
) -> TransformedImages:
    pixels = [PixelExtractor(name) for name in names if name in BASELINES]
    by_network = snapshot.space.descriptor not in BASELINES

    def extract(images: Sequence[Image.Image]) -> Mapping[str, Array]:
        described = engine.describe_all(snapshot, images) if by_network else {}
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
