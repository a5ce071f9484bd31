"""Distances of matches compared with those of random pairs and of neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.feature_store import Distances
from core.model import FitChoice, Lesson
from core.search.matching import nothing_similar
from core.types import Array, Closeness
from tests.feature_store.test_distances import rows


@given(
    hnp.arrays(np.float32, st.integers(1, 30), elements=st.floats(0, 2, width=32)),
    st.lists(st.floats(0, 2, width=32), max_size=10),
)
def test_the_share_counts_the_pairs_that_are_not_closer(
    pairs: Array, distances: list[float]
) -> None:
    known = Distances(np.sort(pairs), np.empty(0, np.float32))
    for share, distance in zip(known.farther_pairs(distances), distances, strict=True):
        assert share == sum(pair >= distance for pair in pairs.tolist()) / len(pairs)
        assert 0 <= Closeness(share, len(pairs)).bar <= 1


def test_a_gallery_without_distances_has_nothing_to_compare_with() -> None:
    assert nothing_similar(2.0, Distances.unknown()) is None


def test_a_picture_farther_than_nearly_all_neighbours_has_nothing_similar() -> None:
    distances = Distances(np.empty(0, np.float32), Lesson(rows(200)).held_out(FitChoice("none")))
    limit = float(np.quantile(distances.neighbours, 0.95))
    assert nothing_similar(limit - 0.01, distances) is None
    told = nothing_similar(1.2, distances)
    assert told is not None
    assert told.startswith("100\u00a0% of the images of this gallery have a nearer neighbour")
    just_over = nothing_similar(float(distances.neighbours[192]), distances)
    assert just_over is not None
    assert just_over.startswith("96\u00a0%")


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (1.0, "100.00\u00a0%"),
        (0.99998, "99.99\u00a0%"),
        (0.9, "90.00\u00a0%"),
        (0.0, "0.00\u00a0%"),
    ],
)
def test_nearly_all_pairs_are_not_shown_as_100_percent(share: float, told: str) -> None:
    assert str(Closeness(share, 50_000)) == told


def test_the_bar_grows_by_one_step_for_each_tenth_of_the_pairs() -> None:
    bars = [Closeness(share, 10_000).bar for share in (0, 0.9, 0.99, 0.999, 0.9999, 1)]
    np.testing.assert_allclose(bars, [0, 0.25, 0.5, 0.75, 1, 1], atol=1e-9)
