"""The precision–recall curve, by its definition and as trec_eval draws it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation import RECALL_LEVELS, interpolated_precision


def slow_curve(relevant: Sequence[bool]) -> list[float]:
    total = sum(relevant)
    points = [
        (Fraction(sum(relevant[:end]), max(total, 1)), Fraction(sum(relevant[:end]), end))
        for end in range(1, len(relevant) + 1)
    ]
    levels = [Fraction(level, 10) for level in range(11)]
    if not total:
        return [0.0] * 11
    return [float(max(p for recall, p in points if recall >= level)) for level in levels]


@given(st.lists(st.booleans(), max_size=60))
def test_it_is_as_it_is_defined(relevant: list[bool]) -> None:
    (found,) = interpolated_precision(np.array([relevant], bool))
    assert found == pytest.approx(slow_curve(relevant))


@given(st.lists(st.booleans(), min_size=1, max_size=60).filter(any))
def test_it_is_that_of_trec_eval(relevant: list[bool]) -> None:
    run = {"q": {f"{place:03}": -float(place) for place in range(len(relevant))}}
    right = {"q": {f"{place:03}": int(hit) for place, hit in enumerate(relevant)}}
    # trec_eval takes int(level · R + 0.9) right images, which floating point makes one too few for
    # 0.7 of 3.
    levels = [
        place
        for place, level in enumerate(RECALL_LEVELS)
        if int(level * sum(relevant) + 0.9) == -(-place * sum(relevant) // 10)
    ]
    measures = [ir_measures.IPrec @ RECALL_LEVELS[level] for level in levels]
    expected = ir_measures.calc_aggregate(measures, right, run)
    (found,) = interpolated_precision(np.array([relevant], bool))
    assert found[levels] == pytest.approx([expected[measure] for measure in measures])
