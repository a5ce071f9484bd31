"""How close is close: distances against those of random pairs."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.feature_store import Closeness
from core.feature_store.distances import Distances, neighbour_distances, pair_distances
from core.model.pooling import l2_normalise
from core.types import Array


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
    found = Distances(np.sort(pairs), np.empty(0, np.float32)).closeness(distances)
    for one, distance in zip(found, distances, strict=True):
        assert one.share == sum(pair >= distance for pair in pairs.tolist()) / len(pairs)
        assert one.pairs == len(pairs)
        assert 0 <= one.bar <= 1


def test_of_a_gallery_that_was_not_measured_nothing_is_said() -> None:
    assert Distances.unknown().closeness([0.5]) == []
    assert Distances.unknown().nothing_similar(2.0) is None


@pytest.mark.parametrize("count", [2, 7, 150])
def test_neighbours_are_the_nearest_of_all_others(count: int) -> None:
    matrix = rows(count)
    between = np.linalg.norm(matrix[:, None] - matrix[None], axis=2)
    np.fill_diagonal(between, np.inf)
    expected = np.sort(between.min(axis=1))
    np.testing.assert_allclose(neighbour_distances(matrix), expected, atol=1e-5)
    drawn = neighbour_distances(matrix, images=5)
    assert len(drawn) == min(count, 5)
    assert np.isin(drawn.round(5), expected.astype(np.float32).round(5)).all()
    np.testing.assert_array_equal(drawn, neighbour_distances(matrix, images=5))


def test_copies_are_no_neighbours() -> None:
    matrix = rows(20)
    np.testing.assert_allclose(
        neighbour_distances(np.repeat(matrix, 2, axis=0)),
        np.repeat(neighbour_distances(matrix), 2),
        atol=1e-5,
    )
    assert neighbour_distances(np.repeat(matrix[:1], 3, axis=0)).size == 0
    assert neighbour_distances(matrix[:1]).size == 0


def test_a_picture_farther_than_nearly_all_neighbours_has_nothing_similar() -> None:
    distances = Distances.between(rows(200))
    limit = float(np.quantile(distances.neighbours, 0.95))
    assert distances.nothing_similar(limit - 0.01) is None
    told = distances.nothing_similar(1.2)
    assert told is not None
    assert told.startswith("100\u00a0% of the images of this gallery have a nearer neighbour")
    just_over = distances.nothing_similar(float(distances.neighbours[192]))
    assert just_over is not None
    assert just_over.startswith("96\u00a0%")


def test_distances_come_back_as_they_were_saved() -> None:
    distances, file = Distances.between(rows(30)), io.BytesIO()
    distances.save(file)
    file.seek(0)
    again = Distances.load(file)
    np.testing.assert_array_equal(again.pairs, distances.pairs)
    np.testing.assert_array_equal(again.neighbours, distances.neighbours)


@pytest.mark.parametrize(
    "content",
    [
        {"pairs": np.zeros(3, np.float32)},
        {"pairs": np.zeros(3), "neighbours": np.zeros(3, np.float32)},
        {"pairs": np.zeros((3, 2), np.float32), "neighbours": np.zeros(3, np.float32)},
    ],
)
def test_something_else_is_no_distances(content: dict[str, Array]) -> None:
    file = io.BytesIO()
    np.savez(file, **content)
    file.seek(0)
    with pytest.raises(ValueError, match="distances"):
        Distances.load(file)


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


def test_the_bar_has_a_step_for_each_tenth_that_is_left() -> None:
    bars = [Closeness(share, 10_000).bar for share in (0, 0.9, 0.99, 0.999, 0.9999, 1)]
    np.testing.assert_allclose(bars, [0, 0.25, 0.5, 0.75, 1, 1], atol=1e-9)
