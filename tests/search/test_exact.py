"""Exact search gives the same matches as a comparison with every row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.pooling import l2_normalise
from core.search import COMBINATIONS, closest_rows
from core.types import Array


@st.composite
def matrices(draw: st.DrawFn) -> Array:
    """Unit rows, many of them equal or nearly equal to others, some opposite, some of zeros."""
    rows, dimension = draw(st.integers(1, 60)), draw(st.sampled_from([2, 16, 512]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = l2_normalise(random.normal(size=(rows, dimension)).astype(np.float32))
    originals = random.integers(draw(st.integers(1, rows)), size=rows)
    matrix = points[originals]
    noise = random.normal(size=matrix.shape) * 10.0 ** -random.integers(4, 8, size=(rows, 1))
    matrix = np.where(random.random((rows, 1)) < 0.5, matrix, matrix + noise)
    matrix = np.where(random.random((rows, 1)) < 0.1, -matrix, matrix)
    matrix = np.where(random.random((rows, 1)) < draw(st.sampled_from([0, 0.3])), 0, matrix)
    return l2_normalise(matrix.astype(np.float32))


@st.composite
def searches(draw: st.DrawFn) -> tuple[Array, Array, int]:
    matrix = draw(matrices())
    rows = draw(st.lists(st.integers(0, len(matrix) - 1), min_size=1, max_size=3))
    random = np.random.default_rng(len(rows))
    unrelated = l2_normalise(random.normal(size=(2, matrix.shape[1])).astype(np.float32))
    k = draw(st.one_of(st.integers(1, len(matrix) + 5), st.sampled_from([1, len(matrix)])))
    return matrix, np.concatenate([matrix[rows], unrelated]), k


@given(searches(), st.sampled_from(COMBINATIONS), st.data())
def test_the_answer_is_that_of_brute_force(
    search: tuple[Array, Array, int], combine: str, data: st.DataObject
) -> None:
    matrix, queries, k = search
    queries = queries[: data.draw(st.integers(1, len(queries)))]
    every = set(range(len(matrix)))
    chosen = data.draw(st.just(every) | st.sets(st.sampled_from(sorted(every))))
    among = np.array(sorted(chosen), np.int64)
    distances, rows = closest_rows(
        matrix, queries, k, combine=combine, among=None if chosen == every else among
    )
    to_each = [np.linalg.norm(matrix[among] - query, axis=1) for query in queries]
    choose = max if combine == "all" else min
    of_each = [choose(each) for each in zip(*to_each, strict=True)]
    # The rows ascend, so the earlier of two rows at the same distance comes first.
    expected = sorted(zip(of_each, among.tolist(), strict=True))[:k]
    assert rows.tolist() == [row for _, row in expected]
    np.testing.assert_allclose(distances, [distance for distance, _ in expected], rtol=1e-6)
    assert (rows.dtype, distances.dtype) == (np.int64, np.float32)
    assert (distances <= 2 + 1e-6).all()


@given(searches())
def test_a_row_of_the_matrix_is_found_at_distance_0(search: tuple[Array, Array, int]) -> None:
    matrix, queries, k = search
    distances, rows = closest_rows(matrix, queries[:1], k)
    assert distances[0] == 0
    np.testing.assert_array_equal(matrix[rows[0]], queries[0])


def test_near_all_is_between_the_queries_and_near_any_beside_one() -> None:
    angles = np.radians([0, 45, 90, 180])
    matrix = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    ends = matrix[[0, 2]]
    assert closest_rows(matrix, ends, 4, combine="all")[1].tolist() == [1, 0, 2, 3]
    assert closest_rows(matrix, ends, 4, combine="any")[1].tolist() == [0, 2, 1, 3]


def test_rows_at_the_same_distance_come_in_the_order_of_the_matrix() -> None:
    matrix = np.tile(l2_normalise(np.ones((1, 8), np.float32)), (50, 1))
    _, rows = closest_rows(matrix, matrix[:1], 10)
    assert rows.tolist() == list(range(10))


@pytest.mark.parametrize("difference", [1e-4, 1e-5, 1e-6, 1e-7])
def test_small_distances_keep_their_digits(difference: float) -> None:
    angles = difference * np.arange(1, 40)
    matrix = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    distances, rows = closest_rows(matrix, np.array([[1, 0]], np.float32), 30)
    assert rows.tolist() == list(range(30))
    np.testing.assert_allclose(distances, 2 * np.sin(angles[:30] / 2), rtol=1e-3)


def test_opposite_rows_are_2_apart() -> None:
    matrix = np.array([[0, -1], [1, 0]], np.float32)
    distances, rows = closest_rows(matrix, np.array([[0, 1]], np.float32), 2)
    assert rows.tolist() == [1, 0]
    np.testing.assert_allclose(distances, [np.sqrt(2), 2], rtol=1e-6)


def test_a_memory_mapped_matrix_is_searched_like_one_in_memory(tmp_path: Path) -> None:
    matrix = l2_normalise(np.random.default_rng(1).normal(size=(100, 16)).astype(np.float32))
    np.save(tmp_path / "matrix.npy", matrix)
    mapped = np.load(tmp_path / "matrix.npy", mmap_mode="r")
    mapped_answer = closest_rows(mapped, matrix[:3], 7)
    for mine, expected in zip(mapped_answer, closest_rows(matrix, matrix[:3], 7), strict=True):
        np.testing.assert_array_equal(mine, expected)
