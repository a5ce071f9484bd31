"""The approximate index: what it finds, and how it follows a changing matrix."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.errors import ConfigurationError
from core.feature_store import FeaturesFolder
from core.model import l2_normalise
from core.search import ApproximateIndex, SearchIndexes, approximate, closest_rows
from core.search.inverted_lists import faiss
from core.types import Array, Rows

COUNT, WIDTH = 6_000, 32


def clustered(count: int = COUNT, seed: int = 0) -> Array:
    centres = np.random.default_rng(99).normal(size=(60, WIDTH))
    rng = np.random.default_rng(seed)
    rows = centres[rng.integers(60, size=count)] + 0.5 * rng.normal(size=(count, WIDTH))
    return l2_normalise(rows.astype(np.float32))


def saved(index: ApproximateIndex, folder: Path) -> Path:
    path = folder / "index.faiss"
    with path.open("wb") as file:
        index.save(file)
    return path


def recall(index: ApproximateIndex, matrix: Array, among: Rows | None = None) -> float:
    shares = []
    for query in clustered(40, seed=1):
        expected = closest_rows(matrix, query[None], 30, among=among)
        distances, rows = index.search(query[None], 30, among=among)
        shares.append(len(np.intersect1d(rows, expected[1])) / len(expected[1]))
        # What it finds has its real distance, nearest first.
        real = np.linalg.norm(matrix[rows] - query, axis=1)
        np.testing.assert_allclose(distances, real, rtol=1e-6)
        assert (np.diff(distances) >= 0).all()
    return float(np.mean(shares))


@pytest.fixture(scope="module")
def matrix() -> Array:
    return clustered()


@pytest.fixture(scope="module")
def index(matrix: Array) -> ApproximateIndex:
    return ApproximateIndex.of(matrix)


def test_nearly_all_of_the_closest_are_found(index: ApproximateIndex, matrix: Array) -> None:
    assert recall(index, matrix) >= 0.99
    assert index.recall() >= 0.99


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_nearly_all_of_the_closest_that_pass_a_filter_are_found(
    share: float, index: ApproximateIndex, matrix: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approximate, "_FEW", 0)
    passing = np.flatnonzero(np.random.default_rng(2).random(COUNT) < share)
    assert recall(index, matrix, passing) >= 0.99


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_nearly_all_that_are_near_all_of_several_are_found(
    share: float, index: ApproximateIndex, matrix: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approximate, "_FEW", 0)
    passing = None if share == 1 else np.flatnonzero(np.random.default_rng(2).random(COUNT) < share)
    near = matrix @ matrix.T
    shares = []
    for row in range(0, COUNT, 200):
        # A row near this one, one that is not, and both.
        third = int(np.argsort(-near[row])[20])
        for rows in ([row, third], [row, COUNT - 1 - row], [row, third, COUNT - 1 - row]):
            distances, found = index.search(matrix[rows], 30, among=passing)
            expected = closest_rows(matrix, matrix[rows], 30, among=passing)
            shares.append(len(np.intersect1d(found, expected[1])) / 30)
            real = np.linalg.norm(matrix[found][:, None] - matrix[rows], axis=2).max(axis=1)
            np.testing.assert_allclose(distances, real, rtol=1e-6)
    assert np.mean(shares) >= 0.99


def test_among_a_few_rows_the_answer_is_exact(index: ApproximateIndex, matrix: Array) -> None:
    passing = np.flatnonzero(np.random.default_rng(2).random(COUNT) < 0.01)
    assert recall(index, matrix, passing) == 1


def test_lists_that_hold_too_few_are_not_the_last_word(
    index: ApproximateIndex, matrix: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approximate, "_FEW", 0)
    monkeypatch.setattr(approximate, "_PROBES", 1e-9)
    rows = np.flatnonzero(matrix @ matrix[0] < 0)[:100]
    _, found = index.search(matrix[:1], 50, among=rows)
    expected = closest_rows(matrix, matrix[:1], 50, among=rows)[1]
    np.testing.assert_array_equal(found, expected)


def test_neighbours_are_the_nearest_other_rows(index: ApproximateIndex, matrix: Array) -> None:
    asked = np.arange(0, COUNT, 7)[::-1]
    rows, products = index.nearest(asked, 10)
    to_all = matrix[asked] @ matrix.T
    to_all[np.arange(len(asked)), asked] = -np.inf
    expected = np.sort(to_all, axis=1)[:, -10:][:, ::-1]
    assert np.mean(np.abs(products - expected) < 1e-5) > 0.98
    assert not (rows == asked[:, None]).any()
    assert (np.diff(products) <= 0).all()
    real = (matrix[rows] * matrix[asked][:, None]).sum(axis=2)
    np.testing.assert_allclose(products, real, atol=1e-6)


def test_fewer_rows_than_neighbours_leave_places_empty() -> None:
    matrix = np.eye(3, WIDTH, dtype=np.float32)
    index = ApproximateIndex.of(matrix)
    rows, products = index.nearest(np.array([1]), 5)
    assert sorted(rows[0].tolist()) == [-1, -1, -1, 0, 2]
    assert products[0].tolist() == [0, 0, -np.inf, -np.inf, -np.inf]


def test_a_saved_index_is_the_same(index: ApproximateIndex, matrix: Array, tmp_path: Path) -> None:
    again = ApproximateIndex.load(saved(index, tmp_path), matrix)
    for query in clustered(20, seed=3):
        for one, other in zip(
            index.search(query[None], 30),
            again.search(query[None], 30),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)


def test_a_damaged_file_and_another_matrix_are_refused(
    index: ApproximateIndex, matrix: Array, tmp_path: Path
) -> None:
    path = saved(index, tmp_path)
    with pytest.raises(ValueError, match="of another matrix"):
        ApproximateIndex.load(path, matrix[:100])
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="no index of FAISS"):
        ApproximateIndex.load(path, matrix)


def test_rows_come_and_go_without_new_lists(
    index: ApproximateIndex, matrix: Array, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = saved(index, tmp_path)
    kept = np.sort(np.random.default_rng(4).permutation(COUNT)[: COUNT - 300])
    new = clustered(500, seed=5)
    order = np.random.default_rng(6).permutation(len(kept) + len(new))
    grown = np.concatenate([matrix[kept], new])[order]
    old_rows = np.concatenate([kept, np.full(len(new), -1)])[order]
    with monkeypatch.context() as patch:
        patch.setattr(approximate, "make_lists", lambda _: pytest.fail("made new lists"))
        extended = ApproximateIndex.of(grown, old, old_rows)
    assert recall(extended, grown) >= 0.99
    # Again, from a file that holds rows that were gone before.
    half = np.flatnonzero(np.arange(len(grown)) % 11)
    path = saved(extended, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(approximate, "make_lists", lambda _: pytest.fail("made new lists"))
        again = ApproximateIndex.of(grown[half], path, half)
    assert recall(again, grown[half]) >= 0.99


@pytest.mark.parametrize("change", ["grown", "shrunk"])
def test_a_gallery_that_became_another_gets_new_lists(
    change: str, index: ApproximateIndex, matrix: Array, tmp_path: Path
) -> None:
    old = saved(index, tmp_path)
    grown = clustered(4 * COUNT, seed=7)
    now, old_rows = {
        "grown": (grown, np.full(len(grown), -1)),
        "shrunk": (matrix[: COUNT // 2], np.arange(COUNT // 2)),
    }[change]
    found, fresh = io.BytesIO(), io.BytesIO()
    ApproximateIndex.of(now, old, old_rows).save(found)
    ApproximateIndex.of(now).save(fresh)
    assert found.getvalue() == fresh.getvalue()


def indexes_of(kind: str, folder: Path) -> SearchIndexes:
    return SearchIndexes(Settings(features=folder, index=kind), FeaturesFolder(folder))


def test_a_gallery_gets_one_from_a_size_on(tmp_path: Path) -> None:
    assert not indexes_of("auto", tmp_path).wanted(99_999)
    assert indexes_of("auto", tmp_path).wanted(100_000)
    assert indexes_of("approximate", tmp_path).wanted(1)
    assert not indexes_of("exact", tmp_path).wanted(10**9)
    with pytest.raises(ConfigurationError, match="Received: index='fast'"):
        indexes_of("fast", tmp_path)


def test_without_faiss_nothing_changes_and_asking_for_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    faiss.cache_clear()
    auto = indexes_of("auto", tmp_path)
    auto.check()
    assert not auto.wanted(10**6)
    with pytest.raises(ConfigurationError, match=r"Run: pip install -r requirements-large\.txt"):
        indexes_of("approximate", tmp_path).check()
