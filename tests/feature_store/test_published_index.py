"""What a published index holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.errors import FeatureStoreError
from core.feature_store import (
    FeatureStore,
    IndexSnapshot,
    find_damage,
    find_neighbours,
    keeps_fit,
    publication,
)
from core.feature_store import (
    snapshot as snapshot_module,
)
from core.feature_store.distances import own_distances
from core.feature_store.variety import most_different
from core.model import (
    CENTRE,
    FOLDERS,
    NEIGHBOURS,
    NONE,
    WHITEN,
    Chosen,
    FitChoice,
    Lesson,
    learn_fit,
)
from core.types import Array, ImageRecord
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
    np.testing.assert_array_equal(found.distances.own, whole.distances.own)
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


def test_features_come_from_the_old_index_or_where_that_is_damaged_from_their_arrays(
    filled: FeatureStore,
) -> None:
    publish(filled, records(), CENTRE)
    before = filled.snapshot()
    assert before is not None
    expected = np.array(before.matrix)
    # Without its array, a feature can only come from the old index.
    filled.array_path("b.jpg").unlink()
    publish(filled, records(), WHITEN)
    extracted = np.lib.format.open_memmap(filled.folder / "extracted-000002.npy", mode="r+")
    np.testing.assert_array_equal(extracted[1], feature(1))
    extracted[3, 0] += 0.5
    extracted.flush()
    publish(filled, records(), CENTRE)
    again = filled.snapshot()
    assert again is not None and again.extracted is not None
    np.testing.assert_allclose(again.matrix, expected, atol=1e-6)
    np.testing.assert_array_equal(again.extracted[3], feature(3))


def many(store: FeatureStore, count: int) -> tuple[ImageRecord, ...]:
    """Records of so many images with features in the store."""
    return tuple(
        replace(
            record(f"{seed:04}.jpg", content=seed),
            checksum=store.save(f"{seed:04}.jpg", feature(seed)),
        )
        for seed in range(count)
    )


def test_a_fit_is_learnt_anew_when_it_may_teach_or_half_of_what_taught_is_gone(
    filled: FeatureStore,
) -> None:
    images = many(filled, 100)

    def published(*some: ImageRecord) -> IndexSnapshot:
        publish(filled, some, NEIGHBOURS)
        snapshot = filled.snapshot()
        assert snapshot is not None
        return snapshot

    few = published(*images[:49])
    assert few.fit.axes is None
    taught = published(*images[:50])
    assert taught.fit.axes is not None
    assert len(taught.fit.taught) == 50
    # 24 are gone and as many are new, and then one more.
    assert published(*images[24:74]).fit.digest == taught.fit.digest
    changed = published(*images[25:75])
    assert changed.fit.digest != taught.fit.digest
    assert published(*images[25:51]).fit.digest == changed.fit.digest
    assert published(*images[25:50]).fit.axes is None


@pytest.mark.parametrize("kind", [NONE, CENTRE, NEIGHBOURS, WHITEN, FOLDERS])
def test_neighbours_that_no_label_moved_are_those_of_centred_features(
    kind: str, filled: FeatureStore
) -> None:
    images = many(filled, 70)
    labels = [str(row % 3) for row in range(70)]
    publish(filled, images[:60], kind, labels=labels[:60])
    # Rows that are new join the lists of before.
    publish(filled, images, kind, labels=labels)
    snapshot = filled.snapshot()
    assert snapshot is not None and snapshot.label_free_neighbours is not None
    assert len(snapshot.fit.taught) == 60
    features = np.stack([feature(seed) for seed in range(70)])
    np.testing.assert_array_equal(snapshot.extracted, features)
    expected = find_neighbours(snapshot.fit.centred(features))
    np.testing.assert_array_equal(snapshot.label_free_neighbours.rows, expected.rows)
    rows = snapshot.fit.centred(features)
    np.testing.assert_allclose(snapshot.label_free_rows(), rows, atol=1e-6)


@pytest.mark.parametrize("kind", [NEIGHBOURS, FOLDERS])
def test_a_part_of_a_large_gallery_teaches(
    kind: str, filled: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (publication, snapshot_module):
        monkeypatch.setattr(module, "MAX_FIT_FEATURES", 60)
    images = many(filled, 100)
    labels = [str(row % 2) if row >= 80 else None for row in range(100)]
    publish(filled, images, kind, labels=labels)
    snapshot = filled.snapshot()
    assert snapshot is not None and snapshot.label_free_neighbours is not None
    # The first by content; of folders, all that are labelled, as they are fewer than half.
    taught = [*range(60)] if kind == NEIGHBOURS else [*range(40), *range(80, 100)]
    assert snapshot.fit.taught.tolist() == taught
    assert snapshot.fit.images == 100
    features = np.stack([feature(seed) for seed in range(100)])
    fit = learn_fit(features[taught], FitChoice.of(kind), [labels[row] for row in taught])
    np.testing.assert_allclose(snapshot.matrix, fit.apply(features), atol=1e-5)
    rows = snapshot.matrix if kind == NEIGHBOURS else fit.centred(features)
    np.testing.assert_allclose(snapshot.label_free_rows(), rows, atol=1e-6)
    expected = find_neighbours(np.asarray(rows))
    np.testing.assert_array_equal(snapshot.label_free_neighbours.rows, expected.rows)


def test_an_index_of_an_older_version_is_searched_and_then_made_anew(
    filled: FeatureStore,
) -> None:
    publish(filled, records(), CENTRE)
    for kind in ("extracted", "label_free"):
        next(filled.folder.glob(f"{kind}-*")).unlink()
    fit = filled.folder / "fit-000001.npz"
    with np.load(fit) as content:
        older = {name: content[name] for name in content.files if name != "taught"}
    np.savez(fit, **older)
    snapshot = filled.snapshot()
    assert snapshot is not None
    assert (snapshot.extracted, snapshot.label_free) == (None, None)
    assert snapshot.label_free_neighbours is snapshot.neighbours
    with filled.catalog() as catalog:
        catalog.add_images(records())
    assert find_damage(filled) == ()
    assert not keeps_fit(snapshot, FitChoice("centre"), snapshot.images.ids)
    publish(filled, records(), CENTRE)
    again = filled.snapshot()
    assert again is not None and again.extracted is not None
    np.testing.assert_allclose(again.matrix, snapshot.matrix, atol=1e-6)


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
    assert snapshot.neighbours is not None
    np.testing.assert_array_equal(snapshot.distances.own, own_distances(snapshot.neighbours))
    features = np.stack([feature(seed) for seed in range(len(NAMES))])
    np.testing.assert_array_equal(
        snapshot.distances.neighbours, Lesson(features).held_out(snapshot.fit.choice)
    )


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
