"""Distances between random pairs and to nearest neighbours."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pytest

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


def test_a_large_gallery_gives_the_number_asked_for_and_the_same_every_time() -> None:
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
def test_one_or_two_images_have_no_or_one_pair(count: int) -> None:
    assert len(pair_distances(rows(count))) == count - 1


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


def test_copies_are_not_neighbours() -> None:
    matrix = rows(20)
    np.testing.assert_allclose(
        neighbour_distances(np.repeat(matrix, 2, axis=0)),
        np.repeat(neighbour_distances(matrix), 2),
        atol=1e-5,
    )
    assert neighbour_distances(np.repeat(matrix[:1], 3, axis=0)).size == 0
    assert neighbour_distances(matrix[:1]).size == 0


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
def test_other_archives_are_refused(content: dict[str, Array]) -> None:
    file = io.BytesIO()
    np.savez(file, **content)
    file.seek(0)
    with pytest.raises(ValueError, match="distances"):
        Distances.load(file)
