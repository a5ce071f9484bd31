"""The features folder: arrays, catalog, published index, and who writes."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.atomic import atomic_write
from core.errors import BusyError, FeatureStoreError, LibraryError
from core.feature_store import Catalog, FeaturesFolder, FeatureStore, find_damage
from core.feature_store import publish as publish_index
from core.feature_store.arrays import checksum
from core.feature_store.distances import Distances
from core.feature_store.store import KEPT_GENERATIONS
from core.feature_store.variety import most_different
from core.model import CENTRE, FOLDERS, NONE, WHITEN, Chosen, FitChoice, fitting, learn_fit
from core.model.pooling import l2_normalise
from core.types import Array, Drive, ImageRecord, IndexReport, Skipped
from tests.fakes import FAKE_SPACE

ROOT = Path(__file__).parents[2]
DIMENSION = FAKE_SPACE.dimension
NAMES = ("a.jpg", "b.jpg", "cats/1.jpg", "cats/1.png")
AsUser = Callable[[Callable[[], Any]], Any]

# Any name that a file of an image can have: no slash, no zero, no surrogates, not too long.
SEGMENT = (
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)
    .filter(lambda name: name not in (".", ".."))
    .filter(lambda name: len(name.encode()) <= 251)
)


def feature(seed: int) -> Array:
    numbers = np.random.default_rng(seed).normal(size=DIMENSION)
    return (numbers / np.linalg.norm(numbers)).astype(np.float32)


def record(path: str, *, content: int = 0) -> ImageRecord:
    return ImageRecord(path, 10, 1_700_000_000_000_000_000, f"{content:032x}", 64, 48, None)


def report(**changes: Any) -> IndexReport:
    values: dict[str, Any] = {
        "library": "/library",
        "images": 4,
        "extracted": 4,
        "unchanged": 0,
        "moved": 0,
        "removed": 0,
        "skipped": (Skipped("bad.jpg", "the file is empty"),),
        "seconds": 1.5,
        "images_per_second": 2.5,
        "space": FAKE_SPACE,
        "dimension": DIMENSION,
        "generation": 1,
    }
    return IndexReport(**(values | changes))


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "store", library=tmp_path / "library", space=FAKE_SPACE)


@pytest.fixture
def filled(store: FeatureStore) -> FeatureStore:
    """A store with the features of ``NAMES``, not yet published."""
    for seed, name in enumerate(NAMES):
        store.save(name, feature(seed))
    return store


def records(first: int = 0) -> tuple[ImageRecord, ...]:
    """The records of ``NAMES`` with the features from a number on."""
    return tuple(
        replace(record(name, content=number), checksum=checksum(feature(first + number)))
        for number, name in enumerate(NAMES)
    )


# One array an image


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


# The published index


def publish(
    store: FeatureStore, images: tuple[ImageRecord, ...], kind: str = NONE, **options: Any
) -> int:
    return publish_index(store, images, FitChoice.of(kind), **options)


def test_nothing_is_published_at_first(store: FeatureStore, filled: FeatureStore) -> None:
    assert filled.snapshot() is None
    assert filled.publication_id() is None


def test_a_published_index_has_a_row_for_each_image_in_order(filled: FeatureStore) -> None:
    images = records()
    assert publish(filled, images) == 1
    snapshot = filled.snapshot()
    assert snapshot is not None
    assert snapshot.images == images
    assert (snapshot.library, snapshot.space) == (filled.library, filled.space)
    assert snapshot.matrix.dtype == np.float32
    for row, image in enumerate(images):
        np.testing.assert_array_equal(snapshot.matrix[row], filled.load(image.path))
    assert [snapshot.images.row_of_path(image.path) for image in images] == list(range(len(images)))


def test_the_matrix_is_mapped_not_read(filled: FeatureStore) -> None:
    publish(filled, records())
    snapshot = filled.snapshot()
    assert snapshot is not None
    assert isinstance(snapshot.matrix, np.memmap)


def test_an_index_is_read_without_its_rows_where_a_server_has_them(filled: FeatureStore) -> None:
    publish(filled, records(), WHITEN)
    whole = filled.snapshot()
    assert whole is not None
    for kind in ("matrix", "neighbours"):
        next(filled.folder.glob(f"{kind}-*")).unlink()
    found = filled.snapshot(needs_rows=False)
    assert found is not None
    assert (found.images, found.rows, found.neighbours) == (whole.images, None, None)
    np.testing.assert_array_equal(found.distances.pairs, whole.distances.pairs)
    features = np.stack([filled.load(image.path) for image in whole.images])
    np.testing.assert_array_equal(found.process(features), whole.process(features))
    with pytest.raises(FeatureStoreError) as caught:
        found.matrix  # noqa: B018
    assert str(caught.value) == (
        "The rows of the index are not on this computer: expected matrix-000001.npy beside its "
        "index.json. Received: none. Copy it here, or do this on the computer that indexes."
    )
    with pytest.raises(FeatureStoreError, match=r"matrix-000001\.npy beside .* with --index-url"):
        filled.snapshot()


@pytest.mark.parametrize("kind", ["fit", "images"])
def test_an_index_without_its_small_files_is_an_error(filled: FeatureStore, kind: str) -> None:
    publish(filled, records(), WHITEN)
    (filled.folder / f"{kind}-000001.npz").unlink()
    with pytest.raises(FeatureStoreError, match=f"expected {kind}-000001.npz beside "):
        filled.snapshot(needs_rows=False)


def test_rows_that_are_there_must_be_sound_also_beside_a_server(filled: FeatureStore) -> None:
    publish(filled, records())
    cut(filled.folder / "matrix-000001.npy", 100)
    with pytest.raises(FeatureStoreError, match="index cannot be read"):
        filled.snapshot(needs_rows=False)


def test_an_id_stands_for_the_first_of_identical_images(filled: FeatureStore) -> None:
    publish(filled, tuple(replace(image, id=f"{7:032x}") for image in records()))
    snapshot = filled.snapshot()
    assert snapshot is not None
    assert snapshot.with_id(f"{7:032x}") == snapshot.images[0]


@pytest.mark.parametrize("kind", [CENTRE, WHITEN, FOLDERS])
def test_a_matrix_holds_the_fitted_rows_and_the_arrays_stay(
    kind: str, filled: FeatureStore
) -> None:
    labels = ["a", "a", "b", "b"]
    chosen = Chosen("gem", FitChoice.of(kind), "labels.csv", "neighbourhood")
    publish(filled, records(), kind, labels=labels, chosen=chosen)
    snapshot = filled.snapshot()
    assert snapshot is not None
    assert (snapshot.chosen, filled.chosen) == (chosen, chosen)
    features = np.stack([feature(seed) for seed in range(len(NAMES))])
    expected = learn_fit(features, FitChoice.of(kind), labels)
    assert snapshot.fit.choice == FitChoice.of(kind)
    np.testing.assert_allclose(snapshot.matrix, expected.apply(features), atol=1e-5)
    np.testing.assert_allclose(snapshot.process(features), snapshot.matrix, atol=1e-6)
    assert snapshot.neighbours is not None
    assert snapshot.neighbours.rows.shape == (len(NAMES), len(NAMES) - 1)
    for seed, name in enumerate(NAMES):
        np.testing.assert_array_equal(filled.load(name), feature(seed))
    with filled.catalog() as catalog:
        catalog.add_images(records())
    assert find_damage(filled) == ()
    matrix = np.lib.format.open_memmap(filled.folder / "matrix-000001.npy", mode="r+")
    matrix[2, 0] += 0.01
    matrix.flush()
    assert [damage.what for damage in find_damage(filled)] == ["index.json"]


def test_a_fit_stays_until_a_rebuild_or_until_the_gallery_has_doubled(
    filled: FeatureStore,
) -> None:
    def mean(count: int, **options: Any) -> Array:
        publish(filled, images[:count], CENTRE, **options)
        snapshot = filled.snapshot()
        assert snapshot is not None
        features = np.stack([feature(seed) for seed in range(count)])
        np.testing.assert_allclose(snapshot.matrix, snapshot.process(features), atol=1e-5)
        return snapshot.fit.mean

    images = tuple(
        replace(
            record(f"{seed:02}.jpg", content=seed),
            checksum=filled.save(f"{seed:02}.jpg", feature(seed)),
        )
        for seed in range(20)
    )
    first = mean(9)
    np.testing.assert_array_equal(mean(10), first)
    rebuilt = mean(10, reuse=False)
    assert not np.array_equal(rebuilt, first)
    np.testing.assert_array_equal(mean(19), rebuilt)
    assert not np.array_equal(mean(20), rebuilt)


def test_rows_that_keep_their_fit_are_copied_only_from_a_sound_matrix(
    filled: FeatureStore,
) -> None:
    publish(filled, records(), CENTRE)
    before = filled.snapshot()
    assert before is not None
    expected = np.array(before.matrix)
    # Without its array, a row can only come from the matrix.
    filled.array_path("b.jpg").unlink()
    publish(filled, records(), CENTRE)
    again = filled.snapshot()
    assert again is not None
    np.testing.assert_array_equal(again.matrix, expected)
    matrix = np.lib.format.open_memmap(filled.folder / "matrix-000002.npy", mode="r+")
    matrix[3, 0] += 0.5
    matrix.flush()
    with pytest.raises(FeatureStoreError):
        publish(filled, records(), CENTRE)
    filled.save("b.jpg", feature(1))
    publish(filled, records(), CENTRE)
    mended = filled.snapshot()
    assert mended is not None
    np.testing.assert_allclose(mended.matrix, expected, atol=1e-6)


def test_a_fit_comes_and_goes_with_a_publication(filled: FeatureStore) -> None:
    for kind in (NONE, WHITEN, CENTRE, NONE):
        publish(filled, records(), kind)
        snapshot = filled.snapshot()
        assert snapshot is not None
        assert snapshot.fit.choice.kind == kind
    np.testing.assert_array_equal(snapshot.matrix[0], feature(0))


@pytest.mark.parametrize("whiten", [0, DIMENSION])
def test_an_index_of_version_2_is_read_and_replaced(
    whiten: int, filled: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(fitting.SIZES, WHITEN, (1, 512, DIMENSION))
    publish(filled, records(), WHITEN if whiten else NONE)
    published = filled.snapshot()
    assert published is not None
    content = json.loads((filled.folder / "index.json").read_bytes())
    for name in ("chosen", "matrix_digest"):
        del content[name]
    content |= {
        "version": 2,
        "whiten": whiten,
        "images": [dataclasses.astuple(image) for image in published.images],
    }
    (filled.folder / "index.json").write_text(json.dumps(content))
    if whiten:
        old = published.fit
        np.savez(
            filled.folder / "whitening-000001.npz", mean=old.mean, axes=old.axes, images=old.images
        )
    (filled.folder / "fit-000001.npz").unlink()
    (filled.folder / "neighbours-000001.npz").unlink()
    snapshot = filled.snapshot()
    assert snapshot is not None
    fit = FitChoice(WHITEN, whiten) if whiten else None
    assert (snapshot.chosen, snapshot.neighbours) == (Chosen(None, fit), None)
    rows = np.stack([feature(seed) for seed in range(len(NAMES))])
    np.testing.assert_allclose(snapshot.process(rows), published.matrix, atol=1e-6)
    assert publish(filled, records(), CENTRE) == 2
    newest = filled.snapshot()
    assert newest is not None
    assert newest.neighbours is not None


def test_an_index_holds_the_images_that_differ_most(filled: FeatureStore) -> None:
    publish(filled, records())
    snapshot = filled.snapshot()
    assert snapshot is not None
    expected = most_different(np.asarray(snapshot.matrix)).tolist()
    assert snapshot.different is not None
    assert snapshot.variety.tolist() == snapshot.different.tolist() == expected
    (filled.folder / "variety-000001.npy").unlink()
    old = filled.snapshot()
    assert old is not None
    assert old.different is None
    assert old.variety.tolist() == expected


def test_an_index_holds_distances_between_its_rows(filled: FeatureStore) -> None:
    publish(filled, records())
    snapshot = filled.snapshot()
    assert snapshot is not None
    expected = Distances.between(np.asarray(snapshot.matrix))
    np.testing.assert_array_equal(snapshot.distances.pairs, expected.pairs)
    np.testing.assert_array_equal(snapshot.distances.neighbours, expected.neighbours)
    (filled.folder / "distances-000001.npz").unlink()
    old = filled.snapshot()
    assert old is not None
    assert old.distances.pairs.size == 0


@pytest.mark.parametrize("kind", ["fit", "distances", "neighbours"])
@pytest.mark.parametrize("content", [b"", b"PK\3\4 no archive", b"\x93NUMPY no array"])
def test_a_damaged_companion_of_the_matrix_is_an_error(
    filled: FeatureStore, kind: str, content: bytes
) -> None:
    publish(filled, records(), WHITEN)
    (filled.folder / f"{kind}-000001.npz").write_bytes(content)
    with pytest.raises(FeatureStoreError, match="index cannot be read"):
        filled.snapshot()
    publish(filled, records(), WHITEN)
    assert filled.snapshot() is not None


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
    (matrix,) = filled.folder.glob("matrix-*")
    content = bytearray(matrix.read_bytes())
    content[-4 * DIMENSION :] = bytes(4 * DIMENSION)
    matrix.write_bytes(content)
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


def cut(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])


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


# The catalog


def catalog_of(folder: Path) -> Catalog:
    folder.mkdir(parents=True, exist_ok=True)
    return Catalog(folder / "catalog.sqlite")


def test_images_of_the_catalog_come_back_in_the_order_of_their_paths(tmp_path: Path) -> None:
    images = [
        ImageRecord("b.jpg", 2**40, -1, "0" * 32, 1, 2, "2024-05-06T07:08:09"),
        ImageRecord("a/new\nline.jpg", 0, 2**62, "1" * 32, 3, 4, None),
        *(record(name) for name in ("é.jpg", "🌸.jpg", "Z.jpg", "a.jpg", "\uffff.jpg")),
    ]
    with catalog_of(tmp_path) as catalog:
        catalog.add_images(images[:1])
        catalog.add_images(images[1:])
    with catalog_of(tmp_path) as catalog:
        assert catalog.images() == tuple(sorted(images, key=lambda image: image.path))


def test_an_image_added_again_replaces_itself(tmp_path: Path) -> None:
    with catalog_of(tmp_path) as catalog:
        catalog.add_images([record("a.jpg", content=1), record("b.jpg")])
        catalog.add_images([record("a.jpg", content=2)])
        assert catalog.images() == (record("a.jpg", content=2), record("b.jpg"))
        catalog.remove_images(["a.jpg", "never.jpg"])
        assert catalog.images() == (record("b.jpg"),)


def test_the_list_of_skipped_files_is_replaced(tmp_path: Path) -> None:
    first = [Skipped("b.jpg", "damaged"), Skipped("a.jpg", "the file is empty")]
    with catalog_of(tmp_path) as catalog:
        catalog.set_skipped(first)
        assert catalog.skipped() == tuple(reversed(first))
        catalog.set_skipped([Skipped("c.jpg", "damaged"), Skipped("c.jpg", "again")])
        assert catalog.skipped() == (Skipped("c.jpg", "again"),)
        catalog.set_skipped([])
        assert catalog.skipped() == ()


def test_the_list_of_drives_is_replaced(tmp_path: Path) -> None:
    with catalog_of(tmp_path) as catalog:
        assert catalog.drives() == ()
        catalog.set_drives([Drive("usb", linked=False), Drive("albums/été", linked=True)])
        expected = (Drive("albums/été", linked=True), Drive("usb", linked=False))
        assert catalog.drives() == expected
        catalog.set_drives([Drive("usb", linked=True)])
        assert catalog.drives() == (Drive("usb", linked=True),)


def test_runs_come_newest_first(tmp_path: Path) -> None:
    with catalog_of(tmp_path) as catalog:
        for generation in range(1, 6):
            catalog.add_run(report(generation=generation))
    with catalog_of(tmp_path) as catalog:
        runs = catalog.runs(3)
    assert [run["generation"] for run in runs] == [5, 4, 3]
    assert runs[0]["skipped"] == 1
    assert runs[0]["space"]["model"] == FAKE_SPACE.model
    assert len(runs[0]["finished_at"]) == len("YYYY-MM-DD HH:MM:SS")


def test_a_catalog_is_opened_to_read(tmp_path: Path) -> None:
    with catalog_of(tmp_path) as catalog:
        catalog.add_images(records())
    with Catalog(tmp_path / "catalog.sqlite", reading=True) as catalog:
        assert catalog.images() == records()
    (tmp_path / "folder").mkdir()
    with pytest.raises(FeatureStoreError, match="folder"):
        Catalog(tmp_path / "folder", reading=True)


def zeros_in_the_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[200:] = bytes(len(content) - 200)
    path.write_bytes(content)


def other_tables(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE images (name)")
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [lambda path: path.write_text("not a catalog" * 100), zeros_in_the_middle, other_tables],
    ids=["text", "zeros", "tables"],
)
def test_a_damaged_catalog_is_an_error_that_names_it(
    tmp_path: Path, damage: Callable[[Path], Any]
) -> None:
    with catalog_of(tmp_path) as catalog:
        catalog.add_images([record(f"{number}.jpg") for number in range(500)])
    damage(tmp_path / "catalog.sqlite")
    with pytest.raises(FeatureStoreError) as caught, catalog_of(tmp_path) as catalog:
        catalog.images()
    assert str(tmp_path / "catalog.sqlite") in str(caught.value)


# The folder of stores


@pytest.fixture
def folder(tmp_path: Path) -> FeaturesFolder:
    return FeaturesFolder(tmp_path / "features")


def test_an_empty_folder_has_no_current_store(folder: FeaturesFolder) -> None:
    assert folder.current() is None
    assert not folder.path.exists()


def test_each_pair_of_library_and_space_has_a_store_of_its_own(folder: FeaturesFolder) -> None:
    spaces = [
        FAKE_SPACE,
        replace(FAKE_SPACE, descriptor="other"),
        replace(FAKE_SPACE, weights_digest="0" * 64),
        # The name of a space has only the first digits of the digest.
        replace(FAKE_SPACE, weights_digest=FAKE_SPACE.weights_digest[:-1] + "0"),
    ]
    libraries = [Path("/pictures/cats"), Path("/other/cats"), Path("/pictures/dogs")]
    pairs = [(library, space) for library in libraries for space in spaces]
    stores = [folder.store_for(*pair) for pair in pairs]
    assert len({store.folder for store in stores}) == len(pairs)
    for pair, store in zip(pairs, stores, strict=True):
        again = FeaturesFolder(folder.path).store_for(*pair)
        assert (again.folder, again.library, again.space) == (store.folder, *pair)


def test_weights_found_at_another_place_are_the_same_space(folder: FeaturesFolder) -> None:
    store = folder.store_for(Path("/cats"), FAKE_SPACE)
    moved = replace(FAKE_SPACE, weights="/elsewhere/vgg16.weights.h5")
    assert folder.store_for(Path("/cats"), moved).folder == store.folder


def test_the_current_store_is_switched(folder: FeaturesFolder) -> None:
    cats, dogs = (folder.store_for(Path(name), FAKE_SPACE) for name in ("/cats", "/dogs"))
    assert folder.current() is None
    for store in (cats, cats, dogs, cats):
        folder.set_current(store)
        current = FeaturesFolder(folder.path).current()
        assert current is not None
        assert (current.folder, current.library, current.space) == (
            store.folder,
            store.library,
            store.space,
        )


def test_a_current_store_that_was_deleted_is_none(folder: FeaturesFolder) -> None:
    store = folder.store_for(Path("/cats"), FAKE_SPACE)
    folder.set_current(store)
    (store.folder / "store.json").unlink()
    store.folder.rmdir()
    assert folder.current() is None


@given(st.one_of(SEGMENT, st.sampled_from(["𠀀" * 62, "_", "...", "a" * 251])))
def test_a_library_of_any_name_gets_a_store(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = FeaturesFolder(tmp_path_factory.mktemp("features"))
    library = Path("/pictures") / name
    store = folder.store_for(library, FAKE_SPACE)
    assert store.folder.parent == folder.path
    assert not store.folder.name.startswith(".")
    assert folder.store_for(library, FAKE_SPACE).folder == store.folder


def test_a_library_whose_path_is_no_utf8_gets_a_store(folder: FeaturesFolder) -> None:
    library = Path(os.fsdecode(b"/pictures/caf\xe9"))
    store = folder.store_for(library, FAKE_SPACE)
    folder.set_current(store)
    current = folder.current()
    assert current is not None
    assert current.library == library


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "\xff", '{"format": "lookalike-store", "version": 99}'],
    ids=["empty", "list", "no-keys", "no-json", "newer"],
)
def test_a_damaged_description_is_an_error_that_names_it(
    folder: FeaturesFolder, content: str
) -> None:
    store = folder.store_for(Path("/cats"), FAKE_SPACE)
    folder.set_current(store)
    (store.folder / "store.json").write_text(content)
    for look in (folder.current, lambda: folder.store_for(Path("/cats"), FAKE_SPACE)):
        with pytest.raises(FeatureStoreError) as caught:
            look()
        assert str(store.folder / "store.json") in str(caught.value)


def test_a_damaged_choice_is_an_error_that_names_it(folder: FeaturesFolder) -> None:
    folder.set_current(folder.store_for(Path("/cats"), FAKE_SPACE))
    (folder.path / "current.json").write_text("{")
    with pytest.raises(FeatureStoreError, match=r"current\.json"):
        folder.current()


def test_a_second_writer_in_the_process_is_told_so(folder: FeaturesFolder) -> None:
    outcomes: list[BaseException] = []

    def write() -> None:
        try:
            with FeaturesFolder(folder.path).writing():
                raise AssertionError("two writers at once")
        except BaseException as error:
            outcomes.append(error)

    with folder.writing():
        write()
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert [type(outcome) for outcome in outcomes] == [BusyError, BusyError]
    assert str(folder.path) in str(outcomes[0])
    with FeaturesFolder(folder.path).writing():
        pass


def test_a_writer_in_a_second_process_is_told_so(folder: FeaturesFolder) -> None:
    code = """
import sys
from pathlib import Path
from core.errors import BusyError
from core.feature_store import FeaturesFolder
try:
    with FeaturesFolder(Path(sys.argv[1])).writing():
        print("writes")
except BusyError:
    print("busy")
"""

    def second() -> str:
        command = [sys.executable, "-c", code, str(folder.path)]
        return subprocess.run(
            command, cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.strip()

    with folder.writing():
        assert second() == "busy"
    assert second() == "writes"


def test_a_writer_that_fails_lets_the_next_one_in(folder: FeaturesFolder) -> None:
    with pytest.raises(BusyError, match="inner"), folder.writing():
        raise BusyError("inner")
    with folder.writing():
        pass


def test_a_full_disk_while_writing_is_an_error_that_names_the_folder(
    folder: FeaturesFolder,
) -> None:
    with pytest.raises(FeatureStoreError) as caught, folder.writing():
        raise OSError(28, "No space left on device")
    assert str(folder.path) in str(caught.value)
    assert "No space left on device" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.ENOSPC, "free some space or choose another folder with --features."),
        (errno.EDQUOT, "free some space or choose another folder with --features."),
        (errno.EFBIG, "free some space or choose another folder with --features."),
        (errno.EROFS, "make it writable or choose another folder with --features."),
        (errno.EACCES, "make it writable or choose another folder with --features."),
        (errno.EIO, "What was saved is kept; choose another folder with --features."),
        (errno.ESTALE, "What was saved is kept; choose another folder with --features."),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_an_error_of_writing_says_what_it_is_and_what_helps(
    folder: FeaturesFolder, code: int, remedy: str, named: bool
) -> None:
    file = [str(folder.path / "store" / "matrix.npy")] if named else []
    with pytest.raises(FeatureStoreError) as caught, folder.writing():
        raise OSError(code, os.strerror(code), *file)
    message = str(caught.value)
    assert f"Received: {folder.path} ({os.strerror(code)})" in message
    assert message.endswith(remedy)
    assert ("free some space" in message) == remedy.startswith("free")
    assert "\n" not in message


def test_a_full_device_is_an_error_that_says_so(folder: FeaturesFolder) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("only Linux has a device that is always full")
    with pytest.raises(FeatureStoreError, match="free some space"), folder.writing():
        (folder.path / "full").symlink_to("/dev/full")
        (folder.path / "full").write_text("too much")


def test_a_file_of_another_folder_is_not_blamed_on_the_features(
    folder: FeaturesFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for missing in (tmp_path / "photos" / "gone.jpg", Path("photos/gone.jpg")):
        with pytest.raises(LibraryError) as caught, folder.writing():
            missing.read_bytes()
        assert f"Received: {missing} (No such file or directory)" in str(caught.value)
        assert "--features" not in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(LibraryError, match=r"broken\.jpg \(Input/output error\)"), folder.writing():
        raise OSError(errno.EIO, os.strerror(errno.EIO), tmp_path / "photos" / "broken.jpg")
    with folder.writing():
        pass


def test_a_folder_named_from_elsewhere_is_known_as_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = FeaturesFolder(Path("features"))
    with pytest.raises(FeatureStoreError, match="cannot be saved"), folder.writing():
        (tmp_path / "features" / "gone.npy").read_bytes()


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path, as_user: AsUser) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed").chmod(0o555)

    def write(name: str) -> str:
        with pytest.raises(FeatureStoreError) as caught, FeaturesFolder(Path(name)).writing():
            pass
        return str(caught.value)

    assert "Received: closed (Permission denied)" in as_user(lambda: write("closed"))
    assert "Received: closed/inner (" in as_user(lambda: write("closed/inner"))


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "features").write_text("a file")
    with (
        pytest.raises(FeatureStoreError, match="cannot be saved"),
        FeaturesFolder(tmp_path / "features").writing(),
    ):
        pass


# Atomic writes


def test_an_atomic_write_replaces_the_file_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    for durable in (False, True):
        with atomic_write(path, durable=durable) as file:
            before = path.read_bytes()
            file.write(b"new" if not durable else b"newer")
            assert path.read_bytes() == before
    assert path.read_bytes() == b"newer"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
def test_an_atomic_write_that_fails_leaves_the_old_file_alone(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(error), atomic_write(path) as file:
        file.write(b"half of the n")
        raise error
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_atomic_write_takes_a_name_of_any_legal_length(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    with atomic_write(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
