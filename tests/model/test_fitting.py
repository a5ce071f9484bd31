"""Fits learnt on a gallery, against scikit-learn and slow references."""

from __future__ import annotations

import io

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA

from core.errors import ConfigurationError
from core.model import Fit, FitChoice, fitting, learn_fit
from core.model.fitting import fit_whitening
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


@pytest.fixture(autouse=True)
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the small features of these tests be whitened to a few dimensions."""
    monkeypatch.setitem(fitting.SIZES, "whiten", (1, 512, 256))


def whiten(rows: Array, dimension: int) -> Fit:
    return fit_whitening(rows, dimension)


@pytest.mark.parametrize("count", [3, 10, 200, 5000])
def test_axes_whiten_the_covariance_that_scikit_learn_shrinks(count: int) -> None:
    rows = features(count)
    whitening = whiten(rows, 24)
    shrunk = LedoitWolf().fit(rows.astype(np.float64)).covariance_
    np.testing.assert_allclose(whitening.mean, rows.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(whitening.axes.T @ shrunk @ whitening.axes, np.eye(24), atol=2e-3)


def test_with_many_images_it_is_the_whitening_of_scikit_learn() -> None:
    rows = features(20_000, width=6)
    ours = (rows - rows.mean(axis=0)) @ whiten(rows, 3).axes
    theirs = PCA(3, whiten=True).fit_transform(rows.astype(np.float64))
    # The signs of axes are arbitrary.
    for axis in range(3):
        sign = np.sign(ours[0, axis] * theirs[0, axis])
        np.testing.assert_allclose(ours[:, axis], sign * theirs[:, axis], atol=0.02)


def test_the_main_axes_are_kept_and_rows_have_length_1() -> None:
    rows = features(500)
    whitening = whiten(rows, 5)
    processed = whitening.apply(rows)
    assert processed.shape == (500, 5)
    assert processed.dtype == np.float32
    assert whitening.dimension == 5
    assert whitening.images == 500
    np.testing.assert_allclose(np.linalg.norm(processed, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(whiten(rows, 24).axes[:, :5], whitening.axes)


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
    whitening = whiten(rows, dimension)
    assert whitening.dimension == min(dimension, width)
    asked = features(5, width, seed=1)
    processed = whitening.apply(asked)
    assert np.isfinite(processed).all()
    lengths = np.linalg.norm(processed, axis=1)
    assert ((abs(lengths - 1) < 1e-4) | (lengths < 1e-4)).all()


def test_whitening_of_a_single_image_leaves_distances_as_they_are() -> None:
    rows = features(30)
    processed = whiten(rows[:1], 24).apply(rows)
    np.testing.assert_allclose(processed @ processed.T, rows @ rows.T, atol=1e-5)


def test_a_few_images_keep_their_neighbours() -> None:
    # Without shrinkage all pairs of n images in n - 1 dimensions are equally far apart.
    rows = features(8)
    processed = whiten(rows, 24).apply(rows)
    distances = np.linalg.norm(processed[:, None] - processed[None], axis=2)
    assert np.ptp(distances[np.triu_indices(8, 1)]) > 0.1


def test_a_whitening_comes_back_as_it_was_saved() -> None:
    whitening = whiten(features(50), 7)
    file = io.BytesIO()
    whitening.save(file)
    file.seek(0)
    again = Fit.load(file)
    assert (again.choice, again.share) == (whitening.choice, 1.0)
    np.testing.assert_array_equal(again.mean, whitening.mean)
    np.testing.assert_array_equal(again.axes, whitening.axes)
    assert again.images == 50


LEARNT = {"kind": "whiten", "size": 2, "share": 1.0, "images": 4}


@pytest.mark.parametrize(
    "content",
    [
        {"mean": np.zeros(3, np.float32)},
        {"mean": np.zeros(3), "axes": np.zeros((3, 2)), **LEARNT},
        {"mean": np.zeros(3, np.float32), "axes": np.zeros((4, 2), np.float32), **LEARNT},
        {"mean": np.zeros(3, np.float32), "axes": np.zeros((3, 2), np.float32), "images": 4},
    ],
)
def test_other_archives_are_refused(content: dict[str, Array]) -> None:
    file = io.BytesIO()
    np.savez(file, **content)
    file.seek(0)
    with pytest.raises(ValueError, match="fit"):
        Fit.load(file)


def test_none_leaves_features_as_they_are() -> None:
    rows = features(9)
    fit = learn_fit(rows, FitChoice("none"))
    assert (fit.dimension, fit.images) == (24, 0)
    np.testing.assert_array_equal(fit.apply(rows), rows)


@given(st.integers(2, 40), st.integers(1, 12), st.integers(0, 5))
def test_centre_subtracts_the_mean_of_the_gallery(count: int, width: int, seed: int) -> None:
    rows, queries = features(count, width, seed), features(3, width, seed + 1)
    fit = learn_fit(rows, FitChoice("centre"))
    mean = np.mean([[float(number) for number in row] for row in rows], axis=0)
    if np.square(rows - mean).sum(axis=1).mean() <= 1e-12:
        mean = np.zeros(width)
    for fitted, query in zip(fit.apply(queries), queries, strict=True):
        expected = query - mean
        length = np.linalg.norm(expected)
        if length > 1e-3:
            np.testing.assert_allclose(fitted, expected / length, atol=1e-3)
    assert (fit.dimension, fit.images) == (width, count)


@pytest.mark.parametrize("kind", ["centre", "whiten"])
def test_of_one_image_there_is_nothing_to_learn(kind: str) -> None:
    rows = features(6)
    fit = learn_fit(rows[:1], FitChoice.of(kind, 24 if kind == "whiten" else None))
    np.testing.assert_allclose(fit.apply(rows) @ fit.apply(rows).T, rows @ rows.T, atol=1e-5)


def labelled(seed: int, labels: int = 4, count: int = 60) -> tuple[Array, list[str | None]]:
    """Rows in groups that one direction each tells apart, under much other variance."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(labels, size=count)
    rows = rng.normal(size=(count, 24)) * np.geomspace(2, 0.2, 24) + 1
    rows[:, -labels:] += 1.5 * np.eye(labels)[groups]
    names: list[str | None] = [f"group {group}" for group in groups]
    names[::7] = [None] * len(names[::7])
    return l2_normalise(rows.astype(np.float32)), names


def slow_discriminants(rows: Array, labels: list[str | None], size: int) -> np.ndarray:
    """Linear discriminant analysis as its textbook has it, one image at a time."""
    known = [(row.astype(float), label) for row, label in zip(rows, labels, strict=True) if label]
    total = np.mean([row for row, _ in known], axis=0)
    width = rows.shape[1]
    within, between = np.zeros((width, width)), np.zeros((width, width))
    for name in sorted({label for _, label in known}):
        group = [row for row, label in known if label == name]
        mean = np.mean(group, axis=0)
        for row in group:
            within += np.outer(row - mean, row - mean) / len(known)
        between += len(group) / len(known) * np.outer(mean - total, mean - total)
    within = 0.9 * within + 0.1 * np.trace(within) / width * np.eye(width)
    # The generalised eigenvectors, of unit within-class variance.
    values, vectors = scipy.linalg.eigh(between, within)
    return vectors[:, np.argsort(-values)[:size]]


@pytest.mark.parametrize("size", [1, 2, 3, 64])
@pytest.mark.parametrize("seed", range(4))
def test_folders_are_linear_discriminants_beside_the_centred_feature(seed: int, size: int) -> None:
    rows, labels = labelled(seed)
    fit = learn_fit(rows, FitChoice("folders", size), labels)
    mean = rows.mean(axis=0)
    centred = l2_normalise(rows - mean)
    axes = slow_discriminants(centred, labels, min(size, 3))
    learnt = (rows - mean) @ axes
    learnt /= np.linalg.norm(learnt, axis=1, keepdims=True)
    fitted = fit.apply(rows)
    assert fitted.shape == (len(rows), min(size, 3) + 24)
    # Half of the similarity is learnt, half is that of the centred features.
    expected = 0.5 * learnt @ learnt.T + 0.5 * centred @ centred.T
    np.testing.assert_allclose(fitted @ fitted.T, expected, atol=2e-4)
    np.testing.assert_allclose(np.linalg.norm(fitted, axis=1), 1, atol=1e-5)


def test_what_was_learnt_from_folders_comes_back_as_it_was_saved() -> None:
    rows, labels = labelled(0)
    fit, file = learn_fit(rows, FitChoice.of("folders"), labels), io.BytesIO()
    fit.save(file)
    file.seek(0)
    again = Fit.load(file)
    assert (again.choice, again.share, again.images) == (FitChoice("folders", 64), 0.5, 60)
    np.testing.assert_array_equal(again.apply(rows), fit.apply(rows))


@pytest.mark.parametrize("labels", [[], ["a"] * 60, [None] * 60, list(map(str, range(60)))])
def test_folders_need_two_labels_of_two_images(labels: list[str | None]) -> None:
    rows, _ = labelled(0)
    with pytest.raises(ConfigurationError, match="at least two folders with two images each"):
        learn_fit(rows, FitChoice.of("folders"), labels or [None] * 60)


@pytest.mark.parametrize(
    ("kind", "size", "expected"),
    [
        ("none", None, FitChoice("none", 0)),
        ("centre", None, FitChoice("centre", 0)),
        ("folders", None, FitChoice("folders", 64)),
        ("folders", 1, FitChoice("folders", 1)),
    ],
)
def test_a_fit_has_a_default_size(kind: str, size: int | None, expected: FitChoice) -> None:
    assert FitChoice.of(kind, size) == expected


@pytest.mark.parametrize(
    ("kind", "size", "message"),
    [
        ("pca", None, "one of none, centre, neighbours, whiten, folders. Received: fit='pca'"),
        ("centre", 64, "Expected no size for the fit centre. Received: fit-size=64"),
        ("folders", 0, "from 1 to 512 for the fit folders. Received: fit-size=0"),
        ("whiten", 513, "Received: fit-size=513"),
    ],
)
def test_another_fit_is_refused(kind: str, size: int | None, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        FitChoice.of(kind, size)


def test_whitening_to_few_dimensions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(ConfigurationError, match="from 64 to 512 for the fit whiten"):
        FitChoice("whiten", 63)
