"""The ways to describe a gallery, side by side: which descriptor is the best for these pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.engine import ImageSearchEngine
from core.errors import ImageError, LibraryError
from core.evaluation.labelled import Evaluation, evaluate
from core.evaluation.self_check import ChangedImages, SelfCheck, change_images, self_check
from core.evaluation.truth import FOLDERS, GroundTruth, ground_truth
from core.feature_store import IndexSnapshot
from core.images import ENOUGH_SIDE, load_file
from core.model import DESCRIPTORS, PixelExtractor, fit_whitening
from core.types import Array, Progress, ProgressCallback, Stage

BASELINES = tuple(name for name, one in DESCRIPTORS.items() if one.layer is None)
# Most of what VGG16's 512 channels tell, in half of the memory.
WHITENED_TO = 256
_IMAGES_A_STEP = 100


@dataclass(frozen=True, slots=True)
class Way:
    """A way to describe the images of a gallery.

    Attributes:
        descriptor: Its name.
        whiten: Dimension it is whitened to, 0 for none.
    """

    descriptor: str
    whiten: int

    def __str__(self) -> str:
        return f"{self.descriptor}, whitened to {self.whiten}" if self.whiten else self.descriptor


@dataclass(frozen=True)
class Comparison:
    """How good the ways to describe a gallery are.

    Attributes:
        snapshot: The index of the gallery.
        truth: What it was measured by.
        evaluations: By labels; empty where there are none.
        self_checks: Without labels; empty where it was not asked for.
        unlabelled: Why nothing was measured by labels; ``None`` where that was done.
    """

    snapshot: IndexSnapshot
    truth: GroundTruth
    evaluations: Mapping[Way, Evaluation]
    self_checks: Mapping[Way, SelfCheck]
    unlabelled: str | None = None

    def by_name(self) -> tuple[dict[str, Evaluation], dict[str, SelfCheck]]:
        """The evaluations and the self-checks by the name of the way."""
        return (
            {str(way): one for way, one in self.evaluations.items()},
            {str(way): one for way, one in self.self_checks.items()},
        )

    def of(self, snapshot: IndexSnapshot) -> Evaluation | None:
        """The evaluation of the way that an index is searched by, where it was measured."""
        return self.evaluations.get(way_of(snapshot))

    @property
    def best(self) -> Way:
        """The way of the highest mean average precision; without labels, of the highest recall."""
        if self.evaluations:
            return max(self.evaluations, key=lambda way: self.evaluations[way].measures["mAP"].mean)
        return max(self.self_checks, key=lambda way: self.self_checks[way].recall_at_1)


def way_of(snapshot: IndexSnapshot) -> Way:
    """The way that an index is searched by."""
    return Way(snapshot.space.descriptor, snapshot.whitened_to)


def compare(
    engine: ImageSearchEngine,
    gallery: str | None = None,
    *,
    labels: str = FOLDERS,
    sample: int | None = None,
    changed: int = 0,
    others: bool = True,
    baselines: bool = False,
    progress: ProgressCallback = lambda _: None,
) -> Comparison:
    """Measure the way that a gallery is searched by and others, on the same queries.

    Args:
        engine: Has the gallery.
        gallery: Its name; see ``ImageSearchEngine.gallery_name``.
        labels: Where they come from, see ``ground_truth``.
        sample: Ask with this many images; by default with all.
        changed: Change this many images for the self-check; 0 leaves it out.
        others: Whether to measure all descriptors that one pass gave, as they are and whitened.
        baselines: Whether to measure the descriptors of before the networks, which reads every
            image.
        progress: Called after each step; what it raises ends the work.

    Raises:
        IndexNotFoundError: Nothing was indexed yet, or there is no such gallery.
        FeatureStoreError: The features folder is damaged.
        ConfigurationError: The labels cannot be read.
        LibraryError: There are no labels to measure by, and no self-check was asked for.
        IndexMismatchError: The self-check needs the model of the index, and that cannot be had.
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
    ways = _ways(snapshot, features)
    names = {way.descriptor for way in ways}
    queries = _changed(engine, snapshot, names, changed, progress) if changed else None
    evaluations: dict[Way, Evaluation] = {}
    self_checks: dict[Way, SelfCheck] = {}
    unlabelled = None
    for place, way in enumerate(ways):
        matrix, process = _processed(way, snapshot, features)
        try:
            if unlabelled is None:
                evaluations[way] = evaluate(
                    matrix, truth, sample=sample, progress=_part(progress, place, len(ways))
                )
        except LibraryError as error:
            if queries is None:
                raise
            unlabelled = str(error)
        if queries:
            asked = process(queries.features[way.descriptor])
            self_checks[way] = self_check(queries, asked, matrix)
    return Comparison(snapshot, truth, evaluations, self_checks, unlabelled)


def _ways(snapshot: IndexSnapshot, features: Iterable[str]) -> list[Way]:
    """The way of the index first."""
    current = way_of(snapshot)
    ways = [current]
    for name in features:
        whitened = () if name in BASELINES else (WHITENED_TO,)
        ways += [Way(name, dimension) for dimension in (0, *whitened)]
    return list(dict.fromkeys(ways))


def _processed(
    way: Way, snapshot: IndexSnapshot, features: Mapping[str, Array]
) -> tuple[Array, Callable[[Array], Array]]:
    """The matrix of a way, and what makes its rows of features."""
    if way == way_of(snapshot):
        return snapshot.matrix, snapshot.process
    if not way.whiten:
        return features[way.descriptor], lambda rows: rows
    whitening = fit_whitening(features[way.descriptor], way.whiten)
    return whitening.apply(features[way.descriptor]), whitening.apply


def _part(progress: ProgressCallback, place: int, parts: int) -> Callable[[int, int], None]:
    return lambda done, total: progress(
        Progress(Stage.EVALUATING, place * total + done, parts * total)
    )


def _changed(
    engine: ImageSearchEngine,
    snapshot: IndexSnapshot,
    names: Iterable[str],
    sample: int,
    progress: ProgressCallback,
) -> ChangedImages:
    pixels = [PixelExtractor(name) for name in names if name in BASELINES]
    by_network = snapshot.space.descriptor not in BASELINES

    def extract(images: Sequence[Image.Image]) -> Mapping[str, Array]:
        described = engine.describe_all(snapshot, images) if by_network else {}
        return {**described, **{one.space.descriptor: one.extract(images) for one in pixels}}

    return change_images(
        snapshot,
        extract,
        sample=sample,
        progress=lambda done, total: progress(Progress(Stage.SELF_CHECKING, done, total)),
    )


def _baselines(
    snapshot: IndexSnapshot, names: Iterable[str], progress: ProgressCallback
) -> dict[str, Array]:
    """The features of images, read once; zero, far from all, where an image cannot be read."""
    extractors = [PixelExtractor(name) for name in names]
    total = len(snapshot.images)
    features = {
        one.space.descriptor: np.zeros((total, one.space.dimension), np.float32)
        for one in extractors
    }
    for row, image in enumerate(snapshot.images):
        if row % _IMAGES_A_STEP == 0:
            progress(Progress(Stage.EXTRACTING, row, total))
        try:
            _, loaded = load_file(snapshot.library / image.path, enough=ENOUGH_SIDE)
        except ImageError:
            continue
        if loaded:
            for one in extractors:
                features[one.space.descriptor][row] = one.extract([loaded.pixels])[0]
    return features
