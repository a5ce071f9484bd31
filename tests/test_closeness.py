"""How close is close: distances against those of random pairs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.closeness import Closeness, closeness, pair_distances
from core.descriptors import Array, l2_normalise


def rows(count: int, seed: int = 0) -> Array:
    return l2_normalise(np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32))


def test_a_small_gallery_gives_each_pair_once() -> None:
    matrix = rows(9)
    expected = sorted(
        np.linalg.norm(matrix[one] - matrix[other])
        for one, other in itertools.combinations(range(9), 2)
    )
    np.testing.assert_allclose(pair_distances(matrix), expected, rtol=1e-6)


def test_a_large_gallery_gives_as_many_as_are_asked_for_and_the_same_every_time() -> None:
    matrix = rows(60)
    drawn = pair_distances(matrix, pairs=1000)
    assert drawn.shape == (1000,)
    assert drawn.dtype == np.float32
    np.testing.assert_array_equal(drawn, pair_distances(matrix, pairs=1000))
    assert (np.diff(drawn) >= 0).all()


def test_drawn_pairs_are_spread_like_all_pairs_and_never_an_image_with_itself() -> None:
    matrix = rows(80)
    everything, drawn = pair_distances(matrix), pair_distances(matrix, pairs=3000)
    assert drawn[0] > 0
    for quantile in (0.1, 0.5, 0.9):
        assert np.quantile(drawn, quantile) == pytest.approx(
            np.quantile(everything, quantile), abs=0.05
        )


@pytest.mark.parametrize("count", [1, 2])
def test_the_smallest_galleries_have_the_pairs_that_they_have(count: int) -> None:
    assert len(pair_distances(rows(count))) == count - 1


@given(
    hnp.arrays(np.float32, st.integers(1, 30), elements=st.floats(0, 2, width=32)),
    st.lists(st.floats(0, 2, width=32), max_size=10),
)
def test_the_share_counts_the_pairs_that_are_not_closer(
    pairs: Array, distances: list[float]
) -> None:
    found = closeness(distances, np.sort(pairs))
    for one, distance in zip(found, distances, strict=True):
        assert one.share == sum(pair >= distance for pair in pairs.tolist()) / len(pairs)
        assert one.pairs == len(pairs)
        assert 0 <= one.bar <= 1


def test_without_pairs_nothing_is_said() -> None:
    assert closeness([0.5], np.empty(0, np.float32)) == []


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (1.0, "100.00\u00a0%"),
        (0.99998, "99.99\u00a0%"),
        (0.9, "90.00\u00a0%"),
        (0.0, "0.00\u00a0%"),
    ],
)
def test_nearly_all_is_not_told_as_all(share: float, told: str) -> None:
    assert str(Closeness(share, 50_000)) == told


@pytest.mark.parametrize(
    ("share", "odds"),
    [
        (0.9, "One in 10 random"),
        (0.9995, "One in 2,000 random"),
        (1.0, "One in 50,000"),
        (0.3, "Most"),
    ],
)
def test_odds_are_told_in_words(share: float, odds: str) -> None:
    assert Closeness(share, 50_000).odds.startswith(odds)


def test_the_bar_has_a_step_for_each_tenth_that_is_left() -> None:
    bars = [Closeness(share, 10_000).bar for share in (0, 0.9, 0.99, 0.999, 0.9999, 1)]
    np.testing.assert_allclose(bars, [0, 0.25, 0.5, 0.75, 1, 1], atol=1e-9)


def test_what_one_pair_in_a_hundred_is_is_ordinary() -> None:
    assert Closeness(0.98, 50_000).ordinary(1000)
    assert not Closeness(0.995, 50_000).ordinary(1000)


def test_among_few_images_more_pairs_may_be_as_close() -> None:
    assert not Closeness(0.92, 45).ordinary(10)
    assert Closeness(0.89, 45).ordinary(10)
    assert Closeness(0.0, 0).ordinary(1) is False
