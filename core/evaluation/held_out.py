"""Retrieval quality of what is learnt from labels, asked with images that were held out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..datasets import teaching
from ..errors import LibraryError
from ..feature_store import IndexSnapshot, find_neighbours
from ..model import FOLDERS, NEIGHBOURS, FitChoice, Labels, learn_fit
from ..types import DISTANCE, NEIGHBOURHOOD, Array, Rows
from .answers import Look
from .intervals import Estimate
from .labelled import Asked, Evaluation, Steps, draw_queries, measured
from .scores import Scorer
from .truth import GroundTruth

FOLDS = 5
_SAMPLE = 500
# Labels that something can be learnt from: so many, of so many images each.
LEAST_LABELS, LEAST_IMAGES = 2, 10


@dataclass(frozen=True, slots=True)
class HeldOutGain:
    """What learning from labels brings to images that were held out of it.

    Attributes:
        label_free: Measures of the fit ``neighbours``.
        learnt: Measures of the fit ``folders`` with the same queries.
    """

    label_free: Evaluation
    learnt: Evaluation

    @property
    def gain(self) -> Estimate:
        """Difference of the mean average precisions, -1 to 1; see ``Evaluation.gain_over``."""
        return self.learnt.gain_over(self.label_free)

    @property
    def sure(self) -> bool:
        """Whether it is no chance; see ``Evaluation.surely_better_than``."""
        return self.learnt.surely_better_than(self.label_free)


@dataclass(frozen=True)
class LearningGain:
    """What learning from labels gains on a gallery.

    Attributes:
        snapshot: The index that was measured.
        truth: The labels.
        held_out: Measures of images that were held out of the learning.
    """

    snapshot: IndexSnapshot
    truth: GroundTruth
    held_out: HeldOutGain


def can_learn(truth: GroundTruth) -> bool:
    """Whether at least ``LEAST_LABELS`` labels have ``LEAST_IMAGES`` images each.

    Near-copies with the same label count once.
    """
    labelled = set(zip(truth.labels, truth.groups, strict=True))
    pictures = Counter(label for label, _ in labelled if label is not None)
    return sum(count >= LEAST_IMAGES for count in pictures.values()) >= LEAST_LABELS


def held_out_gain(
    features: Array,
    truth: GroundTruth,
    *,
    sample: int | None = _SAMPLE,
    seed: int = 0,
    progress: Steps = lambda _done, _total: None,
) -> HeldOutGain:
    """Measures of the fits ``neighbours`` and ``folders`` over the same held-out queries.

    By distance; some seconds for 10,000 images. Arguments are as in ``evaluate_held_out``.

    Raises:
        LibraryError: There are too few labels to learn from, see ``can_learn``.
    """
    if not can_learn(truth):
        raise LibraryError(
            f"Nothing can be learnt from the labels: expected at least {LEAST_LABELS} of at least "
            f"{LEAST_IMAGES} images each, by default in a folder for each kind. Received: "
            f"{len(set(truth.labels) - {None})} labels of {len(truth.labels)} images."
        )

    def part(number: int) -> Steps:
        return lambda done, total: progress(number * total + done, 2 * total)

    label_free, learnt = (
        evaluate_held_out(
            features,
            truth,
            FitChoice.of(kind),
            sample=sample,
            seed=seed,
            progress=part(number),
        )
        for number, kind in enumerate((NEIGHBOURS, FOLDERS))
    )
    return HeldOutGain(label_free, learnt)


def evaluate_held_out(
    features: Array,
    truth: GroundTruth,
    choice: FitChoice,
    *,
    labels: Labels | None = None,
    images_a_label: int | None = None,
    ranking: str = DISTANCE,
    sample: int | None = None,
    seed: int = 0,
    progress: Steps = lambda _done, _total: None,
    look: Look | None = None,
) -> Evaluation:
    """Measures of a fit, by cross-validation (see ``evaluate``).

    The pictures are dealt into ``FOLDS`` folds, those of each label evenly; near-copies are in the
    same one. The images of one fold ask those of the others, which alone teach the fit.

    Args:
        features: ``(n, d)`` float32 unit rows, not fitted.
        truth: The labels of the rows, which tell what is relevant.
        choice: What is learnt.
        labels: What it is learnt from; by default the same labels.
        images_a_label: How many images of each label teach it; by default all of the other folds.
        ranking: One of ``RANKINGS``.
        sample: Number of queries, drawn at random; by default all.
        seed: Seed of the folds and of the sample.
        progress: Called with the number of finished queries and of all.
        look: Gets the rankings.
    """
    queries = draw_queries(truth, sample, seed)
    labels = teaching(truth.labels if labels is None else labels)
    dealt = _dealt(truth.groups, truth.labels, seed)
    folds = dealt % FOLDS

    def parts() -> Iterator[Asked]:
        for fold in range(FOLDS):
            asked = np.flatnonzero(folds[queries.rows] == fold)
            if not len(asked):
                continue
            taught = np.flatnonzero(folds != fold)
            in_order = taught[np.argsort(dealt[taught], kind="stable")]
            known = _first([labels[row] for row in in_order.tolist()], images_a_label)
            matrix = learn_fit(features[in_order], choice, known).apply(features)
            near = find_neighbours(matrix[taught]) if ranking == NEIGHBOURHOOD else None
            yield Asked(asked, matrix, Scorer(matrix[taught], near), taught)

    return measured(queries, parts(), progress, look)


def _dealt(groups: tuple[str, ...], labels: Labels, seed: int) -> Rows:
    """The place of each image when all groups are shuffled within their labels, label by label.

    Images of one group have the same place, that of the first.
    """
    names, firsts, of_image = np.unique(groups, return_index=True, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names)).tolist()
    of_group = [labels[row] for row in firsts.tolist()]
    order.sort(key=lambda group: (of_group[group] is None, of_group[group] or ""))
    places = np.empty(len(names), np.int64)
    places[order] = np.arange(len(names))
    dealt: Rows = places[of_image]
    return dealt


def _first(labels: Labels, most: int | None) -> Labels:
    """The labels with ``None`` for all but the first ``most`` images of each."""
    if most is None:
        return labels
    seen: Counter[str | None] = Counter()
    kept: list[str | None] = []
    for label in labels:
        seen[label] += 1
        kept.append(label if seen[label] <= most else None)
    return kept
