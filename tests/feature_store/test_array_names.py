r"""Arrays of images whose names a file system takes for one, and long paths.

No kernel that tests run on has such a file system, nor Windows' limit: both are simulated.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.feature_store import FeatureStore, find_damage
from core.feature_store.array_names import clashes, folds_names, long_path, name_key, short_path
from core.images import load_image
from tests.fakes import FAKE_SPACE, save_picture
from tests.indexing.test_update import Gallery, assert_like_fresh


class FoldingStore(FeatureStore):
    """A store on a file system that takes names for one, simulated by one spelling of each."""

    def _file_named(self, name: str) -> str:
        return super()._file_named(name_key(name))

    def folds_names(self) -> bool:
        return True


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    library = tmp_path / "library"
    for seed, name in enumerate(("cats/a.jpg", "b.jpg", "caf\u00e9.jpg")):
        save_picture(library / name, seed)
    gallery = Gallery(library, tmp_path / "store")
    gallery.store = FoldingStore(tmp_path / "store", library=library, space=FAKE_SPACE)
    return gallery


def reopened(gallery: Gallery) -> FeatureStore:
    """The store as another process opens it."""
    return FoldingStore(gallery.store.folder, library=gallery.library, space=FAKE_SPACE)


def assert_own_features(gallery: Gallery) -> None:
    """Each image has the feature of its own picture, also by the matrix and for the doctor."""
    store = reopened(gallery)
    for image, row in zip(gallery.snapshot.images, gallery.snapshot.matrix, strict=True):
        pixels = load_image(gallery.library / image.path).pixels
        np.testing.assert_allclose(row, gallery.extractor.extract([pixels])[0], atol=1e-5)
        np.testing.assert_array_equal(store.load_checked(image), row)
    assert find_damage(store) == ()


def test_images_whose_names_differ_in_capitals_have_an_array_each(gallery: Gallery) -> None:
    assert gallery.index().images == 3
    assert not (gallery.store.folder / "names.json").exists()
    save_picture(gallery.library / "cats" / "A.jpg", 10)
    save_picture(gallery.library / "CATS" / "a.JPG", 11)
    save_picture(gallery.library / "cafe\u0301.jpg", 12)
    report = gallery.index()
    assert (report.images, report.extracted, report.removed) == (6, 3, 0)
    assert_own_features(gallery)
    # What was there before keeps the name of its image.
    assert gallery.store.array_path("cats/a.jpg").name == "a.jpg.npy"
    assert gallery.index().extracted == 0


def test_one_of_them_goes_and_the_others_stay(gallery: Gallery) -> None:
    save_picture(gallery.library / "cats" / "A.jpg", 10)
    gallery.index()
    (gallery.library / "cats" / "A.jpg").unlink()
    assert gallery.index().removed == 1
    assert_own_features(gallery)
    save_picture(gallery.library / "cats" / "A.jpg", 12)
    (gallery.library / "cats" / "a.jpg").unlink()
    report = gallery.index()
    assert (report.extracted, report.removed) == (1, 1)
    assert_own_features(gallery)
    (gallery.library / "cats" / "A.jpg").rename(gallery.library / "cats" / "a.jpg")
    assert gallery.index().images == 3
    assert_own_features(gallery)


def test_an_array_that_an_older_version_replaced_by_that_of_the_other_is_made_anew(
    gallery: Gallery,
) -> None:
    save_picture(gallery.library / "cats" / "A.jpg", 10)
    gallery.index()
    store = gallery.store
    shutil.copy(store.array_path("cats/a.jpg"), store.array_path("cats/A.jpg"))
    gallery.store = reopened(gallery)
    assert gallery.index().extracted == 1
    assert_own_features(gallery)


def test_where_names_are_told_apart_each_array_is_named_like_its_image(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "library", tmp_path / "store")
    for seed, name in enumerate(("a.jpg", "A.jpg")):
        save_picture(gallery.library / name, seed)
    if folds_names(gallery.library):
        pytest.skip("names are not told apart here")
    gallery.index()
    assert gallery.arrays() == ["A.jpg.npy", "a.jpg.npy"]
    assert not (gallery.store.folder / "names.json").exists()
    assert_like_fresh(gallery, tmp_path / "fresh")


def test_names_that_some_system_takes_for_one_are_told() -> None:
    assert clashes(["a.jpg", "b.jpg", "a.jpg"]) == []
    assert sorted(clashes(["x/A.jpg", "X/a.JPG", "\u00e9", "e\u0301", "stra\u00dfe"])) == [
        ["X/a.JPG", "x/A.jpg"],
        ["e\u0301", "\u00e9"],
    ]


@pytest.mark.parametrize(
    ("path", "long"),
    [
        ("C:\\features\\cats\\arrays", "\\\\?\\C:\\features\\cats\\arrays"),
        ("C:/features/../arrays", "\\\\?\\C:\\arrays"),
        ("\\\\server\\share\\arrays", "\\\\?\\UNC\\server\\share\\arrays"),
    ],
)
def test_windows_gets_a_path_that_may_be_long(path: str, long: str) -> None:
    assert long_path(path, windows=True) == long
    assert long_path(long, windows=True) == long
    assert long_path("/features/arrays", windows=False) == "/features/arrays"
    assert long_path(short_path(long), windows=True) == long
