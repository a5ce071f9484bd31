"""Hubness of rows with known neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation import Hubness
from core.feature_store import Neighbours, find_neighbours
from core.model.pooling import l2_normalise


@given(st.integers(1, 60), st.integers(0, 99))
def test_it_is_the_skewness_of_how_often_each_row_is_listed(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    near = find_neighbours(l2_normalise(rng.normal(size=(count, 5)).astype(np.float32)))
    found = Hubness.of(near)
    counts = [int(np.count_nonzero(near.rows == row)) for row in range(count)]
    mean = sum(counts) / count
    variance = sum((one - mean) ** 2 for one in counts) / count
    third = sum((one - mean) ** 3 for one in counts) / count
    assert found.skew == pytest.approx(third / variance**1.5 if variance else 0, abs=1e-9)
    assert (found.most, found.nowhere) == (max(counts), counts.count(0))


def test_a_hub_is_among_the_nearest_of_all() -> None:
    # Thirty rows on a circle list the next ten; in the other gallery all list the first ten.
    around = (np.arange(30)[:, None] + np.arange(1, 11)) % 30
    hubs = np.tile(np.arange(10), (30, 1))
    even, uneven = (
        Hubness.of(
            Neighbours(
                rows.astype(np.int32), np.ones((30, 10), np.float32), np.ones(30, np.float32)
            )
        )
        for rows in (around, hubs)
    )
    assert (even.skew, even.most, even.nowhere) == (0, 10, 0)
    assert (uneven.most, uneven.nowhere) == (30, 20)
    assert uneven.skew == pytest.approx(0.7071, abs=1e-4)
    assert str(uneven) == (
        "0.71; one image is among the ten nearest of 30 others, 20 are among nobody's"
    )


def test_neighbours_that_were_not_found_do_not_count() -> None:
    rows, similarities = np.zeros((4, 2), np.int32), np.zeros((4, 2), np.float32)
    rows[:, 0], similarities[:, 0] = [1, 0, 3, 2], 0.5
    found = Hubness.of(Neighbours(rows, similarities, np.ones(4, np.float32)))
    assert (found.skew, found.most, found.nowhere) == (0, 1, 0)
