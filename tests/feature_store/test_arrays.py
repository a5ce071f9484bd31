"""One array an image: saved, read, removed, and refused where it is damaged."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FeatureStoreError
from core.feature_store import FeatureStore
from core.feature_store import store as store_module
from core.model.pooling import l2_normalise
from core.types import Array
from tests.fakes import FAKE_SPACE
from tests.feature_store.records import DIMENSION, NAMES, SEGMENT, feature, publish, record, records


@given(segments=st.lists(SEGMENT, min_size=1, max_size=3), seed=st.integers(0, 9))
def test_a_feature_comes_back_as_it_was_saved(
    tmp_path_factory: pytest.TempPathFactory, segments: list[str], seed: int
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store = FeatureStore(folder, library=folder, space=FAKE_SPACE)
    image = "/".join(segments)
    store.save(image, feature(seed))
    np.testing.assert_array_equal(store.load(image), feature(seed))
    (file,) = [path for path in folder.rglob("*") if path.is_file()]
    assert file == store.array_path(image)
    assert file.relative_to(folder / "arrays").as_posix() == f"{image}.npy"
    np.testing.assert_array_equal(np.load(file, allow_pickle=False), feature(seed))
    store.remove([image])
    assert list((folder / "arrays").iterdir()) == []


def test_what_the_same_pass_gave_for_others_comes_back(store: FeatureStore) -> None:
    others = {name: feature(seed) for seed, name in enumerate(("max", "gem", "crow", "rmac"), 1)}
    mark = store.save("a.jpg", feature(0), others)
    image = replace(record("a.jpg"), checksum=mark)
    found = store.load_all(image)
    assert list(found) == ["avg", "max", "gem", "crow", "rmac"]
    for name, expected in {"avg": feature(0), **others}.items():
        np.testing.assert_array_equal(found[name], expected)
    # The feature is what other programs see.
    np.testing.assert_array_equal(
        np.load(store.array_path("a.jpg"), allow_pickle=False), feature(0)
    )


def test_a_feature_alone_has_no_others(store: FeatureStore) -> None:
    image = replace(record("a.jpg"), checksum=store.save("a.jpg", feature(0)))
    assert list(store.load_all(image)) == ["avg"]
    assert store.has("a.jpg")


def test_a_file_whose_end_is_lost_or_other_is_noticed(tmp_path: Path) -> None:
    space = replace(FAKE_SPACE, dimension=512)
    store = FeatureStore(tmp_path / "store", library=tmp_path, space=space)
    rows = l2_normalise(np.random.default_rng(0).normal(size=(5, 512)).astype(np.float32))
    others = dict(zip(("max", "gem", "crow", "rmac"), rows[1:], strict=True))
    image = replace(record("a.jpg"), checksum=store.save("a.jpg", rows[0], others))
    assert store.has("a.jpg")
    content = store.array_path("a.jpg").read_bytes()
    store.array_path("a.jpg").write_bytes(content[:-100])
    assert not store.has("a.jpg")
    flipped = bytearray(content)
    flipped[-3000] ^= 255
    store.array_path("a.jpg").write_bytes(flipped)
    assert store.has("a.jpg")
    np.testing.assert_array_equal(store.load_checked(image), rows[0])
    with pytest.raises(FeatureStoreError, match="not the features that were saved"):
        store.load_all(image)


def test_images_that_differ_in_their_extension_do_not_collide(store: FeatureStore) -> None:
    store.save("cats/001.jpg", feature(1))
    store.save("cats/001.png", feature(2))
    np.testing.assert_array_equal(store.load("cats/001.jpg"), feature(1))
    np.testing.assert_array_equal(store.load("cats/001.png"), feature(2))
    names = sorted(path.name for path in (store.folder / "arrays" / "cats").iterdir())
    assert names == ["001.jpg.npy", "001.png.npy"]


def test_a_saved_feature_replaces_the_one_before(store: FeatureStore) -> None:
    store.save("a.jpg", feature(1))
    store.save("a.jpg", feature(2))
    np.testing.assert_array_equal(store.load("a.jpg"), feature(2))


def test_removing_takes_the_empty_folders_along_and_nothing_else(filled: FeatureStore) -> None:
    filled.save("cats/old/grey/1.jpg", feature(1))
    filled.remove(["cats/old/grey/1.jpg", "cats/1.jpg"])
    arrays = filled.folder / "arrays"
    left = sorted(path.relative_to(arrays).as_posix() for path in arrays.rglob("*"))
    assert left == ["a.jpg.npy", "b.jpg.npy", "cats", "cats/1.png.npy"]


def test_removing_what_was_never_saved_does_nothing(filled: FeatureStore) -> None:
    filled.remove(["never.jpg", "no/such/folder.jpg", "cats/never.jpg"])
    for name in NAMES:
        assert filled.array_path(name).exists()


def test_removing_from_an_empty_store_does_nothing(store: FeatureStore) -> None:
    store.remove(["never.jpg", "no/such/folder.jpg"])
    assert not store.folder.exists()


def saved(array: object, **options: Any) -> Callable[[Path], None]:
    return lambda path: np.save(path, array, **options)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("not an array"),
        lambda path: path.write_bytes(path.read_bytes()[:-3]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"}", b"(", 1)),
        lambda path: path.write_bytes(b"PK\x03\x04"),
        saved(np.zeros(DIMENSION + 1, np.float32)),
        saved(np.zeros((1, DIMENSION), np.float32)),
        saved(np.zeros(DIMENSION, np.float64)),
        saved(np.array([{}] * DIMENSION), allow_pickle=True),
        lambda path: np.savez(path.open("wb"), np.zeros(DIMENSION, np.float32)),
        lambda path: path.unlink() or path.mkdir(),
    ],
    ids=[
        *("missing", "empty", "text", "cut", "header", "half-a-zip", "longer", "table", "double"),
        *("pickle", "zip", "folder"),
    ],
)
def test_a_damaged_array_is_an_error_that_names_it(
    filled: FeatureStore, damage: Callable[[Path], Any]
) -> None:
    path = filled.array_path("cats/1.jpg")
    damage(path)
    with pytest.raises(FeatureStoreError) as caught:
        filled.load("cats/1.jpg")
    assert str(path) in str(caught.value)
    with pytest.raises(FeatureStoreError):
        publish(filled, records())
    assert filled.snapshot() is None


def test_two_threads_that_parse_at_the_same_time_are_no_damage(
    filled: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = filled.load("cats/1.jpg")
    read, failed = store_module.read_feature, []

    def mixed_up(file: BinaryIO) -> Array:
        # As in Python 3.11, which cannot be made to do it at will.
        if not failed:
            failed.append(file.read(7))
            raise SystemError("AST constructor recursion depth mismatch (before=45, after=40)")
        return read(file)

    monkeypatch.setattr(store_module, "read_feature", mixed_up)
    np.testing.assert_array_equal(filled.load("cats/1.jpg"), expected)
    assert failed


@given(edits=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=4))
def test_an_array_with_flipped_bytes_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store = FeatureStore(folder, library=folder, space=FAKE_SPACE)
    store.save("a.jpg", feature(1))
    content = bytearray(store.array_path("a.jpg").read_bytes())
    for place, value in edits:
        content[place % 128] = value
    store.array_path("a.jpg").write_bytes(content)
    with contextlib.suppress(FeatureStoreError):
        assert store.load("a.jpg").shape == (DIMENSION,)
