"""Distances between random pairs."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pytest

from core.feature_store.distances import Distances, pair_distances
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


def test_distances_come_back_as_they_were_saved() -> None:
    distances = Distances(pair_distances(rows(30)), np.arange(5, dtype=np.float32))
    file = io.BytesIO()
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
