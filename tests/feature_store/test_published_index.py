"""What a published index holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.errors import FeatureStoreError
from core.feature_store import FeatureStore, find_damage
from core.feature_store.distances import Distances
from core.feature_store.variety import most_different
from core.model import CENTRE, FOLDERS, NONE, WHITEN, Chosen, FitChoice, learn_fit
from core.types import Array
from tests.feature_store.records import NAMES, cut, feature, publish, record, records


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
    np.testing.assert_array_equal(found.fit.apply(features), whole.fit.apply(features))
    with pytest.raises(FeatureStoreError) as caught:
        found.matrix  # noqa: B018
    assert str(caught.value) == (
        "The rows of the index are not on this computer: expected matrix-000001.npy beside its "
        "index.json. Received: none. Copy it here, or do this on the computer that indexes."
    )
    with pytest.raises(FeatureStoreError, match=r"matrix-000001\.npy beside .* with --index-url"):
        filled.snapshot()


@pytest.mark.parametrize("kind", ["fit", "images", "distances", "variety"])
def test_an_index_without_its_small_files_is_an_error(filled: FeatureStore, kind: str) -> None:
    publish(filled, records(), WHITEN)
    small = next(filled.folder.glob(f"{kind}-000001.*"))
    small.unlink()
    with pytest.raises(FeatureStoreError, match=f"expected {small.name} beside "):
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
    np.testing.assert_allclose(snapshot.fit.apply(features), snapshot.matrix, atol=1e-6)
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
        np.testing.assert_allclose(snapshot.matrix, snapshot.fit.apply(features), atol=1e-5)
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


def test_an_index_holds_the_images_that_differ_most(filled: FeatureStore) -> None:
    publish(filled, records())
    snapshot = filled.snapshot()
    assert snapshot is not None
    expected = most_different(np.asarray(snapshot.matrix)).tolist()
    assert snapshot.variety.tolist() == expected


def test_an_index_holds_distances_between_its_rows(filled: FeatureStore) -> None:
    publish(filled, records())
    snapshot = filled.snapshot()
    assert snapshot is not None
    expected = Distances.between(np.asarray(snapshot.matrix))
    np.testing.assert_array_equal(snapshot.distances.pairs, expected.pairs)
    np.testing.assert_array_equal(snapshot.distances.neighbours, expected.neighbours)


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
