"""How good the answers are, measured with labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import LibraryError
from core.evaluation.intervals import Estimate, estimates
from core.evaluation.measures import MEAN_AVERAGE_PRECISION, MEASURES, Values
from core.evaluation.ranking import Rows, blocks, rank
from core.evaluation.truth import GroundTruth
from core.types import Array

WORST = 30

Steps = Callable[[int, int], None]
"""Called with what is done and what there is to do; what it raises ends the work."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Retrieval quality of one label.

    Attributes:
        label: Its name.
        images: Images that have it.
        queries: Those of them that were asked with.
        measures: The mean of each of ``MEASURES`` over these queries, 0 to 1.
    """

    label: str
    images: int
    queries: int
    measures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class BadQuery:
    """A query that was answered badly.

    Attributes:
        image: Its path.
        label: What it shows.
        average_precision: 0 to 1.
        wrong: Path of the nearest image that does not belong to it; ``None`` if all do.
        wrong_rank: The rank of that image.
    """

    image: str
    label: str
    average_precision: float
    wrong: str | None
    wrong_rank: int | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Retrieval quality over the images of a gallery, each asked for against all others.

    Attributes:
        images: Size of the gallery.
        queries: Images that were asked with: all or a sample of those whose label another image
            has too.
        classes: Number of labels among them.
        measures: The mean of each of ``MEASURES`` over the queries.
        per_class: By label, in alphabetical order.
        worst: At most ``WORST`` queries of the lowest average precision, the worst first.
        average_precisions: Of each query, in the order of their rows.
    """

    images: int
    queries: int
    classes: int
    measures: Mapping[str, Estimate]
    per_class: tuple[ClassScore, ...]
    worst: tuple[BadQuery, ...]
    average_precisions: tuple[float, ...]

    def gain_over(self, other: Evaluation) -> Estimate:
        """By how much the mean average precision is higher, with its 95 % confidence interval.

        By a bootstrap over the pairs of the same query (Efron, Tibshirani 1993, section 13.3):
        much narrower than the intervals of the two, for a query that is hard is so for both.

        Args:
            other: Measured with the same queries.
        """
        pairs = np.subtract(self.average_precisions, other.average_precisions)
        return estimates(pairs[:, None])[0]


def evaluate(
    matrix: Array,
    truth: GroundTruth,
    *,
    sample: int | None = None,
    seed: int = 0,
    progress: Steps = lambda _done, _total: None,
) -> Evaluation:
    """Measure how well a descriptor brings together what has the same label.

    A query is never its own match, and neither is an identical file: that it is found says
    nothing about a descriptor. Both are taken out of the ranking, as in the evaluation of the
    Oxford Buildings (Philbin et al. 2007, section 2). Images at the same distance come in the
    order of their paths.

    Args:
        matrix: ``(n, d)`` float32 unit rows; may be memory-mapped.
        truth: The labels of its rows.
        sample: Ask with this many queries, drawn at random; by default with all. They are
            compared with the whole gallery all the same.
        seed: Of the drawing; of equal truths it draws equal queries.
        progress: Called with the queries done and their number.

    Returns:
        The measures. Some 200 MB are needed beside the matrix, at any size of gallery.

    Raises:
        LibraryError: There are no two labels, or no two images have the same one.
    """
    codes, ids, queries = _coded(truth)
    if sample is not None and sample < len(queries):
        queries = np.sort(np.random.default_rng(seed).choice(queries, sample, replace=False))
    values = np.empty((len(queries), len(MEASURES)))
    wrong = np.empty((len(queries), 2), np.int64)
    done = 0
    progress(done, len(queries))
    for block in blocks(queries, len(matrix)):
        same = ids[block, None] == ids
        ranked, rows = rank(
            np.asarray(matrix[block]),
            matrix,
            relevant=codes[block, None] == codes,
            ignored=same,
        )
        part = slice(done, done + len(block))
        for column, measure in enumerate(MEASURES.values()):
            values[part, column] = measure(ranked)
        wrong[part] = _first_wrong(ranked, rows, np.count_nonzero(~same, axis=1))
        done += len(block)
        progress(done, len(queries))
    return Evaluation(
        images=len(matrix),
        queries=len(queries),
        classes=len(np.unique(codes[queries])),
        measures=dict(zip(MEASURES, estimates(values), strict=True)),
        per_class=_per_class(truth, queries, values),
        worst=_worst(truth, queries, values, wrong),
        average_precisions=tuple(_average_precisions(values).tolist()),
    )


def _coded(truth: GroundTruth) -> tuple[NDArray[np.intp], NDArray[np.intp], Rows]:
    """Numbers for the labels, unique ones for what has none, and for the files; the queries."""
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
    # Copies of one file are no company for each other.
    distinct = np.unique(np.stack([codes, ids], axis=1), axis=0)[:, 0]
    company = np.bincount(distinct, minlength=len(names) + len(codes))
    queries = np.flatnonzero(company[codes] > 1)
    if len(names) < 2 or not len(queries):
        raise LibraryError(
            "The quality cannot be measured: expected images with at least two labels, by default "
            "in a folder for each kind, and two that share one. Received: "
            f"{len(codes)} images with {len(names)} labels. Give a label file, or try the "
            "self-check, which needs no labels."
        )
    return codes, ids, queries


def _first_wrong(ranked: NDArray[np.bool_], rows: Rows, lengths: NDArray[np.intp]) -> Rows:
    """The row of the first image that is not relevant, and its place; -1 where all are."""
    places = np.argmin(ranked, axis=1)
    every = np.arange(len(ranked))
    found = np.stack([rows[every, places], places], axis=1)
    # What was ignored stands at the end.
    found[places >= lengths] = -1
    return found


def _per_class(truth: GroundTruth, queries: Rows, values: Values) -> tuple[ClassScore, ...]:
    images = Counter(truth.labels)
    asked = np.array([truth.labels[row] for row in queries])
    return tuple(
        ClassScore(
            label=str(label),
            images=images[str(label)],
            queries=int(np.count_nonzero(asked == label)),
            measures=_named(values[asked == label].mean(axis=0)),
        )
        for label in np.unique(asked)
    )


def _worst(truth: GroundTruth, queries: Rows, values: Values, wrong: Rows) -> tuple[BadQuery, ...]:
    average = _average_precisions(values)
    return tuple(
        BadQuery(
            image=truth.paths[queries[place]],
            label=str(truth.labels[queries[place]]),
            average_precision=float(average[place]),
            wrong=truth.paths[wrong[place, 0]] if wrong[place, 0] >= 0 else None,
            wrong_rank=int(wrong[place, 1]) + 1 if wrong[place, 0] >= 0 else None,
        )
        for place in np.argsort(average, kind="stable")[:WORST]
    )


def _average_precisions(values: Values) -> Values:
    return values[:, list(MEASURES).index(MEAN_AVERAGE_PRECISION)]


def _named(means: Values) -> dict[str, float]:
    return dict(zip(MEASURES, map(float, means), strict=True))
