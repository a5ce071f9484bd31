"""Distances from images to their nearest ones."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.feature_store.distances import MOST, Distances, own_distances
from core.feature_store.neighbours import Neighbours, find_neighbours
from core.model.pooling import l2_normalise
from core.types import Array


def rows(count: int, seed: int = 0) -> Array:
    return l2_normalise(np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32))


def test_own_distances_are_those_to_the_nearest_other_row() -> None:
    matrix = rows(40)
    apart = np.linalg.norm(matrix[:, None] - matrix, axis=2) + 9 * np.eye(40)
    found = own_distances(find_neighbours(matrix))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.sort(apart.min(axis=1)), atol=1e-5)


def test_copies_are_not_the_nearest_ones() -> None:
    matrix = rows(12)
    with_copies = np.concatenate([matrix, matrix[:3]])
    alone, doubled = (own_distances(find_neighbours(each)) for each in (matrix, with_copies))
    np.testing.assert_allclose(np.unique(doubled.round(4)), np.unique(alone.round(4)))
    # Of eleven copies of one picture nothing else is in the lists.
    assert len(own_distances(find_neighbours(np.repeat(matrix[:1], 11, axis=0)))) == 0


@pytest.mark.parametrize("count", [1, 2])
def test_one_image_has_no_nearest_one(count: int) -> None:
    assert len(own_distances(find_neighbours(rows(count)))) == (0 if count == 1 else 2)


def test_of_many_images_distances_at_even_steps_are_kept() -> None:
    count = 3 * MOST
    similarities = np.linspace(0.99, 0, count, dtype=np.float32)[:, None]
    zeros = np.zeros((count, 1), np.int32)
    found = own_distances(Neighbours(zeros, similarities, similarities[:, 0]))
    assert len(found) == MOST
    assert (np.diff(found) > 0).all()
    np.testing.assert_allclose(found[[0, -1]], np.sqrt(2 - 2 * np.array([0.99, 0])), rtol=1e-4)
    assert np.median(found) == pytest.approx(np.sqrt(2 - 2 * 0.495), abs=1e-3)


@given(
    hnp.arrays(np.float32, st.integers(1, 30), elements=st.floats(0, 2, width=32)),
    hnp.arrays(np.float32, st.integers(1, 30), elements=st.floats(0, 2, width=32)),
    hnp.arrays(np.float32, st.integers(0, 10), elements=st.floats(0, 2, width=32)),
)
def test_the_share_counts_the_nearest_images_that_are_not_closer(
    own: Array, new: Array, asked: Array
) -> None:
    distances = Distances(np.sort(own), np.sort(new))
    for nearest, is_own in ((own, True), (new, False)):
        shares = distances.farther(asked, own=is_own)
        assert shares is not None
        expected = [np.mean(nearest >= distance) for distance in asked]
        np.testing.assert_allclose(shares, expected, atol=1e-12)


def test_without_distances_nothing_is_compared() -> None:
    for own in (True, False):
        assert Distances.unknown().farther(np.ones(2, np.float32), own=own) is None


def saved(**content: Array) -> io.BytesIO:
    file = io.BytesIO()
    np.savez(file, **content)
    file.seek(0)
    return file


def test_distances_come_back_as_they_were_saved() -> None:
    distances = Distances(np.arange(3, dtype=np.float32), np.arange(5, dtype=np.float32))
    file = io.BytesIO()
    distances.save(file)
    file.seek(0)
    again = Distances.load(file)
    np.testing.assert_array_equal(again.own, distances.own)
    np.testing.assert_array_equal(again.neighbours, distances.neighbours)


def test_an_older_file_has_no_distances_of_the_images_of_the_gallery() -> None:
    again = Distances.load(saved(pairs=np.ones(4, np.float32), neighbours=np.ones(2, np.float32)))
    assert (len(again.own), len(again.neighbours)) == (0, 2)


@pytest.mark.parametrize(
    "content",
    [
        {"own": np.zeros(3, np.float32)},
        {"own": np.zeros(3), "neighbours": np.zeros(3, np.float32)},
        {"own": np.zeros((3, 2), np.float32), "neighbours": np.zeros(3, np.float32)},
    ],
)
def test_other_archives_are_refused(content: dict[str, Array]) -> None:
    with pytest.raises(ValueError, match="distances"):
        Distances.load(saved(**content))
