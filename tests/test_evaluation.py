"""The measures of retrieval against slow ones written from their definitions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.descriptors import Array, l2_normalise
from core.errors import LibraryError
from core.evaluation import CUTOFFS, average_precision, evaluate, precision_at
from core.feature_store import IndexSnapshot
from core.types import ImageRecord
from tests.fakes import FAKE_SPACE

RANKINGS = st.lists(st.booleans(), max_size=40)


def slow_precision(relevant: list[bool], k: int) -> float:
    hits = 0
    for place in range(k):
        if place < len(relevant) and relevant[place]:
            hits += 1
    return hits / k


def slow_average_precision(relevant: list[bool]) -> float:
    precisions = [slow_precision(relevant, place + 1) for place, hit in enumerate(relevant) if hit]
    return sum(precisions) / len(precisions) if precisions else 0.0


def snapshot_of(paths: list[str], matrix: Array) -> IndexSnapshot:
    images = tuple(
        ImageRecord(path, 1, 1, f"{row:032x}", 1, 1, None) for row, path in enumerate(paths)
    )
    return IndexSnapshot(
        Path("/library"), FAKE_SPACE, 1, "2024-01-01T00:00:00+00:00", images, matrix
    )


def on_a_circle(degrees: list[float]) -> Array:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@given(RANKINGS, st.integers(1, 50))
def test_precision_is_the_share_of_relevant_among_the_first(relevant: list[bool], k: int) -> None:
    assert precision_at(np.array(relevant, bool), k) == pytest.approx(slow_precision(relevant, k))


@given(RANKINGS)
def test_average_precision_is_the_mean_precision_at_the_relevant(relevant: list[bool]) -> None:
    found = average_precision(np.array(relevant, bool))
    assert found == pytest.approx(slow_average_precision(relevant))


@pytest.mark.parametrize(
    ("relevant", "expected"),
    # Hits at ranks 1, 3, 6, 9, 10 of 10, a textbook case: (1/1 + 2/3 + 3/6 + 4/9 + 5/10) / 5.
    [("1010010011", 0.6222), ("1", 1.0), ("01", 0.5), ("000", 0.0), ("", 0.0)],
)
def test_average_precision_of_known_rankings(relevant: str, expected: float) -> None:
    ranking = np.array([letter == "1" for letter in relevant], bool)
    assert average_precision(ranking) == pytest.approx(expected, abs=1e-4)


def test_a_small_gallery_is_measured_as_by_hand() -> None:
    # The neighbours of each by their angle to it, nearest first:
    paths = ["a/1.jpg", "a/2.jpg", "b/1.jpg", "b/2.jpg", "lonely/1.jpg"]
    matrix = on_a_circle([0, 20, 9, 50, 170])
    # a1 (0): b1 9, a2 20, b2 50, lonely; relevant a2 at 2.          AP 1/2, P@1 0
    # a2 (20): b1 11, a1 20, b2 30, lonely; relevant a1 at 2.        AP 1/2, P@1 0
    # b1 (9): a1 9, a2 11, b2 41, lonely; relevant b2 at 3.          AP 1/3, P@1 0
    # b2 (50): a2 30, b1 41, a1 50, lonely; relevant b1 at 2.        AP 1/2, P@1 0
    # lonely has no company and is no query.
    found = evaluate(snapshot_of(paths, matrix))
    assert (found.queries, found.classes) == (4, 2)
    assert found.mean_average_precision == pytest.approx((1 / 2 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert found.precision == pytest.approx({1: 0.0, 10: 1 / 10, 30: 1 / 30})


def test_separate_groups_are_measured_as_perfect() -> None:
    paths = ["1.jpg", "2.jpg", "3.jpg", "b/1.jpg", "b/2.jpg", "b/c/1.jpg", "b/c/2.jpg"]
    found = evaluate(snapshot_of(paths, on_a_circle([0, 1, 2, 90, 91, 180, 181])))
    assert (found.queries, found.classes) == (7, 3)
    assert found.mean_average_precision == 1.0
    assert found.precision[1] == 1.0


@given(st.lists(st.sampled_from("abcd"), min_size=3, max_size=25), st.integers(0, 1000))
def test_the_measures_are_those_of_a_slow_evaluation(labels: list[str], seed: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=(len(labels), 6)).astype(np.float32)
    matrix = l2_normalise(matrix)
    snapshot = snapshot_of([f"{label}/{n}.jpg" for n, label in enumerate(labels)], matrix)
    asked = [row for row, label in enumerate(labels) if labels.count(label) > 1]
    if len(set(labels)) < 2 or not asked:
        with pytest.raises(LibraryError):
            evaluate(snapshot)
        return
    rankings = []
    for query in asked:
        others = [row for row in range(len(labels)) if row != query]
        others.sort(key=lambda row: float(np.linalg.norm(matrix[row] - matrix[query])))
        rankings.append([labels[row] == labels[query] for row in others])
    found = evaluate(snapshot)
    assert (found.queries, found.classes) == (len(asked), len({labels[row] for row in asked}))
    expected = np.mean([slow_average_precision(ranking) for ranking in rankings])
    assert found.mean_average_precision == pytest.approx(expected)
    for k in CUTOFFS:
        expected = np.mean([slow_precision(ranking, k) for ranking in rankings])
        assert found.precision[k] == pytest.approx(expected)


@pytest.mark.parametrize(
    "paths", [["a/1.jpg", "a/2.jpg"], ["1.jpg", "2.jpg"], ["a/1.jpg", "b/1.jpg"]]
)
def test_images_without_labels_cannot_be_measured(paths: list[str]) -> None:
    with pytest.raises(LibraryError, match=r"at least two folders.* Received: 2 images in"):
        evaluate(snapshot_of(paths, on_a_circle([0, 90])))
