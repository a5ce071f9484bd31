"""Measures of retrieval compared with slow ones written from the definitions and with trec_eval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LibraryError
from core.evaluation import (
    MACRO,
    MEASURES,
    Evaluation,
    GroundTruth,
    average_precision,
    estimates,
    evaluate,
    precision_at,
    r_precision,
    ranking,
    recall_at,
)
from core.model.pooling import l2_normalise
from core.types import Array

RANKINGS = st.integers(0, 40).flatmap(
    lambda n: st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=1, max_size=5)
)
TREC = {
    "precision@1": ir_measures.P @ 1,
    "precision@10": ir_measures.P @ 10,
    "precision@30": ir_measures.P @ 30,
    "recall@30": ir_measures.R @ 30,
    "R-precision": ir_measures.Rprec,
    "mAP": ir_measures.AP,
}
# Their inner products are exact in float32 and few, so that most images tie.
CORNERS = np.array(
    [[1, 0, 0, 0], [0, 1, 0, 0], [0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, -0.5], [-1, 0, 0, 0]],
    np.float32,
)


def slow_precision(relevant: Sequence[bool], k: int) -> float:
    hits = 0
    for place in range(k):
        if place < len(relevant) and relevant[place]:
            hits += 1
    return hits / k


def slow_average_precision(relevant: Sequence[bool]) -> float:
    precisions = [slow_precision(relevant, place + 1) for place, hit in enumerate(relevant) if hit]
    return sum(precisions) / len(precisions) if precisions else 0.0


def exact_average_precision(relevant: Sequence[bool]) -> Fraction:
    places = [place for place, hit in enumerate(relevant, start=1) if hit]
    return sum(Fraction(hits, place) for hits, place in enumerate(places, start=1)) / Fraction(
        len(places)
    )


def slow_recall(relevant: Sequence[bool], k: int) -> float:
    return sum(relevant[:k]) / sum(relevant) if any(relevant) else 0.0


def slow_r_precision(relevant: Sequence[bool]) -> float:
    return slow_precision(relevant, sum(relevant)) if any(relevant) else 0.0


SLOW = {
    "precision@1": lambda relevant: slow_precision(relevant, 1),
    "precision@10": lambda relevant: slow_precision(relevant, 10),
    "precision@30": lambda relevant: slow_precision(relevant, 30),
    "recall@30": lambda relevant: slow_recall(relevant, 30),
    "R-precision": slow_r_precision,
    "mAP": slow_average_precision,
}


def truth_of(
    labels: Sequence[str | None],
    ids: Sequence[str] | None = None,
    paths: Sequence[str] = (),
    groups: Sequence[str] = (),
) -> GroundTruth:
    numbers = [f"{row:04}" for row in range(len(labels))]
    return GroundTruth(tuple(paths or numbers), tuple(labels), tuple(ids or numbers), tuple(groups))


def on_a_circle(degrees: list[float]) -> Array:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def means(evaluation: Evaluation) -> dict[str, float]:
    return {name: estimate.mean for name, estimate in evaluation.measures.items()}


@given(RANKINGS, st.integers(1, 50))
def test_each_measure_is_as_it_is_defined(relevant: list[list[bool]], k: int) -> None:
    rankings = np.array(relevant, bool)
    for found, slow in (
        (precision_at(rankings, k), lambda ranking: slow_precision(ranking, k)),
        (recall_at(rankings, k), lambda ranking: slow_recall(ranking, k)),
        (r_precision(rankings), slow_r_precision),
        (average_precision(rankings), slow_average_precision),
    ):
        assert found == pytest.approx([slow(ranking) for ranking in relevant])


@pytest.mark.parametrize(
    ("relevant", "expected"),
    # Hits at ranks 1, 3, 6, 9, 10 of 10, a textbook case: (1/1 + 2/3 + 3/6 + 4/9 + 5/10) / 5.
    [("1010010011", 0.6222), ("1", 1.0), ("01", 0.5), ("000", 0.0), ("", 0.0)],
)
def test_average_precision_of_known_rankings(relevant: str, expected: float) -> None:
    ranking = np.array([[letter == "1" for letter in relevant]], bool)
    assert average_precision(ranking) == pytest.approx([expected], abs=1e-4)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, len(CORNERS) - 1)), min_size=3, max_size=80
    )
)
def test_measures_are_those_of_trec_eval_on_rankings_with_ties(
    images: list[tuple[str, int]],
) -> None:
    labels = [label for label, _ in images]
    matrix = CORNERS[[corner for _, corner in images]]
    asked = [row for row, label in enumerate(labels) if labels.count(label) > 1]
    if len(set(labels)) < 2 or not asked:
        return
    # trec_eval ranks images with the same score by descending name.
    names = [f"{len(images) - row:04}" for row in range(len(images))]
    right, run = {}, {}
    for query in asked:
        others = [row for row in range(len(images)) if row != query]
        run[str(query)] = {names[row]: float(matrix[query] @ matrix[row]) for row in others}
        right[str(query)] = {names[row]: int(labels[row] == labels[query]) for row in others}
    expected = ir_measures.calc_aggregate(TREC.values(), right, run)
    found = means(evaluate(matrix, truth_of(labels)))
    each = {one.query_id: one.value for one in ir_measures.iter_calc([TREC["mAP"]], right, run)}
    by_label = [
        np.mean([each[str(query)] for query in asked if labels[query] == label])
        for label in {labels[query] for query in asked}
    ]
    assert found == pytest.approx(
        {name: expected[measure] for name, measure in TREC.items()} | {MACRO: np.mean(by_label)}
    )


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 4), st.integers(0, 12)),
        min_size=3,
        max_size=40,
    ),
    st.integers(1, 40),
)
def test_evaluation_is_that_of_brute_force(
    images: list[tuple[str | None, int, int]], queries_at_once: int
) -> None:
    """With ties, images without a label, and copies and near-copies of images."""
    labels = [label for label, _, _ in images]
    ids = [f"{copy}" for _, _, copy in images]
    groups = [f"{copy // 2}" for _, _, copy in images]
    matrix = CORNERS[[corner for _, corner, _ in images]]
    rankings, classes, worst = [], set(), []
    for query, label in enumerate(labels):
        others = [row for row in range(len(images)) if groups[row] != groups[query]]
        others.sort(key=lambda row: (-float(matrix[row] @ matrix[query]), ids[row]))
        relevant = [labels[row] == label for row in others]
        if label is not None and any(relevant):
            rankings.append(relevant)
            classes.add(label)
            wrong = next((place for place, hit in enumerate(relevant) if not hit), None)
            worst.append(
                (
                    exact_average_precision(relevant),
                    f"{query:04}",
                    None if wrong is None else f"{others[wrong]:04}",
                    None if wrong is None else wrong + 1,
                )
            )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "_BYTES", queries_at_once * ranking._BYTES_AN_IMAGE * len(images))
        if not rankings or len(set(labels) - {None}) < 2:
            with pytest.raises(LibraryError):
                evaluate(matrix, truth_of(labels, ids, groups=groups))
            return
        found = evaluate(matrix, truth_of(labels, ids, groups=groups))
    assert found.near_copies == sum(groups.count(group) > 1 for group in groups)
    assert (found.images, found.queries) == (len(images), len(rankings))
    assert found.classes == len(classes)
    for name, slow in SLOW.items():
        expected = np.mean([slow(relevant) for relevant in rankings])
        assert found.measures[name].mean == pytest.approx(expected)
    got = [(bad.average_precision, bad.image, bad.wrong, bad.wrong_rank) for bad in found.worst]
    worst.sort(key=lambda bad: bad[0])
    assert [bad[1:] for bad in got] == [bad[1:] for bad in worst[:30]]
    assert [bad[0] for bad in got] == pytest.approx([float(bad[0]) for bad in worst[:30]])


def test_the_names_of_folders_decide_no_tie() -> None:
    labels = [*"ab" * 15]
    ids = [f"{number:04}" for number in np.random.default_rng(0).permutation(30)]
    matrix = on_a_circle([0.0] * 30)
    by_folder = sorted(range(30), key=lambda row: labels[row])
    swapped = sorted(range(30), key=lambda row: labels[row], reverse=True)
    one, other = (
        evaluate(
            matrix, truth_of([labels[row] for row in rows], [ids[row] for row in rows])
        ).measures
        for rows in (by_folder, swapped)
    )
    assert {name: estimate.mean for name, estimate in one.items()} == pytest.approx(
        {name: estimate.mean for name, estimate in other.items()}
    )


def test_a_small_gallery_is_measured_as_by_hand() -> None:
    # The neighbours of each image with their angle to it, closest first:
    labels = ["a", "a", "b", "b", "lonely"]
    matrix = on_a_circle([0, 20, 9, 50, 170])
    # a1 (0): b1 9, a2 20, b2 50, lonely; relevant a2 at 2.          AP 1/2, P@1 0
    # a2 (20): b1 11, a1 20, b2 30, lonely; relevant a1 at 2.        AP 1/2, P@1 0
    # b1 (9): a1 9, a2 11, b2 41, lonely; relevant b2 at 3.          AP 1/3, P@1 0
    # b2 (50): a2 30, b1 41, a1 50, lonely; relevant b1 at 2.        AP 1/2, P@1 0
    # lonely has a label of its own and is not a query.
    paths = ["a/1.jpg", "a/2.jpg", "b/1.jpg", "b/2.jpg", "lonely/1.jpg"]
    found = evaluate(matrix, truth_of(labels, paths=paths))
    assert (found.images, found.queries, found.classes) == (5, 4, 2)
    assert means(found) == pytest.approx(
        {
            "precision@1": 0,
            "precision@10": 1 / 10,
            "precision@30": 1 / 30,
            "recall@30": 1,
            "R-precision": 0,
            "mAP": (1 / 2 + 1 / 2 + 1 / 3 + 1 / 2) / 4,
            MACRO: (1 / 2 + (1 / 3 + 1 / 2) / 2) / 2,
        }
    )
    a, b = found.per_class
    assert (a.label, a.images, a.queries, b.label) == ("a", 2, 2, "b")
    assert a.measures["mAP"] == pytest.approx(1 / 2)
    assert b.measures["mAP"] == pytest.approx((1 / 3 + 1 / 2) / 2)
    worst = found.worst[0]
    assert (worst.image, worst.label, worst.wrong, worst.wrong_rank) == (
        "b/1.jpg",
        "b",
        "a/1.jpg",
        1,
    )
    assert [bad.image for bad in found.worst[1:]] == ["a/1.jpg", "a/2.jpg", "b/2.jpg"]


def test_a_copy_of_the_query_is_neither_right_nor_wrong() -> None:
    matrix = on_a_circle([0, 0, 10, 20, 30])
    labels = ["a", "b", "b", "a", "b"]
    # The first two are identical files with different labels; each ignores the other.
    found = evaluate(matrix, truth_of(labels, ids=["same", "same", "x", "y", "z"]))
    by_image = {bad.image: bad for bad in found.worst}
    assert by_image["0000"].average_precision == pytest.approx(1 / 2)
    assert by_image["0001"].average_precision == pytest.approx((1 + 2 / 3) / 2)
    # A copy alone is not relevant.
    with pytest.raises(LibraryError):
        evaluate(matrix[:3], truth_of(["a", "a", "b"], ids=["same", "same", "x"]))


def test_images_of_the_same_feature_tie_wherever_they_are_in_the_matrix() -> None:
    """The last digits of their float32 products differ, depending on the blocks of the product."""
    rng = np.random.default_rng(0)
    matrix = l2_normalise(rng.normal(size=(203, 512)).astype(np.float32))
    twins = [3, 77, 150, 202]
    matrix[twins] = matrix[3]
    every = np.zeros((203, 203), bool)
    _, rows = ranking.rank(matrix @ matrix.T, relevant=every, ignored=every)
    places = np.array([[list(line).index(twin) for twin in twins] for line in rows.tolist()])
    assert (np.diff(places, axis=1) == 1).all()


def test_separate_groups_are_measured_as_perfect() -> None:
    found = evaluate(on_a_circle([0, 1, 2, 90, 91, 180, 181]), truth_of([*"aaabbcc"]))
    assert (found.queries, found.classes) == (7, 3)
    for name in ("precision@1", "R-precision", "recall@30", "mAP"):
        one = found.measures[name]
        assert (one.mean, one.low, one.high) == (1.0, 1.0, 1.0)


def test_sample_asks_some_against_all_and_the_same_ones_each_time() -> None:
    matrix = l2_normalise(np.random.default_rng(1).normal(size=(60, 5)).astype(np.float32))
    truth = truth_of(["abc"[row % 3] for row in range(60)])
    every = {bad.image: bad for bad in evaluate(matrix, truth, sample=1000).worst}
    first, again, other = (evaluate(matrix, truth, sample=25, seed=seed) for seed in (7, 7, 8))
    assert (first.images, first.queries) == (60, 25)
    assert first == again
    assert {bad.image for bad in first.worst} != {bad.image for bad in other.worst}
    asked = {bad.image for bad in first.worst}
    assert len(asked) == 25
    for bad in first.worst:
        assert every.get(bad.image, bad) == bad
    rest = evaluate(-matrix, truth, sample=25, seed=7)
    assert {bad.image for bad in rest.worst} == asked


def test_progress_leads_to_the_end_and_may_stop_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "_BYTES", 3 * ranking._BYTES_AN_IMAGE * 7)
    matrix, truth = on_a_circle([0, 1, 2, 90, 91, 180, 181]), truth_of([*"aaabbcc"])
    seen: list[tuple[int, int]] = []
    evaluate(matrix, truth, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 7), (3, 7), (6, 7), (7, 7)]

    class StopHereError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        if done:
            raise StopHereError

    seen.clear()
    with pytest.raises(StopHereError):
        evaluate(matrix, truth, progress=stop)
    assert seen == [(0, 7), (3, 7)]


@pytest.mark.parametrize("labels", ["aa", "ab", [None, None], ["a", None], ["a", "a", None]])
def test_images_without_labels_cannot_be_measured(labels: Sequence[str | None]) -> None:
    with pytest.raises(LibraryError, match=r"at least two labels.*self-check, which needs no"):
        evaluate(on_a_circle([0, 90, 45][: len(labels)]), truth_of(labels))


def test_interval_of_many_queries_is_that_of_the_normal_distribution() -> None:
    rng = np.random.default_rng(3)
    values = np.stack([rng.random(4000) < 0.3, rng.random(4000), np.full(4000, 0.25)], axis=1)
    found = estimates(values.astype(np.float64))
    for column, one in enumerate(found):
        mean, deviation = values[:, column].mean(), values[:, column].std() / math.sqrt(4000)
        assert one.mean == pytest.approx(mean)
        assert one.low == pytest.approx(mean - 1.96 * deviation, abs=0.3 * deviation + 1e-12)
        assert one.high == pytest.approx(mean + 1.96 * deviation, abs=0.3 * deviation + 1e-12)
    assert estimates(values.astype(np.float64)) == found


def test_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    trials = (rng.random((80, 400)) ** 2).T
    covered = sum(one.low <= 1 / 3 <= one.high for one in estimates(trials))
    # 95 % of 80 trials are 76; three standard deviations are 6.
    assert 70 <= covered <= 80


def test_gain_is_the_mean_difference_of_the_same_queries() -> None:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(300, 8)) + 2 * np.eye(8)[np.arange(300) % 3]
    truth = truth_of(["abc"[row % 3] for row in range(300)])
    good, bad = (
        evaluate(l2_normalise((rows + noise).astype(np.float32)), truth)
        for noise in (0, rng.normal(size=rows.shape))
    )
    gain = good.gain_over(bad)
    pairs = np.subtract(good.average_precisions, bad.average_precisions)
    assert gain.mean == pytest.approx(means(good)["mAP"] - means(bad)["mAP"])
    deviation = pairs.std() / math.sqrt(300)
    assert gain.low == pytest.approx(gain.mean - 1.96 * deviation, abs=0.3 * deviation)
    assert gain.low > 0
    loss = bad.gain_over(good)
    assert (loss.mean, loss.high) == pytest.approx((-gain.mean, -gain.low))
    same = good.gain_over(good)
    assert (same.mean, same.low, same.high) == (0, 0, 0)


def test_every_measure_has_a_slow_one_and_an_independent_one() -> None:
    assert set(MEASURES) == set(SLOW) == set(TREC)
