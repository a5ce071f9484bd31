"""The paired randomisation test, beside all choices of signs."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation import (
    FLIPS,
    GroundTruth,
    differences,
    evaluate,
    randomisation_test,
)
from core.model.pooling import l2_normalise


def exact(pairs: list[int]) -> float:
    observed = abs(sum(pairs))
    choices = [
        abs(sum(sign * pair for sign, pair in zip(signs, pairs, strict=True))) >= observed
        for signs in product((-1, 1), repeat=len(pairs))
    ]
    return float(Fraction(sum(choices), len(choices)))


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=9))
def test_few_queries_are_compared_exactly(pairs: list[int]) -> None:
    # Sevenths are no binary fractions: sums of them tie but for rounding.
    (found,) = randomisation_test(np.array(pairs, float)[:, None] / 7)
    assert found == pytest.approx(exact(pairs))


def test_random_signs_come_near_to_all_signs() -> None:
    rng = np.random.default_rng(2)
    for shift in (0, 2, 5):
        pairs = rng.integers(-9 + shift, 10 + shift, 15)
        (found,) = randomisation_test(pairs[:, None] / 10)
        p = exact(pairs.tolist())
        assert found == pytest.approx(p, abs=4 * (p * (1 - p) / FLIPS) ** 0.5 + 1 / FLIPS)


def test_p_is_never_0_and_without_differences_1() -> None:
    pairs = np.stack([np.full(60, 0.1), np.zeros(60), np.full(60, -0.1)], axis=1)
    assert randomisation_test(pairs) == pytest.approx([1 / (FLIPS + 1), 1, 1 / (FLIPS + 1)])


def test_chance_is_called_significant_as_often_as_it_says() -> None:
    pairs = np.random.default_rng(3).normal(size=(40, 400))
    found = randomisation_test(pairs)
    # 5 % of 400 are 20; four standard deviations are 17.
    assert 3 <= np.count_nonzero(found <= 0.05) <= 37
    assert randomisation_test(pairs[:, :1]) == found[:1]


def test_differences_are_those_to_one_setting() -> None:
    rng = np.random.default_rng(4)
    names = tuple(f"{row:02}" for row in range(40))
    truth = GroundTruth(names, tuple("ab"[row % 2] for row in range(40)), names)
    settings = {
        name: evaluate(l2_normalise(rng.normal(size=(40, 6)).astype(np.float32) + shift), truth)
        for name, shift in (("one", 0), ("two", np.arange(40)[:, None] % 2), ("three", 0))
    }
    found = differences(settings, "one")
    assert set(found) == {"two", "three"}
    for name, difference in found.items():
        gain = settings[name].gain_over(settings["one"])
        assert difference.gain.mean == pytest.approx(gain.mean)
        assert (difference.gain.low, difference.gain.high) == pytest.approx((gain.low, gain.high))
    assert found["two"].p < 0.01 < found["three"].p
    back = differences(settings, "two")["one"]
    assert (back.gain.mean, back.p) == pytest.approx((-found["two"].gain.mean, found["two"].p))
    assert differences({"one": settings["one"]}, "one") == {}
