"""How an index is published, replaced and repaired."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import FeatureStoreError
from core.feature_store import FeatureStore
from core.feature_store.store import KEPT_GENERATIONS
from core.model import WHITEN
from tests.feature_store.records import DIMENSION, NAMES, cut, feature, publish, records


def test_generations_rise_and_old_ones_are_swept(filled: FeatureStore) -> None:
    marks = {filled.publication_id()}
    for expected in range(1, 6):
        assert publish(filled, records(), WHITEN) == expected
        snapshot = filled.snapshot()
        assert snapshot is not None
        assert snapshot.generation == expected
        marks.add(filled.publication_id())
    assert len(marks) == 6
    for kind in ("matrix-*.npy", "fit-*.npz", "distances-*.npz", "neighbours-*.npz"):
        left = sorted(path.name for path in filled.folder.glob(kind))
        assert left == [kind.replace("*", f"{number:06}") for number in (4, 5)]
        assert len(left) == KEPT_GENERATIONS


def test_a_snapshot_stays_as_it_is_while_newer_ones_are_published(filled: FeatureStore) -> None:
    publish(filled, records())
    old = filled.snapshot()
    assert old is not None
    before = np.array(old.matrix)
    for seed, name in enumerate(NAMES):
        filled.save(name, feature(100 + seed))
    for _ in range(3):
        publish(filled, records(first=100), reuse=False)
    np.testing.assert_array_equal(old.matrix, before)
    newest = filled.snapshot()
    assert newest is not None
    np.testing.assert_array_equal(newest.matrix[0], feature(100))


def test_rows_are_reused_only_where_path_and_content_are_the_same(filled: FeatureStore) -> None:
    publish(filled, records())
    for seed, name in enumerate(NAMES):
        filled.save(name, feature(100 + seed))
    # One with other content, one whose feature was made anew.
    content = replace(records(first=100)[0], id="f" * 32)
    publish(filled, (content, records(first=100)[1], *records()[2:]))
    snapshot = filled.snapshot()
    assert snapshot is not None
    expected = [feature(100), feature(101), feature(2), feature(3)]
    np.testing.assert_array_equal(snapshot.matrix, expected)


def test_a_feature_that_is_not_the_recorded_one_is_never_published(filled: FeatureStore) -> None:
    filled.save("b.jpg", np.zeros(DIMENSION, np.float32))
    with pytest.raises(FeatureStoreError, match=r"expected that of 'b\.jpg'.*doctor --repair"):
        publish(filled, records())
    assert filled.snapshot() is None
    filled.save("b.jpg", feature(1))
    publish(filled, records())
    (extracted,) = filled.folder.glob("extracted-*")
    content = bytearray(extracted.read_bytes())
    content[-4 * DIMENSION :] = bytes(4 * DIMENSION)
    extracted.write_bytes(content)
    filled.save("cats/1.png", feature(2))
    with pytest.raises(FeatureStoreError, match=r"expected that of 'cats/1\.png'"):
        publish(filled, records())
    assert filled.publication_id() is not None


def test_a_feature_is_told_from_others_of_the_same_size(filled: FeatureStore) -> None:
    image = records()[0]
    np.testing.assert_array_equal(filled.load_checked(image), feature(0))
    assert filled.is_sound(image)
    path = filled.array_path(image.path)
    for damaged in (
        bytes(path.stat().st_size),
        path.read_bytes()[:-DIMENSION] + bytes(DIMENSION),
        filled.array_path("b.jpg").read_bytes(),
    ):
        path.write_bytes(damaged)
        assert filled.has(image.path)
        assert not filled.is_sound(image)
    path.unlink()
    assert not filled.is_sound(image)


def edit_index(**changes: Any) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        content = json.loads((folder / "index.json").read_text())
        (folder / "index.json").write_text(json.dumps(content | changes))

    return edit


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "index.json").write_text(""),
        lambda folder: (folder / "index.json").write_text("[]"),
        lambda folder: (folder / "index.json").write_text("{}"),
        lambda folder: (folder / "index.json").write_bytes(b"\xff\xfe{"),
        lambda folder: cut(folder / "index.json", 100),
        edit_index(version=99),
        edit_index(space={"model": "vgg16"}),
        edit_index(images=[["a.jpg"]]),
        edit_index(images=[]),
        edit_index(generation="one"),
        lambda folder: (folder / "matrix-000001.npy").unlink(),
        lambda folder: cut(folder / "matrix-000001.npy", 0),
        lambda folder: cut(folder / "matrix-000001.npy", 100),
        lambda folder: cut(folder / "matrix-000001.npy", 200),
        lambda folder: (folder / "matrix-000001.npy").write_text("not a matrix"),
        lambda folder: np.save(folder / "matrix-000001.npy", np.zeros((3, DIMENSION), np.float32)),
        lambda folder: np.save(folder / "matrix-000001.npy", np.zeros((4, 2), np.float32)),
        lambda folder: np.save(folder / "matrix-000001.npy", np.zeros((4, DIMENSION), np.float64)),
    ],
    ids=[
        *("empty", "list", "no-keys", "no-utf8", "cut", "newer", "space", "row", "fewer"),
        *("generation", "no-matrix", "empty-matrix", "cut-header", "cut-matrix", "text-matrix"),
        *("rows", "columns", "double"),
    ],
)
def test_a_damaged_index_is_an_error_and_publishing_repairs_it(
    filled: FeatureStore, damage: Callable[[Path], Any]
) -> None:
    publish(filled, records())
    damage(filled.folder)
    with pytest.raises(FeatureStoreError) as caught:
        filled.snapshot()
    assert str(filled.folder / "index.json") in str(caught.value)
    assert "\n" not in str(caught.value)
    publish(filled, records())
    snapshot = filled.snapshot()
    assert snapshot is not None
    assert snapshot.images == records()
    for row, name in enumerate(NAMES):
        np.testing.assert_array_equal(snapshot.matrix[row], filled.load(name))


def test_publishing_that_fails_leaves_the_old_index(filled: FeatureStore) -> None:
    publish(filled, records())
    filled.array_path("b.jpg").unlink()
    with pytest.raises(FeatureStoreError):
        publish(filled, records(), reuse=False)
    snapshot = filled.snapshot()
    assert snapshot is not None
    assert snapshot.generation == 1
    assert not list(filled.folder.glob("*.tmp")) + list(filled.folder.glob(".*"))


def test_files_of_other_programs_do_not_stop_a_publication(filled: FeatureStore) -> None:
    publish(filled, records())
    stranger = filled.folder / "matrix-000001 (copy).npy"
    stranger.write_text("a copy that a sync program made")
    assert publish(filled, records()) == 2
    assert stranger.exists()
