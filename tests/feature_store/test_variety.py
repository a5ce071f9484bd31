"""The images that differ most: against a slow traversal that compares everything."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feature_store.variety import load_rows, most_different, save_rows
from core.model.pooling import l2_normalise
from core.types import Array


def rows(count: int, seed: int = 0) -> Array:
    return l2_normalise(np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32))


def slowly(matrix: Array, count: int) -> list[int]:
    """Each time compare every row with every row that was taken."""
    exact = matrix.astype(np.float64)
    taken = [int(np.argmax(exact @ exact.mean(axis=0)))]
    while len(taken) < count:
        nearest = [min(np.linalg.norm(row - exact[one]) for one in taken) for row in exact]
        taken.append(int(np.argmax(nearest)))
    return taken


@given(st.integers(1, 40), st.integers(0, 5))
def test_each_is_the_farthest_from_all_before(count: int, seed: int) -> None:
    matrix = rows(count, seed)
    assert most_different(matrix, count=10).tolist() == slowly(matrix, min(count, 10))


def test_copies_are_taken_once() -> None:
    matrix = np.repeat(rows(5), 4, axis=0)
    found = most_different(matrix)
    assert sorted(number // 4 for number in found.tolist()) == [0, 1, 2, 3, 4]


def test_of_a_large_gallery_a_sample_is_chosen_from() -> None:
    matrix = rows(1000)
    found = most_different(matrix, count=20, sample=100)
    places = np.unique(np.linspace(0, 999, 100).astype(int))
    assert found.tolist() == places[most_different(matrix[places], count=20)].tolist()


def test_rows_are_read_as_written() -> None:
    file = io.BytesIO()
    save_rows(np.array([3, 1, 2]), file)
    file.seek(0)
    assert load_rows(file).tolist() == [3, 1, 2]


@pytest.mark.parametrize("wrong", [np.zeros((2, 2), np.int64), np.zeros(3, np.float32)])
def test_other_arrays_are_no_rows(wrong: Array) -> None:
    file = io.BytesIO()
    np.save(file, wrong)
    file.seek(0)
    with pytest.raises(ValueError, match="no row numbers"):
        load_rows(file)
