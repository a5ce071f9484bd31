"""Scores by neighbourhood compared with slow ones written from the formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.evaluation import GroundTruth, Scorer, average_precision, evaluate, precision_at, ranking
from core.feature_store import find_neighbours
from core.model import l2_normalise
from core.search import rank_by_neighbourhood
from core.types import Array

K, ALPHA = 10, 3
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Gallery:
    """Rows of images; images of the same file have the same row."""

    files: list[int]
    labels: list[str | None]
    matrix: Array

    @property
    def truth(self) -> GroundTruth:
        names = tuple(f"{row:04}" for row in range(len(self.files)))
        return GroundTruth(names, tuple(self.labels), tuple(map(str, self.files)))

    @property
    def same(self) -> NDArray[np.bool_]:
        files = np.array(self.files)
        return files[:, None] == files


@st.composite
def galleries(draw: st.DrawFn) -> Gallery:
    """Up to 35 images of up to 30 files: some have more rows than a list of neighbours."""
    image = st.tuples(st.integers(0, 29), st.sampled_from(["a", "b", None]))
    images = draw(st.lists(image, min_size=2, max_size=35))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    # Some cosines are negative, more are not.
    rows = l2_normalise((rng.normal(size=(30, 6)) + 0.5).astype(np.float32))
    files = [file for file, _ in images]
    return Gallery(files, [label for _, label in images], rows[files])


def unit(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def plus_nearest(vector: Vector, others: Sequence[Vector], without: Sequence[bool]) -> Vector:
    """A vector plus its ten nearest ones by their weights, of length 1; some count as 0."""
    nearest = sorted(range(len(others)), key=lambda row: -float(vector @ others[row]))[:K]
    total = vector.copy()
    for row in nearest:
        if not without[row]:
            total += max(float(vector @ others[row]), 0) ** ALPHA * others[row]
    return unit(total)


def slow_scores(gallery: Gallery, query: int) -> dict[int, float]:
    """The score of each image that is not the file of the query."""
    rows = gallery.matrix.astype(np.float64)
    is_query = [file == gallery.files[query] for file in gallery.files]
    augmented = {}
    for row in range(len(rows)):
        if not is_query[row]:
            others = [other for other in range(len(rows)) if other != row]
            augmented[row] = plus_nearest(
                rows[row], rows[others], [is_query[other] for other in others]
            )
    rest = list(augmented.values())
    asked = plus_nearest(rows[query], rest, [False] * len(rest))
    return {row: float(asked @ one) for row, one in augmented.items()}


@given(galleries())
def test_scores_without_the_query_are_those_of_the_formulas(gallery: Gallery) -> None:
    scorer = Scorer(gallery.matrix, find_neighbours(gallery.matrix))
    scores = scorer.scores(gallery.matrix, gallery.same)
    assert scores.dtype == np.float32
    for query in range(len(gallery.files)):
        expected = slow_scores(gallery, query)
        found = {row: scores[query, row] for row in expected}
        assert found == pytest.approx(expected, abs=1e-5)


@given(galleries())
def test_scores_by_distance_order_rows_by_their_distance(gallery: Gallery) -> None:
    scores = Scorer(gallery.matrix).scores(gallery.matrix, gallery.same)
    distances = np.linalg.norm(gallery.matrix[:, None] - gallery.matrix, axis=2)
    assert scores == pytest.approx(1 - distances**2 / 2, abs=1e-5)


@given(galleries(), st.integers(1, 40))
def test_evaluation_by_neighbourhood_is_that_of_the_slow_scores(
    gallery: Gallery, queries_at_once: int
) -> None:
    rankings, scored = [], []
    for query, label in enumerate(gallery.labels):
        scores = slow_scores(gallery, query)
        # Scores that differ by less than this tie; the path decides.
        order = sorted(scores, key=lambda row: (-round(scores[row], 5), row))
        relevant = [gallery.labels[row] == label for row in order]
        if label is not None and any(relevant):
            rankings.append(relevant)
            scored.append(sorted(scores.values()))
    if not rankings or len(set(gallery.labels) - {None}) < 2:
        return
    gaps = np.concatenate([np.diff(scores) for scores in scored])
    # Copies of a file tie; others that are almost as close come in either order.
    assume(not ((gaps > 1e-9) & (gaps < 2e-5)).any())
    with pytest.MonkeyPatch.context() as patch:
        size = ranking._BYTES_AN_IMAGE * len(gallery.files)
        patch.setattr(ranking, "_BYTES", queries_at_once * size)
        found = evaluate(gallery.matrix, gallery.truth, neighbours=find_neighbours(gallery.matrix))
    slow = [np.array([relevant]) for relevant in rankings]
    for name, measure in (
        ("mAP", average_precision),
        ("precision@1", lambda r: precision_at(r, 1)),
    ):
        expected = np.mean([measure(relevant)[0] for relevant in slow])
        assert found.measures[name].mean == pytest.approx(expected)


@given(galleries(), st.integers(0, 1000))
def test_scores_of_new_images_order_them_as_a_search_does(gallery: Gallery, seed: int) -> None:
    rng = np.random.default_rng(seed)
    queries = l2_normalise(rng.normal(size=(3, 6)).astype(np.float32))
    neighbours = find_neighbours(gallery.matrix)
    scores = Scorer(gallery.matrix, neighbours).scores(queries)
    for query, line in zip(queries, scores, strict=True):
        count = len(gallery.files)
        _, rows = rank_by_neighbourhood(gallery.matrix, neighbours, query[None], count)
        assert line[rows] == pytest.approx(np.sort(line)[::-1], abs=1e-5)


def test_an_image_of_the_gallery_finds_itself_first() -> None:
    """In three dimensions the neighbours of many are closer to those of another."""
    rng = np.random.default_rng(0)
    matrix = l2_normalise((rng.normal(size=(60, 3)) + 0.5).astype(np.float32))
    scores = Scorer(matrix, find_neighbours(matrix)).scores(matrix)
    assert scores.argmax(axis=1).tolist() == list(range(60))


def test_a_query_that_stays_in_the_lists_flatters() -> None:
    """Otherwise the tests above would not see whether it is taken out of them."""
    rng = np.random.default_rng(0)
    matrix = l2_normalise((rng.normal(size=(60, 8)) + 0.5).astype(np.float32))
    scorer, itself = Scorer(matrix, find_neighbours(matrix)), np.eye(60, dtype=bool)
    without, within = scorer.scores(matrix, itself), scorer.scores(matrix, itself & False)
    assert np.abs(without - within)[~itself].max() > 0.01


def test_a_row_of_zeros_has_the_score_zero() -> None:
    matrix = l2_normalise(np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32))
    matrix[7] = 0
    scorer = Scorer(matrix, find_neighbours(matrix))
    scores = scorer.scores(matrix, np.eye(20, dtype=bool))
    assert not scores[:, 7].any()
    assert not np.delete(scores[7], 7).any()
    assert np.isfinite(scores).all()
