"""The nearest rows of each row: as by brute force, and made from older ones."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feature_store import Neighbours
from core.feature_store.neighbours import find_neighbours
from core.model import nearest
from core.types import Array
from tests.feature_store.test_distances import rows


def assert_equal_by_brute_force(found: Neighbours, matrix: Array) -> None:
    count = len(matrix)
    k = min(10, count - 1)
    assert found.rows.shape == found.similarities.shape == (count, k)
    for row in range(count):
        products = [float(matrix[row] @ matrix[other]) for other in range(count) if other != row]
        expected = sorted(products, reverse=True)[:k]
        np.testing.assert_allclose(found.similarities[row], expected, atol=1e-5)
        listed = found.rows[row]
        assert row not in listed
        assert len(set(listed.tolist())) == k
        np.testing.assert_allclose(matrix[listed] @ matrix[row], expected, atol=1e-5)
        weights = [max(product, 0) ** 3 for product in expected]
        whole = matrix[row] + sum(
            (weight * matrix[other] for weight, other in zip(weights, listed, strict=True)),
            np.zeros(matrix.shape[1]),
        )
        assert found.lengths[row] == pytest.approx(np.linalg.norm(whole), abs=1e-4)


@pytest.mark.parametrize("count", [1, 2, 7, 11, 12, 60])
def test_neighbours_are_those_of_brute_force(count: int) -> None:
    assert_equal_by_brute_force(find_neighbours(rows(count)), rows(count))


def test_large_galleries_are_searched_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = find_neighbours(rows(90))
    monkeypatch.setattr(nearest, "_BYTES", 4 * 90 * 7)
    parts = find_neighbours(rows(90))
    np.testing.assert_array_equal(parts.rows, whole.rows)
    np.testing.assert_allclose(parts.lengths, whole.lengths, atol=1e-6)


@given(
    st.integers(2, 70),
    st.sets(st.integers(0, 69), max_size=12),
    st.integers(0, 12),
    st.randoms(use_true_random=False),
)
def test_an_update_of_older_neighbours_equals_those_from_scratch(
    count: int, gone: set[int], added: int, random: object
) -> None:
    old = rows(count)
    kept = [row for row in range(count) if row not in gone]
    new = rows(added, seed=1) if added else np.empty((0, 8), np.float32)
    order = kept + [-1] * added
    random.shuffle(order)  # type: ignore[attr-defined]
    if not order:
        return
    fresh = iter(new)
    matrix = np.stack([old[row] if row >= 0 else next(fresh) for row in order])
    updated = find_neighbours(matrix, find_neighbours(old), np.array(order, np.int64))
    assert_equal_by_brute_force(updated, matrix)


def test_neighbours_come_back_as_they_were_saved() -> None:
    found, file = find_neighbours(rows(20)), io.BytesIO()
    found.save(file)
    file.seek(0)
    again = Neighbours.load(file)
    for name in ("rows", "similarities", "lengths"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))


@pytest.mark.parametrize(
    "content",
    [
        {"rows": np.zeros((3, 2), np.int32)},
        {"rows": np.zeros(3, np.int32), "similarities": np.zeros(3), "lengths": np.zeros(3)},
        {
            "rows": np.zeros((3, 2), np.int32),
            "similarities": np.zeros((3, 1), np.float32),
            "lengths": np.zeros(3, np.float32),
        },
    ],
)
def test_something_else_is_no_neighbours(content: dict[str, Array]) -> None:
    file = io.BytesIO()
    np.savez(file, **content)
    file.seek(0)
    with pytest.raises(ValueError, match="neighbours"):
        Neighbours.load(file)
