"""PCA-whitening learnt on a gallery."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA

from core.errors import ConfigurationError
from core.model import Whitening, check_dimension, fit_whitening
from core.model.pooling import l2_normalise
from core.types import Array


def features(count: int, width: int = 24, seed: int = 0) -> Array:
    """Unit rows whose variance differs between directions."""
    rng = np.random.default_rng(seed)
    spread = np.geomspace(1, 0.05, width)
    turned = np.linalg.qr(rng.normal(size=(width, width)))[0]
    return l2_normalise(
        ((rng.normal(size=(count, width)) * spread + 1.5) @ turned).astype(np.float32)
    )


@pytest.mark.parametrize("count", [3, 10, 200, 5000])
def test_axes_whiten_the_covariance_that_scikit_learn_shrinks(count: int) -> None:
    rows = features(count)
    whitening = fit_whitening(rows, 24)
    shrunk = LedoitWolf().fit(rows.astype(np.float64)).covariance_
    np.testing.assert_allclose(whitening.mean, rows.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(whitening.axes.T @ shrunk @ whitening.axes, np.eye(24), atol=2e-3)


def test_with_many_images_it_is_the_whitening_of_scikit_learn() -> None:
    rows = features(20_000, width=6)
    ours = (rows - rows.mean(axis=0)) @ fit_whitening(rows, 3).axes
    theirs = PCA(3, whiten=True).fit_transform(rows.astype(np.float64))
    # The signs of axes are arbitrary.
    for axis in range(3):
        sign = np.sign(ours[0, axis] * theirs[0, axis])
        np.testing.assert_allclose(ours[:, axis], sign * theirs[:, axis], atol=0.02)


def test_the_main_axes_are_kept_and_rows_have_length_1() -> None:
    rows = features(500)
    whitening = fit_whitening(rows, 5)
    processed = whitening.apply(rows)
    assert processed.shape == (500, 5)
    assert processed.dtype == np.float32
    assert whitening.dimension == 5
    assert whitening.images == 500
    np.testing.assert_allclose(np.linalg.norm(processed, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(fit_whitening(rows, 24).axes[:, :5], whitening.axes)


@given(
    count=st.integers(1, 40),
    width=st.integers(1, 12),
    dimension=st.integers(1, 16),
    copies=st.booleans(),
)
def test_any_gallery_gives_finite_unit_rows(
    count: int, width: int, dimension: int, copies: bool
) -> None:
    rows = features(count, width)
    if copies:
        rows = np.repeat(rows[:1], count, axis=0)
    whitening = fit_whitening(rows, dimension)
    assert whitening.dimension == min(dimension, width)
    asked = features(5, width, seed=1)
    processed = whitening.apply(asked)
    assert np.isfinite(processed).all()
    lengths = np.linalg.norm(processed, axis=1)
    assert ((abs(lengths - 1) < 1e-4) | (lengths < 1e-4)).all()


def test_whitening_of_a_single_image_leaves_distances_as_they_are() -> None:
    rows = features(30)
    processed = fit_whitening(rows[:1], 24).apply(rows)
    np.testing.assert_allclose(processed @ processed.T, rows @ rows.T, atol=1e-5)


def test_a_few_images_keep_their_neighbours() -> None:
    # Without shrinkage all pairs of n images in n - 1 dimensions are equally far apart.
    rows = features(8)
    processed = fit_whitening(rows, 24).apply(rows)
    distances = np.linalg.norm(processed[:, None] - processed[None], axis=2)
    assert np.ptp(distances[np.triu_indices(8, 1)]) > 0.1


def test_a_whitening_comes_back_as_it_was_saved() -> None:
    whitening = fit_whitening(features(50), 7)
    file = io.BytesIO()
    whitening.save(file)
    file.seek(0)
    again = Whitening.load(file)
    np.testing.assert_array_equal(again.mean, whitening.mean)
    np.testing.assert_array_equal(again.axes, whitening.axes)
    assert again.images == 50


@pytest.mark.parametrize(
    "content",
    [
        {"mean": np.zeros(3, np.float32)},
        {"mean": np.zeros(3), "axes": np.zeros((3, 2)), "images": 4},
        {"mean": np.zeros(3, np.float32), "axes": np.zeros((4, 2), np.float32), "images": 4},
    ],
)
def test_other_archives_are_refused(content: dict[str, Array]) -> None:
    file = io.BytesIO()
    np.savez(file, **content)
    file.seek(0)
    with pytest.raises(ValueError, match="whitening"):
        Whitening.load(file)


@pytest.mark.parametrize("dimension", [0, 64, 512])
def test_a_legal_dimension_is_returned(dimension: int) -> None:
    assert check_dimension(dimension) == dimension


@pytest.mark.parametrize("dimension", [-1, 1, 63, 513])
def test_another_dimension_is_refused(dimension: int) -> None:
    with pytest.raises(ConfigurationError, match=f"64 to 512.*whiten={dimension}"):
        check_dimension(dimension)
