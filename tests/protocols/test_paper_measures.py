"""The measures of papers, beside the programs of their authors written plainly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from core.evaluation import (
    Rankings,
    any_in_first,
    average_precision,
    n_s_score,
    precision_within,
    trapezoid_average_precision,
)

RANKINGS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=12))


def compute_ap(ranked: list[bool]) -> float:
    """As ``compute_ap`` of the Oxford Buildings goes down a ranking without junk."""
    area, old_recall, old_precision, right = 0.0, 0.0, 1.0, 0
    for place, is_right in enumerate(ranked):
        right += is_right
        recall, precision = right / max(sum(ranked), 1), right / (place + 1)
        area += (recall - old_recall) * (old_precision + precision) / 2
        old_recall, old_precision = recall, precision
    return area


@given(RANKINGS)
def test_trapezoids_are_those_of_compute_ap(ranked: Rankings) -> None:
    found = trapezoid_average_precision(ranked)
    assert found == pytest.approx([compute_ap(row) for row in ranked.tolist()])
    assert (found <= average_precision(ranked) + 1e-12).all()


@given(RANKINGS, st.integers(1, 12))
def test_the_other_measures_count(ranked: Rankings, k: int) -> None:
    for number, row in enumerate(ranked.tolist()):
        places = [place for place, is_right in enumerate(row, start=1) if is_right]
        early = sum(place <= k for place in places)
        assert any_in_first(ranked, k)[number] == bool(early)
        assert n_s_score(ranked)[number] == sum(place <= 4 for place in places)
        within = early / min(max(places), k) if places else 0
        assert precision_within(ranked, k)[number] == pytest.approx(within)


def test_by_hand() -> None:
    # Right at the ranks 1 and 3: (1 + 1) / 2 and (1/2 + 2/3) / 2.
    ranked = np.array([[True, False, True, False]])
    assert trapezoid_average_precision(ranked) == pytest.approx([(1 + 7 / 12) / 2])
    assert average_precision(ranked) == pytest.approx([(1 + 2 / 3) / 2])
