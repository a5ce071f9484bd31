"""The exact index gives the same matches as a comparison with every row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigurationError
from core.model.pooling import l2_normalise
from core.search import ExactIndex
from core.types import Array, Rows


def brute_force(matrix: Array, queries: Array, k: int) -> tuple[Array, Rows]:
    distances, rows = [], []
    for query in queries:
        to_each = np.linalg.norm(matrix - query, axis=1)
        closest = np.argsort(to_each, kind="stable")[:k]
        distances.append(to_each[closest])
        rows.append(closest)
    return np.array(distances), np.array(rows)


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


@given(searches())
def test_the_answer_is_that_of_brute_force(search: tuple[Array, Array, int]) -> None:
    matrix, queries, k = search
    distances, rows = ExactIndex(matrix).search(queries, k)
    expected_distances, expected_rows = brute_force(matrix, queries, k)
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-6, atol=0)
    assert rows.shape == distances.shape == (len(queries), min(k, len(matrix)))
    assert (rows.dtype, distances.dtype) == (np.int64, np.float32)


@given(searches())
def test_distances_rise_from_0_to_2(search: tuple[Array, Array, int]) -> None:
    matrix, queries, k = search
    distances, _ = ExactIndex(matrix).search(queries, k)
    assert (np.diff(distances, axis=1) >= 0).all()
    assert distances.min() >= 0
    assert distances.max() <= 2 + 1e-6


@given(searches(), st.data())
def test_search_among_some_rows_is_the_search_of_a_matrix_of_them(
    search: tuple[Array, Array, int], data: st.DataObject
) -> None:
    matrix, queries, k = search
    among = np.array(sorted(data.draw(st.sets(st.integers(0, len(matrix) - 1)))), np.int64)
    distances, rows = ExactIndex(matrix).search(queries, k, among=among)
    expected_distances, expected = brute_force(matrix[among], queries, k)
    assert rows.shape == (len(queries), min(k, len(among)))
    np.testing.assert_array_equal(rows, among[expected.astype(np.int64)])
    np.testing.assert_array_equal(distances, expected_distances)


@given(searches())
def test_a_row_of_the_matrix_is_found_at_distance_0(search: tuple[Array, Array, int]) -> None:
    matrix, queries, k = search
    distances, rows = ExactIndex(matrix).search(queries[:1], k)
    assert distances[0, 0] == 0
    np.testing.assert_array_equal(matrix[rows[0, 0]], queries[0])


@given(searches())
def test_queries_do_not_influence_each_other(search: tuple[Array, Array, int]) -> None:
    matrix, queries, k = search
    together = ExactIndex(matrix).search(queries, k)
    for number, query in enumerate(queries):
        alone = ExactIndex(matrix).search(query[None], k)
        np.testing.assert_array_equal(together[0][number], alone[0][0])
        np.testing.assert_array_equal(together[1][number], alone[1][0])


@given(searches(), st.sampled_from(["all", "any"]), st.data())
def test_several_queries_together_are_answered_as_by_brute_force(
    search: tuple[Array, Array, int], combine: str, data: st.DataObject
) -> None:
    matrix, queries, k = search
    among = np.array(sorted(data.draw(st.sets(st.integers(0, len(matrix) - 1)))), np.int64)
    distances, rows = ExactIndex(matrix).search_together(queries, k, combine=combine, among=among)
    to_each = [np.linalg.norm(matrix[among] - query, axis=1) for query in queries]
    choose = max if combine == "all" else min
    of_each = [choose(each) for each in zip(*to_each, strict=True)]
    # The rows ascend, so the earlier of two rows at the same distance comes first.
    expected = sorted(zip(of_each, among.tolist(), strict=True))[:k]
    assert rows.tolist() == [row for _, row in expected]
    np.testing.assert_allclose(distances, [distance for distance, _ in expected], rtol=1e-6)
    assert (rows.dtype, distances.dtype) == (np.int64, np.float32)


@given(searches(), st.sampled_from(["all", "any"]))
def test_one_query_together_is_that_query_alone(
    search: tuple[Array, Array, int], combine: str
) -> None:
    matrix, queries, k = search
    together = ExactIndex(matrix).search_together(queries[:1], k, combine=combine)
    for found, alone in zip(together, ExactIndex(matrix).search(queries[:1], k), strict=True):
        np.testing.assert_array_equal(found, alone[0])


def test_near_all_is_between_the_queries_and_near_any_beside_one() -> None:
    angles = np.radians([0, 45, 90, 180])
    matrix = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    ends = matrix[[0, 2]]
    assert ExactIndex(matrix).search_together(ends, 4, combine="all")[1].tolist() == [1, 0, 2, 3]
    assert ExactIndex(matrix).search_together(ends, 4, combine="any")[1].tolist() == [0, 2, 1, 3]


def test_rows_at_the_same_distance_come_in_the_order_of_the_matrix() -> None:
    matrix = np.tile(l2_normalise(np.ones((1, 8), np.float32)), (50, 1))
    _, rows = ExactIndex(matrix).search(matrix[:1], 10)
    assert rows[0].tolist() == list(range(10))


@pytest.mark.parametrize("difference", [1e-4, 1e-5, 1e-6, 1e-7])
def test_small_distances_keep_their_digits(difference: float) -> None:
    angles = difference * np.arange(1, 40)
    matrix = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    distances, rows = ExactIndex(matrix).search(np.array([[1, 0]], np.float32), 30)
    assert rows[0].tolist() == list(range(30))
    np.testing.assert_allclose(distances[0], 2 * np.sin(angles[:30] / 2), rtol=1e-3)


def test_opposite_rows_are_2_apart() -> None:
    matrix = np.array([[0, -1], [1, 0]], np.float32)
    distances, rows = ExactIndex(matrix).search(np.array([[0, 1]], np.float32), 2)
    assert rows.tolist() == [[1, 0]]
    np.testing.assert_allclose(distances, [[np.sqrt(2), 2]], rtol=1e-6)


def test_a_memory_mapped_matrix_is_searched_like_one_in_memory(tmp_path: Path) -> None:
    matrix = l2_normalise(np.random.default_rng(1).normal(size=(100, 16)).astype(np.float32))
    np.save(tmp_path / "matrix.npy", matrix)
    mapped = np.load(tmp_path / "matrix.npy", mmap_mode="r")
    for found, expected in zip(
        ExactIndex(mapped).search(matrix[:3], 7), brute_force(matrix, matrix[:3], 7), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def test_no_queries_have_no_answers() -> None:
    distances, rows = ExactIndex(np.eye(3, dtype=np.float32)).search(
        np.empty((0, 3), np.float32), 2
    )
    assert distances.shape == rows.shape == (0, 2)


@pytest.mark.parametrize("k", [0, -1])
def test_fewer_than_one_match_is_refused(k: int) -> None:
    with pytest.raises(ConfigurationError, match=f"at least 1 match.* Received: k={k}$"):
        ExactIndex(np.eye(3, dtype=np.float32)).search(np.eye(3, dtype=np.float32), k)
