"""Fits learnt on a gallery, against scikit-learn and slow references."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA

from core.errors import ConfigurationError
from core.model import Fit, FitChoice, Lesson, fits, learn_fit
from core.model.fitting import FOLDERS_SHARE
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
    monkeypatch.setitem(fits.SIZES, "whiten", (1, 512, 256))


def whiten(rows: Array, dimension: int) -> Fit:
    return learn_fit(rows, FitChoice("whiten", dimension))


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
    # Copies of one picture, and a single number, have no axes.
    assert whitening.dimension == (width if whitening.axes is None else min(dimension, width))
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
    assert again.choice == whitening.choice
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
    assert (fit.dimension, fit.images) == (24, 9)
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


def slow_folders(rows: Array, labels: list[str | None], size: int) -> np.ndarray:
    """What the fit multiplies centred rows with, by loops over pairs of rows."""
    width, count = rows.shape[1], len(rows)
    exact = rows.astype(float)
    folders, pairs = np.zeros((width, width)), 0.0
    for name in {label for label in labels if label}:
        group = [row for row, label in zip(exact, labels, strict=True) if label == name]
        # Pairs of a large folder count less: a folder counts by its pictures, less one.
        weight = 1 / len(group)
        for number, row in enumerate(group):
            for other in group[:number]:
                folders += weight * np.outer(row - other, row - other)
        pairs += len(group) - 1
    folders /= pairs
    near = np.zeros((width, width))
    for row in exact:
        for other in sorted(exact, key=lambda other, row=row: -(row @ other))[1:6]:
            near += np.outer(row - other, row - other) / (2 * 5 * count)
    known = sum(label is not None for label in labels)
    share = FOLDERS_SHARE * (known / count) ** 0.5
    within = share * folders + (1 - share) * near
    within = 0.9 * within + 0.1 * np.trace(within) / width * np.eye(width)
    ratios, vectors = scipy.linalg.eigh(np.cov(exact.T, bias=True), within)
    # With so few rows each direction has some weight.
    weights = [max(1 - 1 / ratio, width / (2 * count)) for ratio in ratios[::-1][:size]]
    return vectors[:, ::-1][:, : len(weights)] * weights


@pytest.mark.parametrize("size", [1, 2, 64])
@pytest.mark.parametrize("seed", range(3))
def test_folders_teach_together_with_neighbours(seed: int, size: int) -> None:
    rows, labels = labelled(seed)
    fit = learn_fit(rows, FitChoice("folders", size), labels)
    mean = rows.mean(axis=0)
    learnt = (rows - mean) @ slow_folders(l2_normalise(rows - mean), labels, size)
    learnt /= np.linalg.norm(learnt, axis=1, keepdims=True)
    fitted = fit.apply(rows)
    np.testing.assert_allclose(fitted @ fitted.T, learnt @ learnt.T, atol=2e-4)


def test_folders_tell_apart_what_they_hold_also_pictures_that_did_not_teach() -> None:
    rows, labels = labelled(0, count=400)
    asked, names = labelled(1, count=200)
    agreement = {}
    for kind in ("neighbours", "folders"):
        fit = learn_fit(rows, FitChoice.of(kind), labels)
        nearest = np.argmax(fit.apply(asked) @ fit.apply(rows).T, axis=1)
        agreement[kind] = np.mean(
            [labels[row] == name for row, name in zip(nearest, names, strict=True) if name]
        )
    assert agreement["folders"] > agreement["neighbours"] + 0.1


def test_a_few_labels_weigh_less_than_many() -> None:
    rows, labels = labelled(0, count=200)
    alone = learn_fit(rows, FitChoice("neighbours", 16)).apply(rows)
    apart = []
    for count in (8, 200):
        known = [label if row < count else None for row, label in enumerate(labels)]
        fitted = learn_fit(rows, FitChoice("folders", 16), known).apply(rows)
        apart.append(np.abs(fitted @ fitted.T - alone @ alone.T).mean())
    assert apart[0] < apart[1]


def test_a_fit_comes_back_as_it_was_saved() -> None:
    rows, labels = labelled(0)
    fit, file = learn_fit(rows, FitChoice.of("folders"), labels), io.BytesIO()
    fit = dataclasses.replace(fit, taught=np.arange(60, dtype=np.uint64))
    fit.save(file)
    file.seek(0)
    again = Fit.load(file)
    assert (again.choice, again.images) == (FitChoice("folders"), 60)
    assert again.digest == fit.digest
    np.testing.assert_array_equal(again.apply(rows), fit.apply(rows))
    np.testing.assert_array_equal(again.taught, fit.taught)


def test_fits_have_the_same_digest_where_they_do_the_same() -> None:
    rows = features(60)
    same = {learn_fit(some, FitChoice("none")).digest for some in (rows, rows[:50])}
    assert len(same) == 1
    others = {learn_fit(some, FitChoice("centre")).digest for some in (rows, rows[:50])}
    assert len(others | same) == 3


def test_a_fit_that_an_older_version_learnt_from_folders_goes_on() -> None:
    rows, _ = labelled(0)
    mean, axes = rows.mean(axis=0), np.random.default_rng(0).normal(size=(24, 3))
    file = io.BytesIO()
    older = {"kind": "folders", "size": 3, "share": 0.5, "images": 60}
    np.savez(file, mean=mean, axes=axes.astype(np.float32), **older)
    file.seek(0)
    fit = Fit.load(file)
    centred = l2_normalise(rows - mean)
    learnt = l2_normalise((rows - mean) @ axes.astype(np.float32))
    fitted = fit.apply(rows)
    assert (fitted.shape, fit.dimension, len(fit.taught)) == ((60, 27), 27, 0)
    expected = 0.5 * learnt @ learnt.T + 0.5 * centred @ centred.T
    np.testing.assert_allclose(fitted @ fitted.T, expected, atol=1e-5)
    linear, constant = fit.linear(rows[0])
    np.testing.assert_allclose(rows[0] @ linear + constant, fitted[0], atol=1e-5)


@pytest.mark.parametrize("kind", ["none", "centre", "neighbours", "whiten", "folders"])
def test_distances_of_pictures_that_were_held_out_are_those_of_new_pictures(kind: str) -> None:
    rows, labels = labelled(0, count=600)
    asked, _ = labelled(1, count=300)
    choice = FitChoice.of(kind, 16 if kind == "whiten" else None)
    held_out = Lesson(rows, labels).held_out(choice)
    assert (len(held_out), held_out.dtype) == (500, np.float32)
    assert (np.diff(held_out) >= 0).all()
    fit = learn_fit(rows, choice, labels)
    nearest = np.sqrt(np.maximum(2 - 2 * fit.apply(asked) @ fit.apply(rows).T, 0)).min(axis=1)
    refused = (nearest > np.quantile(held_out, 0.95)).mean()
    assert 0.005 < refused < 0.12


def test_copies_of_a_picture_that_is_held_out_do_not_count() -> None:
    rows, _ = labelled(0, count=100)
    alone = Lesson(rows).held_out(FitChoice("none"))
    twice = Lesson(np.concatenate([rows, rows])).held_out(FitChoice("none"))
    assert twice[0] > 0
    assert abs(np.median(twice) - np.median(alone)) < 0.05
    assert Lesson(np.repeat(rows[:1], 9, axis=0)).held_out(FitChoice("none")).size == 0
    assert Lesson(rows[:1]).held_out(FitChoice("none")).size == 0


@pytest.mark.parametrize("labels", [[], ["a"] * 60, [None] * 60, list(map(str, range(60)))])
def test_labels_need_two_images_with_one_and_others_without_it(labels: list[str | None]) -> None:
    rows, _ = labelled(0)
    with pytest.raises(ConfigurationError, match="two images with the same one"):
        learn_fit(rows, FitChoice.of("folders"), labels or [None] * 60)


@pytest.mark.parametrize(
    ("kind", "size", "expected"),
    [
        ("none", None, FitChoice("none", 0)),
        ("centre", None, FitChoice("centre", 0)),
        ("folders", None, FitChoice("folders", 0)),
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
        ("folders", 513, "from 1 to 512 for the fit folders. Received: fit-size=513"),
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
