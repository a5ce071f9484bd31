"""What neighbours teach, against slow loops and galleries whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from core.model import Fit, FitChoice, fitting, learn_fit
from core.model.discriminants import discriminants, neighbour_scatter
from core.model.nearest import nearest_rows
from core.model.pooling import l2_normalise
from core.types import Array


def kinds(count: int, seed: int = 0) -> tuple[Array, Array]:
    """Unit rows of 40 kinds: half of the numbers tell them apart, half vary without meaning."""
    centres = np.random.default_rng(99).normal(size=(40, 16))
    rng = np.random.default_rng(seed)
    of_kind = rng.integers(40, size=count)
    telling = centres[of_kind] + 0.3 * rng.normal(size=(count, 16))
    rows = np.concatenate([telling, 1.5 * rng.normal(size=(count, 16))], axis=1) + 3
    return l2_normalise(rows.astype(np.float32)), of_kind


def agreement(rows: Array, of_kind: Array) -> float:
    """The share of rows whose nearest one is of the same kind."""
    nearest, _ = nearest_rows(rows, np.arange(len(rows)), 1)
    return float((of_kind[nearest[:, 0]] == of_kind).mean())


@given(st.integers(2, 40), st.integers(1, 5), st.integers(0, 9))
def test_nearest_rows_are_those_of_a_sorted_list(count: int, k: int, seed: int) -> None:
    k = min(k, count - 1)
    # Few values: many products are equal.
    matrix = np.random.default_rng(seed).integers(-1, 2, (count, 3)).astype(np.float32)
    rows = np.arange(0, count, 2)
    numbers, products = nearest_rows(matrix, rows, k)
    for row, found, near in zip(rows, numbers, products, strict=True):
        others = [(-float(matrix[row] @ matrix[other]), other) for other in range(count)]
        expected = sorted(pair for pair in others if pair[1] != row)[:k]
        assert [-product for product in near.tolist()] == [product for product, _ in expected]
        assert set(zip((-near).tolist(), found.tolist(), strict=True)) <= set(others)
        if len({product for product, _ in expected}) == k == count - 1:
            assert found.tolist() == [other for _, other in expected]


@pytest.mark.parametrize("seed", range(3))
def test_the_scatter_is_the_mean_over_all_pairs(seed: int) -> None:
    rows, _ = kinds(30, seed)
    neighbours, _ = nearest_rows(rows, np.arange(30), 4)
    asking = np.arange(0, 30, 2)
    counted = np.random.default_rng(seed).random((15, 4)) < 0.7
    expected = np.zeros((32, 32))
    for row, counts in zip(asking, counted, strict=True):
        for other in neighbours[row][counts]:
            difference = rows[row].astype(float) - rows[other]
            expected += np.outer(difference, difference) / (2 * counted.sum())
    found = neighbour_scatter(rows, asking, neighbours[asking], counted)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_directions_are_generalised_eigenvectors_with_the_weights_of_a_filter() -> None:
    rows, _ = kinds(400)
    rows = rows - rows.mean(axis=0)
    neighbours, _ = nearest_rows(rows, np.arange(400), 5)
    within = neighbour_scatter(rows, np.arange(400), neighbours, np.ones(neighbours.shape, bool))
    shrunk = 0.9 * within + 0.1 * np.trace(within) / 32 * np.eye(32)
    ratios, vectors = scipy.linalg.eigh(np.cov(rows.T.astype(float), bias=True), shrunk)
    ratios, vectors = ratios[::-1], vectors[:, ::-1]
    axes = discriminants(rows, within, 6)
    assert axes is not None and axes.shape == (32, 6)
    for number in range(6):
        beyond = ratios[number] - 1
        expected = vectors[:, number] * beyond / (1 + beyond)
        sign = np.sign(expected[np.abs(expected).argmax()])
        np.testing.assert_allclose(axes[:, number], sign * expected, atol=1e-4)
    floored = discriminants(rows, within, 512, least=0.4)
    assert floored is not None and floored.shape == (32, 32)
    # The covariance along the directions tells their weights: 1 is what belongs together.
    weights = np.sqrt(np.diag(floored.T @ shrunk @ floored))
    np.testing.assert_allclose(weights, np.maximum(1 - 1 / ratios, 0.4), atol=1e-4)
    every = discriminants(rows, within, 512)
    assert every is not None and every.shape[1] == int((ratios > 1).sum())


def test_neighbours_teach_what_tells_kinds_apart_without_labels() -> None:
    rows, of_kind = kinds(1_200)
    centred = learn_fit(rows, FitChoice("centre")).apply(rows)
    fit = learn_fit(rows, FitChoice("neighbours", 16))
    fitted = fit.apply(rows)
    assert (fitted.shape, fitted.dtype) == ((1_200, 16), np.float32)
    np.testing.assert_allclose(np.linalg.norm(fitted, axis=1), 1, rtol=1e-5)
    assert agreement(fitted, of_kind) > agreement(centred, of_kind) + 0.1
    # Also for pictures that did not teach.
    asked, of_asked = kinds(300, seed=5)
    assert agreement(fit.apply(asked), of_asked) > agreement(asked, of_asked)


def test_near_copies_teach_once() -> None:
    rows, _ = kinds(300)
    noise = np.random.default_rng(1).normal(size=(8, *rows.shape)) * 1e-4
    burst = l2_normalise(np.concatenate([rows, *(rows[:100] + noise[:, :100])]).astype(np.float32))
    alone = learn_fit(rows, FitChoice("neighbours", 16))
    with_burst = learn_fit(burst, FitChoice("neighbours", 16))
    asked, of_asked = kinds(300, seed=5)
    apart = agreement(alone.apply(asked), of_asked) - agreement(with_burst.apply(asked), of_asked)
    assert abs(apart) < 0.05


@pytest.mark.parametrize("count", [1, 2, 49])
def test_a_few_pictures_are_centred_and_that_is_told(count: int) -> None:
    rows, _ = kinds(count)
    fit = learn_fit(rows, FitChoice.of("neighbours"))
    centred = learn_fit(rows, FitChoice("centre"))
    np.testing.assert_array_equal(fit.apply(rows), centred.apply(rows))
    assert "centred" in str(fit)
    assert str(learn_fit(kinds(60)[0], FitChoice.of("neighbours"))) == "neighbours"


def test_copies_of_one_picture_teach_nothing() -> None:
    rows = np.repeat(kinds(1)[0], 80, axis=0)
    fit = learn_fit(rows, FitChoice.of("neighbours"))
    assert fit.axes is None
    np.testing.assert_allclose(fit.apply(rows) @ fit.apply(rows).T, 1, atol=1e-5)


def test_the_fit_is_linear_up_to_its_length() -> None:
    rows, _ = kinds(200)
    fit: Fit = learn_fit(rows, FitChoice("neighbours", 16))
    for feature, fitted in zip(rows[:20], fit.apply(rows[:20]), strict=True):
        axes, constant = fit.linear(feature)
        np.testing.assert_allclose(feature @ axes + constant, fitted, atol=1e-5)


@pytest.mark.parametrize(("count", "expected"), [(400, 200), (4_999, 200), (5_000, 192)])
def test_a_large_gallery_has_fewer_numbers(count: int, expected: int) -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(count, 200)) * np.geomspace(1, 0.2, 200)
    fit = learn_fit(l2_normalise(rows.astype(np.float32)), FitChoice.of("neighbours"))
    assert fit.dimension == expected


def test_a_larger_one_has_fewer_still(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = list(fitting.FEWER_NUMBERS.values())
    monkeypatch.setattr(fitting, "FEWER_NUMBERS", dict(zip((600, 500), numbers, strict=True)))
    rows = l2_normalise(np.random.default_rng(0).normal(size=(600, 200)).astype(np.float32))
    sizes = [
        learn_fit(rows[:count], FitChoice.of("neighbours")).dimension for count in (499, 500, 600)
    ]
    assert sizes == [200, 192, 128]


def test_a_few_pictures_keep_something_of_each_direction() -> None:
    rows, _ = kinds(400)
    fit = learn_fit(rows, FitChoice("neighbours", 32))
    assert fit.axes is not None and fit.axes.shape == (32, 32)
    assert np.linalg.matrix_rank(fit.axes) == 32
