"""Retrieval quality by labels: images with the same label are relevant to each other."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..errors import LibraryError
from ..feature_store import Neighbours
from ..types import Array, Rows
from .answers import Answers, Look
from .curves import RECALL_LEVELS, interpolated_precision
from .intervals import Estimate, estimates
from .measures import MACRO, MEAN_AVERAGE_PRECISION, MEASURES, R_PRECISION, Values
from .ranking import blocks, rank
from .scores import Scorer
from .truth import GroundTruth

WORST = 30

Steps = Callable[[int, int], None]
"""Called with the number of finished and of all steps; an exception from it ends the work."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Means of ``MEASURES`` over the queries with one label, and how many images have it."""

    label: str
    images: int
    queries: int
    measures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class BadQuery:
    """Path of a query with a low average precision, and path and rank of its first wrong match.

    ``wrong`` and ``wrong_rank`` are ``None`` if all images have the label of the query.
    """

    image: str
    label: str
    average_precision: float
    wrong: str | None
    wrong_rank: int | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Measures over queries from a gallery, each compared with all other images.

    Attributes:
        images: Size of the gallery.
        near_copies: How many of these are near-copies of another one.
        queries: Number of queries: all images whose label another image has too, or a sample.
        classes: Number of labels of the queries.
        measures: Mean of each of ``MEASURES`` over the queries; before the last, ``MACRO``: the
            mean over the labels of their mean average precisions, with a bootstrap over the labels.
        curve: Mean interpolated precision at each of ``RECALL_LEVELS``.
        per_class: In alphabetical order of the labels.
        worst: At most ``WORST`` queries, the lowest average precision first.
        average_precisions: One for each query, in the order of the rows.
    """

    images: int
    near_copies: int
    queries: int
    classes: int
    measures: Mapping[str, Estimate]
    curve: tuple[float, ...]
    per_class: tuple[ClassScore, ...]
    worst: tuple[BadQuery, ...]
    average_precisions: tuple[float, ...]

    @property
    def copies_told(self) -> str:
        """How many pictures are near-copies, for a person; empty where none is."""
        if not self.near_copies:
            return ""
        return (
            f"{self.near_copies:,} of {self.images:,} pictures are near-copies of another one; "
            "they are neither right nor wrong for it."
        )

    def gain_over(self, other: Self) -> Estimate:
        """Difference of the mean average precisions of the same queries, -1 to 1.

        The interval is a bootstrap over pairs (Efron, Tibshirani 1993, section 13.3). It is much
        narrower than those of the two means: a query that is hard for one is hard for both.
        """
        pairs = np.subtract(self.average_precisions, other.average_precisions)
        return estimates(pairs[:, None])[0]

    def surely_better_than(self, other: Self) -> bool:
        """Whether what is learnt from labels gains more than chance, over the same queries.

        The mean average precision alone also rises where labels are a matter of chance: learning
        draws the images of each label together, and a query amid them gains more when they happen
        to be the right ones than it loses when they are not. The R-precision does not.
        """
        before = other.measures[R_PRECISION].mean
        return self.gain_over(other).low > 0 and self.measures[R_PRECISION].low > before


@dataclass(frozen=True, eq=False, slots=True)
class Queries:
    """The queries of an evaluation, drawn from a gallery with labels.

    Attributes:
        truth: The labels of the ``n`` rows.
        codes: ``(n,)``: an integer for each label; unique for each image without one.
        groups: ``(n,)``: an integer for each picture; near-copies have the same.
        ids: ``(n,)``: the place of each image among the ids of the files, which breaks ties.
        rows: ``(q,)``: the rows of the queries, ascending.
    """

    truth: GroundTruth
    codes: NDArray[np.intp]
    groups: NDArray[np.intp]
    ids: NDArray[np.intp]
    rows: Rows


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """Some queries of an evaluation, and what they ask.

    Attributes:
        queries: Numbers of queries ``(m,)``.
        matrix: ``(n, d)`` float32 unit rows of all images, as the queries are compared.
        scorer: Of the rows of the gallery that is asked.
        gallery: Row numbers ``(g,)`` of its images, ascending.
    """

    queries: Rows
    matrix: Array
    scorer: Scorer
    gallery: Rows


def evaluate(
    matrix: Array,
    truth: GroundTruth,
    *,
    neighbours: Neighbours | None = None,
    sample: int | None = None,
    seed: int = 0,
    progress: Steps = lambda _done, _total: None,
    look: Look | None = None,
) -> Evaluation:
    """Measures of rankings in which images with the label of the query are relevant.

    The query and its near-copies are left out of its ranking, as the junk in the evaluation of the
    Oxford Buildings (Philbin et al. 2007, section 2): finding them says nothing about a descriptor.
    In a ranking by neighbourhood they are left out of all lists of neighbours too. Images with the
    same score come in the order of their ids, which know nothing of the labels. Some 300 MB are
    needed beside the matrix.

    Args:
        matrix: ``(n, d)`` float32 unit rows; may be memory-mapped.
        truth: The labels of its rows.
        neighbours: Of its rows, to rank by neighbourhood; by default by distance.
        sample: Number of queries, drawn at random; by default all.
        seed: Seed of the sample.
        progress: Called with the number of finished queries and of all.
        look: Gets the rankings.
    """
    queries, scorer = draw_queries(truth, sample, seed), Scorer(matrix, neighbours)
    asked = Asked(np.arange(len(queries.rows)), matrix, scorer, np.arange(len(matrix)))
    return measured(queries, [asked], progress, look)


def draw_queries(truth: GroundTruth, sample: int | None, seed: int) -> Queries:
    """All images whose label another image has too, or a sample; see ``evaluate``.

    Raises:
        LibraryError: There are no two labels, or no two images have the same one.
    """
    known = {label for label in truth.labels if label is not None}
    names = {name: code for code, name in enumerate(sorted(known))}
    codes = np.array(
        [
            len(names) + row if label is None else names[label]
            for row, label in enumerate(truth.labels)
        ],
        np.intp,
    )
    _, ids = np.unique(truth.ids, return_inverse=True)
    _, groups = np.unique(truth.groups, return_inverse=True)
    # Near-copies count once: they are not relevant to each other.
    distinct = np.unique(np.stack([codes, groups], axis=1), axis=0)[:, 0]
    pictures_with_label = np.bincount(distinct, minlength=len(names) + len(codes))
    rows = np.flatnonzero(pictures_with_label[codes] > 1)
    if len(names) < 2 or not len(rows):
        raise LibraryError(
            "The quality cannot be measured: expected images with at least two labels, by default "
            "in a folder for each kind, and two that share one. Received: "
            f"{len(codes)} images with {len(names)} labels. Give a label file, or try the "
            "self-check, which needs no labels."
        )
    if sample is not None and sample < len(rows):
        rows = np.sort(np.random.default_rng(seed).choice(rows, sample, replace=False))
    return Queries(truth, codes, groups, ids, rows)


def measured(
    queries: Queries, parts: Iterable[Asked], progress: Steps, look: Look | None = None
) -> Evaluation:
    """Measures of queries, each of which is in one of the parts; see ``evaluate``."""
    codes, groups, total = queries.codes, queries.groups, len(queries.rows)
    values = np.empty((total, len(MEASURES)))
    curves = np.empty((total, len(RECALL_LEVELS)))
    wrong = np.empty((total, 2), np.int64)
    done = 0
    progress(done, total)
    for part in parts:
        # Columns in the order of the ids: that of the rows, which is of the folders, tells labels.
        by_id = np.argsort(queries.ids[part.gallery], kind="stable")
        gallery = part.gallery[by_id]
        for block in blocks(part.queries, len(part.gallery)):
            rows = queries.rows[block]
            ignored = groups[rows, None] == groups[part.gallery]
            scores = part.scorer.scores(np.asarray(part.matrix[rows]), ignored)[:, by_id]
            same = groups[rows, None] == groups[gallery]
            relevant = codes[rows, None] == codes[gallery]
            ranked, order = rank(scores, relevant=relevant, ignored=same)
            for column, measure in enumerate(MEASURES.values()):
                values[block, column] = measure(ranked)
            curves[block] = interpolated_precision(ranked)
            others = np.count_nonzero(~same, axis=1)
            answers = Answers(queries.truth, rows, gallery, order, ranked, scores, others)
            wrong[block] = answers.first_wrong()
            if look:
                look(answers)
            done += len(block)
            progress(done, total)
    per_class = _per_class(queries, values)
    return Evaluation(
        images=len(codes),
        near_copies=int(np.count_nonzero(np.bincount(groups)[groups] > 1)),
        queries=total,
        classes=len(np.unique(codes[queries.rows])),
        measures=_measures(values, per_class),
        curve=tuple(curves.mean(axis=0).tolist()),
        per_class=per_class,
        worst=_worst(queries, values, wrong),
        average_precisions=tuple(_average_precisions(values).tolist()),
    )


def _measures(values: Values, per_class: tuple[ClassScore, ...]) -> dict[str, Estimate]:
    *others, last = zip(MEASURES, estimates(values), strict=True)
    of_labels = np.array([one.measures[MEAN_AVERAGE_PRECISION] for one in per_class])
    return dict([*others, (MACRO, estimates(of_labels[:, None])[0]), last])


def _per_class(queries: Queries, values: Values) -> tuple[ClassScore, ...]:
    labels = queries.truth.labels
    images = Counter(labels)
    query_labels = np.array([labels[row] for row in queries.rows])
    return tuple(
        ClassScore(
            label=str(label),
            images=images[str(label)],
            queries=int(np.count_nonzero(query_labels == label)),
            measures=_named(values[query_labels == label].mean(axis=0)),
        )
        for label in np.unique(query_labels)
    )


def _worst(queries: Queries, values: Values, wrong: Rows) -> tuple[BadQuery, ...]:
    average, truth = _average_precisions(values), queries.truth
    return tuple(
        BadQuery(
            image=truth.paths[queries.rows[number]],
            label=str(truth.labels[queries.rows[number]]),
            average_precision=float(average[number]),
            wrong=truth.paths[wrong[number, 0]] if wrong[number, 0] >= 0 else None,
            wrong_rank=int(wrong[number, 1]) + 1 if wrong[number, 0] >= 0 else None,
        )
        # Sums of the same precisions in another order may differ in the last bit.
        for number in np.argsort(average.round(12), kind="stable")[:WORST]
    )


def _average_precisions(values: Values) -> Values:
    return values[:, list(MEASURES).index(MEAN_AVERAGE_PRECISION)]


def _named(means: Values) -> dict[str, float]:
    return dict(zip(MEASURES, map(float, means), strict=True))
