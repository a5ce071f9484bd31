"""Damage in a feature store is found, named and repaired."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import FeatureStoreError, IndexNotFoundError
from core.feature_store import FeatureStore, IndexSnapshot
from tests.fakes import FakeExtractor


class Gallery:
    """An index of six pictures, and what it was before the damage."""

    def __init__(self, photos: Path, features: Path) -> None:
        self.extractor = FakeExtractor()
        settings = Settings(features=features, weights="random")
        self.engine = ImageSearchEngine(settings, make_extractor=lambda *_: self.extractor)
        self.engine.index(photos)
        self.before = self.engine.require_snapshot()
        self.matrix = np.array(self.before.matrix)
        self.features = [self.store.load(image.path) for image in self.before.images]
        self.extractor.batches.clear()

    @property
    def store(self) -> FeatureStore:
        store = self.engine.folder.current()
        assert store is not None
        return store

    def expect_sound(self) -> None:
        assert self.engine.check() == ()
        after: IndexSnapshot = self.engine.require_snapshot()
        assert after.images == self.before.images
        np.testing.assert_allclose(after.matrix, self.matrix, atol=1e-6)
        for image, feature in zip(after.images, self.features, strict=True):
            np.testing.assert_allclose(self.store.load(image.path), feature, atol=1e-6)


@pytest.fixture
def gallery(photos: Path, tmp_path: Path) -> Gallery:
    return Gallery(photos, tmp_path / "features")


def overwrite(path: Path, feature: np.ndarray) -> None:
    np.save(path, feature.astype(np.float32), allow_pickle=False)


def scaled(path: Path) -> None:
    overwrite(path, np.load(path) * 1.5)


def swapped(path: Path) -> None:
    overwrite(path, np.load(path)[::-1])


def not_finite(path: Path) -> None:
    feature = np.load(path)
    feature[3] = np.nan
    overwrite(path, feature)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def longer(path: Path) -> None:
    overwrite(path, np.append(np.load(path), 0))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def deleted(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (scaled, "not of length 1"),
        (swapped, "not the one that was saved"),
        (not_finite, "not finite"),
        (cut, "beside its feature, for other descriptors, is cut"),
        (longer, "missing, cut or of the wrong form"),
        (emptied, "missing, cut or of the wrong form"),
        (deleted, "missing, cut or of the wrong form"),
    ],
)
def test_damaged_feature_is_named_and_extracted_anew(
    damage: Callable[[Path], None], problem: str, gallery: Gallery
) -> None:
    damage(gallery.store.array_path("cats/1.jpg"))
    found = gallery.engine.check()
    assert [item.what for item in found] == ["cats/1.jpg"]
    assert problem in found[0].problem
    assert gallery.engine.repair().extracted == 1
    assert gallery.extractor.extracted == 1
    gallery.expect_sound()


def test_sound_gallery_is_not_changed(gallery: Gallery) -> None:
    assert gallery.engine.check() == ()
    report = gallery.engine.repair()
    assert (report.extracted, report.generation) == (0, gallery.before.generation)


@pytest.mark.parametrize("name", ["index.json", "matrix-000001.npy"])
def test_lost_index_is_stacked_from_the_features(name: str, gallery: Gallery) -> None:
    (gallery.store.folder / name).unlink()
    gallery.engine.repair()
    assert gallery.extractor.extracted == 0
    gallery.expect_sound()


def test_lost_matrix_keeps_what_was_chosen(gallery: Gallery) -> None:
    gallery.engine.index(gallery.before.library, fit="none")
    generation = gallery.engine.require_snapshot().generation
    (gallery.store.folder / f"matrix-{generation:06d}.npy").unlink()
    gallery.engine.repair()
    assert str(gallery.engine.require_snapshot().fit.choice) == "none"


@pytest.mark.parametrize("name", ["matrix-000001.npy", "extracted-000001.npy"])
def test_matrix_with_a_wrong_row_is_stacked_anew(name: str, gallery: Gallery) -> None:
    path = gallery.store.folder / name
    content = bytearray(path.read_bytes())
    content[-3] ^= 0xFF
    path.write_bytes(content)
    assert [item.what for item in gallery.engine.check()] == ["index.json"]
    gallery.engine.repair()
    assert gallery.extractor.extracted == 0
    gallery.expect_sound()


def test_lost_extracted_features_are_stacked_anew(gallery: Gallery) -> None:
    (gallery.store.folder / "extracted-000001.npy").unlink()
    assert [item.what for item in gallery.engine.check()] == ["index.json"]
    gallery.engine.repair()
    assert gallery.extractor.extracted == 0
    assert gallery.engine.require_snapshot().extracted is not None
    gallery.expect_sound()


@pytest.mark.parametrize("content", [None, b"no database", b""])
def test_lost_catalog_is_rebuilt_from_the_index(content: bytes | None, gallery: Gallery) -> None:
    for path in gallery.store.folder.glob("catalog.sqlite*"):
        path.unlink()
    if content is not None:
        gallery.store.catalog_path.write_bytes(content)
    gallery.engine.repair()
    assert gallery.extractor.extracted == 0
    gallery.expect_sound()


def test_lost_catalog_and_index_are_extracted_anew(gallery: Gallery) -> None:
    for path in gallery.store.folder.glob("catalog.sqlite*"):
        path.unlink()
    (gallery.store.folder / "index.json").unlink()
    assert gallery.engine.repair().extracted == 6
    gallery.expect_sound()


def test_feature_without_a_record_is_deleted(gallery: Gallery) -> None:
    gallery.store.save("stray/9.jpg", gallery.matrix[0])
    assert [item.what for item in gallery.engine.check()] == ["stray/9.jpg"]
    gallery.engine.repair()
    assert not gallery.store.array_path("stray/9.jpg").parent.exists()
    gallery.expect_sound()


def test_nothing_is_checked_or_extracted_where_only_a_server_has_the_features(
    gallery: Gallery,
) -> None:
    shutil.rmtree(gallery.store.arrays)
    settings = replace(gallery.engine.settings, index_url="http://127.0.0.1:1")
    second = ImageSearchEngine(settings, make_extractor=lambda *_: gallery.extractor)
    for action in (second.check, second.repair):
        with pytest.raises(FeatureStoreError, match=r"features .* are not on this computer"):
            action()
    assert gallery.extractor.extracted == 0
    # Without a server this is the only machine, and they are lost.
    assert gallery.engine.repair().extracted == 6
    gallery.expect_sound()


def test_repair_without_an_index_is_refused(tmp_path: Path) -> None:
    engine = ImageSearchEngine(Settings(features=tmp_path / "none"))
    with pytest.raises(IndexNotFoundError):
        engine.repair()


def test_index_holds_the_checksums(gallery: Gallery) -> None:
    snapshot = gallery.store.snapshot()
    assert snapshot is not None
    assert all(len(image.checksum) == 16 for image in snapshot.images)
