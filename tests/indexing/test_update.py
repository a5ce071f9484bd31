"""Indexing: new images are extracted, known ones kept, missing ones removed."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from core.errors import Cancelled, FeatureStoreError, LibraryError, WeightsError
from core.feature_store import FeatureStore, IndexSnapshot, publish
from core.images import load_image
from core.indexing import LocalWorkers, StoreUpdate, scan
from core.indexing.loading_ahead import Work
from core.indexing.workers import Batch, Loading
from core.model import BATCH_SIZE, NONE, Chosen, FitChoice
from core.types import Array, Drive, ImageRecord, IndexReport, Progress, Skipped
from tests.fakes import FAKE_SPACE, FakeExtractor, picture, save_picture, stop_when

PHOTOS = ("a.jpg", "b.png", "cats/1.jpg", "cats/2.jpg", "cats/old/1.png", "dogs/1.jpg")


class Gallery:
    """A library with its store, indexed by one extractor."""

    def __init__(self, library: Path, folder: Path) -> None:
        self.library = library
        self.store = FeatureStore(folder, library=library, space=FAKE_SPACE)
        folder.mkdir()
        self.extractor = FakeExtractor()

    def index(self, **options: Any) -> IndexReport:
        # Without a fit the rows are the features, whatever the history of the gallery.
        return StoreUpdate(
            self.store,
            scan(self.library),
            LocalWorkers(self.extractor),
            chosen=Chosen(fit=FitChoice(NONE)),
            **options,
        ).run()

    @property
    def snapshot(self) -> IndexSnapshot:
        snapshot = self.store.snapshot()
        assert snapshot is not None
        return snapshot

    @property
    def paths(self) -> list[str]:
        return [image.path for image in self.snapshot.images]

    def catalog(self) -> tuple[ImageRecord, ...]:
        with self.store.catalog() as catalog:
            return catalog.images()

    def skipped(self) -> tuple[Skipped, ...]:
        with self.store.catalog() as catalog:
            return catalog.skipped()

    def arrays(self) -> list[str]:
        arrays = self.store.folder / "arrays"
        files = (
            path.relative_to(arrays).as_posix() for path in arrays.rglob("*") if path.is_file()
        )
        return sorted(files)

    def set_time(self, path: str, seconds: int) -> None:
        """Give the file a time that it did not have before."""
        os.utime(self.library / path, ns=(seconds * 10**9, seconds * 10**9))


def assert_like_fresh(gallery: Gallery, folder: Path) -> None:
    """The store holds what a first run over the same library makes."""
    fresh = Gallery(gallery.library, folder)
    fresh.index()

    def listed(snapshot: IndexSnapshot) -> list[tuple[Any, ...]]:
        return [
            (image.path, image.id, image.width, image.height, image.taken_at)
            for image in snapshot.images
        ]

    assert listed(gallery.snapshot) == listed(fresh.snapshot)
    np.testing.assert_array_equal(gallery.snapshot.matrix, fresh.snapshot.matrix)
    assert gallery.catalog() == fresh.catalog()
    assert gallery.skipped() == fresh.skipped()
    assert gallery.arrays() == fresh.arrays()
    for image in gallery.snapshot.images:
        np.testing.assert_array_equal(gallery.store.load(image.path), fresh.store.load(image.path))
    folders = [path for path in (gallery.store.folder / "arrays").rglob("*") if path.is_dir()]
    assert all(any(folder.iterdir()) for folder in folders)


@pytest.fixture
def gallery(photos: Path, tmp_path: Path) -> Gallery:
    """Six pictures, not indexed yet."""
    return Gallery(photos, tmp_path / "store")


@pytest.fixture
def indexed(gallery: Gallery) -> Gallery:
    """Six pictures, indexed; the extractor counts from 0 again."""
    gallery.index()
    gallery.extractor = FakeExtractor()
    return gallery


def test_the_first_run_extracts_every_image(gallery: Gallery) -> None:
    report = gallery.index()
    assert (report.images, report.extracted, report.unchanged) == (6, 6, 0)
    assert (report.moved, report.removed, report.skipped) == (0, 0, ())
    assert (report.generation, report.dimension, report.space) == (
        1,
        FAKE_SPACE.dimension,
        FAKE_SPACE,
    )
    assert report.library == str(gallery.library)
    assert (gallery.extractor.extracted, gallery.extractor.loads) == (6, 1)
    assert gallery.arrays() == sorted(f"{name}.npy" for name in PHOTOS)


def test_rows_are_the_features_in_the_order_of_the_paths(gallery: Gallery) -> None:
    gallery.index()
    assert gallery.paths == sorted(PHOTOS)
    images = [load_image(gallery.library / path).pixels for path in gallery.paths]
    np.testing.assert_array_equal(gallery.snapshot.matrix, FakeExtractor().extract(images))


def test_the_size_and_the_date_of_an_image_are_recorded_upright(gallery: Gallery) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2024:05:06 07:08:09"
    picture(1, size=(3000, 2000)).save(gallery.library / "a.jpg", exif=exif)
    gallery.index()
    first = gallery.snapshot.images[0]
    assert (first.path, first.width, first.height) == ("a.jpg", 2000, 3000)
    assert first.taken_at == "2024-05-06T07:08:09"
    assert first.size == (gallery.library / "a.jpg").stat().st_size


def test_a_second_run_does_nothing(indexed: Gallery) -> None:
    report = indexed.index()
    assert (report.images, report.extracted, report.unchanged, report.generation) == (6, 0, 6, 1)
    assert report.images_per_second == 0
    assert (indexed.extractor.loads, indexed.extractor.batches) == (0, [])
    assert [path.name for path in indexed.store.folder.glob("matrix-*")] == ["matrix-000001.npy"]


def test_a_new_image_is_extracted_alone(indexed: Gallery, tmp_path: Path) -> None:
    save_picture(indexed.library / "cats" / "0.png", 50)
    report = indexed.index()
    assert (report.images, report.extracted, report.unchanged, report.generation) == (7, 1, 6, 2)
    assert indexed.extractor.batches == [1]
    assert indexed.paths == sorted([*PHOTOS, "cats/0.png"])
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_a_changed_image_is_extracted_alone(indexed: Gallery, tmp_path: Path) -> None:
    save_picture(indexed.library / "cats" / "1.jpg", 50)
    indexed.set_time("cats/1.jpg", 1)
    report = indexed.index()
    assert (report.images, report.extracted, report.unchanged) == (6, 1, 5)
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_a_touched_image_is_not_extracted(indexed: Gallery, tmp_path: Path) -> None:
    indexed.set_time("a.jpg", 1)
    report = indexed.index()
    assert (report.images, report.extracted, report.unchanged, report.generation) == (6, 0, 6, 1)
    assert (indexed.extractor.loads, indexed.extractor.batches) == (0, [])
    assert indexed.catalog()[0].mtime_ns == 10**9
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_a_deleted_image_leaves_nothing_behind(indexed: Gallery, tmp_path: Path) -> None:
    (indexed.library / "cats" / "old" / "1.png").unlink()
    report = indexed.index()
    assert (report.images, report.removed, report.moved, report.extracted) == (5, 1, 0, 0)
    assert "cats/old/1.png" not in indexed.paths
    assert not (indexed.store.folder / "arrays" / "cats" / "old").exists()
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_a_moved_image_keeps_its_feature(indexed: Gallery, tmp_path: Path) -> None:
    feature = indexed.store.load("dogs/1.jpg")
    (indexed.library / "wolves").mkdir()
    (indexed.library / "dogs" / "1.jpg").rename(indexed.library / "wolves" / "grey.jpg")
    report = indexed.index()
    assert (report.images, report.moved, report.removed, report.extracted) == (6, 1, 0, 0)
    assert report.unchanged == 5
    assert (indexed.extractor.loads, indexed.extractor.batches) == (0, [])
    np.testing.assert_array_equal(indexed.store.load("wolves/grey.jpg"), feature)
    assert not indexed.store.array_path("dogs/1.jpg").parent.exists()
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_a_renamed_folder_keeps_its_features(indexed: Gallery, tmp_path: Path) -> None:
    (indexed.library / "cats").rename(indexed.library / "kittens")
    report = indexed.index()
    assert (report.images, report.moved, report.removed, report.extracted) == (6, 3, 0, 0)
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_two_images_that_swap_their_names_swap_their_features(
    indexed: Gallery, tmp_path: Path
) -> None:
    indexed.set_time("cats/1.jpg", 1)
    indexed.index()
    before = {name: indexed.store.load(name) for name in ("cats/1.jpg", "cats/2.jpg")}
    (indexed.library / "cats" / "1.jpg").rename(indexed.library / "cats" / "x")
    (indexed.library / "cats" / "2.jpg").rename(indexed.library / "cats" / "1.jpg")
    (indexed.library / "cats" / "x").rename(indexed.library / "cats" / "2.jpg")
    indexed.index()
    np.testing.assert_array_equal(indexed.store.load("cats/1.jpg"), before["cats/2.jpg"])
    np.testing.assert_array_equal(indexed.store.load("cats/2.jpg"), before["cats/1.jpg"])
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_a_copy_of_an_image_is_not_extracted(indexed: Gallery, tmp_path: Path) -> None:
    shutil.copy(indexed.library / "a.jpg", indexed.library / "dogs" / "copy.jpg")
    report = indexed.index()
    assert (report.images, report.extracted, report.moved, report.removed) == (7, 0, 0, 0)
    assert indexed.extractor.batches == []
    np.testing.assert_array_equal(indexed.store.load("dogs/copy.jpg"), indexed.store.load("a.jpg"))
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_an_image_that_replaces_another_gets_its_own_feature(
    indexed: Gallery, tmp_path: Path
) -> None:
    shutil.copy(indexed.library / "a.jpg", indexed.library / "cats" / "1.jpg")
    indexed.set_time("cats/1.jpg", 1)
    report = indexed.index()
    assert (report.images, report.extracted) == (6, 0)
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_unreadable_files_are_listed_and_the_rest_is_indexed(gallery: Gallery) -> None:
    broken = gallery.library / "broken"
    broken.mkdir()
    (broken / "empty.jpg").touch()
    (broken / "link.jpg").symlink_to(broken / "gone.jpg")
    (broken / "text.jpg").write_text("words")
    report = gallery.index()
    assert (report.images, report.extracted) == (6, 6)
    expected = (
        Skipped("broken/empty.jpg", "the file is empty"),
        Skipped("broken/link.jpg", "a link to a file that does not exist"),
        Skipped("broken/text.jpg", "not an image of a known format"),
    )
    assert sorted(report.skipped, key=lambda item: item.image) == list(expected)
    assert gallery.skipped() == expected
    assert gallery.arrays() == sorted(f"{name}.npy" for name in PHOTOS)


def test_a_file_is_not_taken_for_one_whose_name_is_printed_like_its_own(gallery: Gallery) -> None:
    save_picture(gallery.library / "a?.jpg", 50)
    shutil.copy(gallery.library / "a.jpg", gallery.library / os.fsdecode(b"a\xe9.jpg"))
    report = gallery.index()
    assert (report.images, [item.image for item in report.skipped]) == (7, ["a?.jpg"])
    assert "a?.jpg" in gallery.paths
    assert gallery.index().extracted == 0


@pytest.mark.parametrize("seconds", [-(10**9), 10**10])
def test_a_file_of_another_century_is_indexed_like_any_other(
    gallery: Gallery, seconds: int
) -> None:
    try:
        gallery.set_time("a.jpg", seconds)
    except OverflowError:
        pytest.skip("the file system has no such times")
    assert gallery.index().images == 6
    assert gallery.index().extracted == 0


def test_an_unreadable_file_is_indexed_once_it_can_be_read(
    gallery: Gallery, tmp_path: Path
) -> None:
    (gallery.library / "a.jpg").write_text("words")
    assert (gallery.index().images, len(gallery.skipped())) == (5, 1)
    save_picture(gallery.library / "a.jpg", 1)
    report = gallery.index()
    assert (report.images, report.extracted, report.skipped) == (6, 1, ())
    assert_like_fresh(gallery, tmp_path / "fresh")


def test_a_file_that_became_unreadable_leaves_the_index(indexed: Gallery, tmp_path: Path) -> None:
    (indexed.library / "cats" / "old" / "1.png").write_text("words")
    report = indexed.index()
    assert (report.images, len(report.skipped)) == (5, 1)
    assert "cats/old/1.png" not in indexed.paths
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_a_file_that_goes_between_scan_and_load_is_skipped(gallery: Gallery) -> None:
    found = scan(gallery.library)
    (gallery.library / "a.jpg").unlink()
    report = StoreUpdate(gallery.store, found, LocalWorkers(gallery.extractor)).run()
    assert report.images == 5
    assert report.skipped == (Skipped("a.jpg", "it does not exist"),)


def test_without_a_readable_image_the_old_index_stands(indexed: Gallery, tmp_path: Path) -> None:
    matrix = np.array(indexed.snapshot.matrix)
    shutil.copytree(indexed.library, tmp_path / "backup")
    for name in PHOTOS:
        (indexed.library / name).write_text("words")
    with pytest.raises(LibraryError, match=r"6 unreadable, the first 'a\.jpg': not an image"):
        indexed.index()
    assert indexed.paths == sorted(PHOTOS)
    np.testing.assert_array_equal(indexed.snapshot.matrix, matrix)
    shutil.copytree(tmp_path / "backup", indexed.library, dirs_exist_ok=True)
    assert indexed.index().images == 6
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_a_cancelled_run_keeps_what_it_extracted_and_the_next_goes_on(
    library: Path, tmp_path: Path
) -> None:
    gallery = Gallery(library, tmp_path / "store")
    with pytest.raises(Cancelled, match=f"after {BATCH_SIZE} images"):
        gallery.index(progress=stop_when(lambda: gallery.extractor.extracted > 0))
    assert gallery.extractor.batches == [BATCH_SIZE]
    assert len(gallery.arrays()) == len(gallery.catalog()) == BATCH_SIZE
    assert gallery.store.snapshot() is None
    report = gallery.index()
    assert (report.images, report.extracted) == (40, 40 - BATCH_SIZE)
    assert gallery.extractor.batches == [BATCH_SIZE, 40 - BATCH_SIZE]
    assert_like_fresh(gallery, tmp_path / "fresh")


def test_a_cancelled_run_leaves_the_old_index(indexed: Gallery) -> None:
    matrix = np.array(indexed.snapshot.matrix)
    save_picture(indexed.library / "a.jpg", 50)
    indexed.set_time("a.jpg", 1)
    with pytest.raises(Cancelled):
        indexed.index(progress=stop_when(lambda: True))
    assert (indexed.snapshot.generation, indexed.extractor.extracted) == (1, 0)
    np.testing.assert_array_equal(indexed.snapshot.matrix, matrix)


# What the loss of power may leave of an array that was written and not synced.


def zeroed(path: Path, _other: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def numbers_zeroed(path: Path, _other: Path) -> None:
    size = 4 * FAKE_SPACE.dimension
    path.write_bytes(path.read_bytes()[:-size] + bytes(size))


def truncated(path: Path, _other: Path) -> None:
    os.truncate(path, 0)


def replaced(path: Path, other: Path) -> None:
    path.write_bytes(other.read_bytes())


@pytest.mark.parametrize("damage", [zeroed, numbers_zeroed, truncated, replaced])
@pytest.mark.parametrize("published", [False, True])
def test_features_that_lost_their_content_with_the_power_are_extracted_anew(
    damage: Callable[[Path, Path], None], published: bool, library: Path, tmp_path: Path
) -> None:
    gallery = Gallery(library, tmp_path / "store")
    if published:
        gallery.index()
        for name in ("red/red-00.png", "blue/blue-03.jpg"):
            save_picture(library / name, 77 + len(name))
            gallery.set_time(name, 1)
    for number in range(BATCH_SIZE):
        save_picture(library / "new" / f"{number:02}.png", 1000 + number)
    before = gallery.extractor.extracted
    with pytest.raises(Cancelled):
        gallery.index(progress=stop_when(lambda: gallery.extractor.extracted > before))
    paths = gallery.snapshot.images.paths if published else ()
    rows = {path: row for row, path in enumerate(paths)}
    unpublished = [
        image
        for image in gallery.catalog()
        if image.path not in rows or image.id != gallery.snapshot.images[rows[image.path]].id
    ]
    assert len(unpublished) == BATCH_SIZE
    *lost, intact = unpublished[:6]
    for image in lost:
        damage(gallery.store.array_path(image.path), gallery.store.array_path(intact.path))
    total = len(scan(library).files)
    report = gallery.index()
    assert (report.images, report.extracted) == (
        total,
        len(lost) + (2 if published else total - BATCH_SIZE),
    )
    assert_like_fresh(gallery, tmp_path / "fresh")


def test_a_moved_image_does_not_get_a_feature_that_is_not_its_own(indexed: Gallery) -> None:
    indexed.store.save("a.jpg", np.zeros(FAKE_SPACE.dimension, np.float32))
    (indexed.library / "a.jpg").rename(indexed.library / "moved.jpg")
    with pytest.raises(FeatureStoreError, match=r"doctor --repair"):
        indexed.index()
    assert indexed.paths == sorted(PHOTOS)


# Drives below the library


def remembered(gallery: Gallery) -> tuple[Drive, ...]:
    with gallery.store.catalog() as catalog:
        return catalog.drives()


def test_images_of_a_drive_that_is_not_plugged_in_are_not_removed(
    indexed: Gallery, tmp_path: Path
) -> None:
    drive = Drive("cats", linked=False)
    with indexed.store.catalog() as catalog:
        catalog.set_drives([drive])
    (indexed.library / "cats").rename(tmp_path / "unplugged")
    (indexed.library / "dogs" / "1.jpg").unlink()
    for leaves in ("nothing", "an empty folder"):
        report = indexed.index()
        assert [item.image for item in report.skipped] == ["cats"]
        assert "not plugged in" in report.skipped[0].reason
        assert (report.images, report.removed) == (5, 1 if leaves == "nothing" else 0)
        assert "cats/old/1.png" in indexed.paths
        assert remembered(indexed) == (drive,)
        (indexed.library / "cats").mkdir(exist_ok=True)
    assert indexed.extractor.extracted == 0


def test_a_rebuild_forgets_a_drive_that_is_not_plugged_in(indexed: Gallery, tmp_path: Path) -> None:
    with indexed.store.catalog() as catalog:
        catalog.set_drives([Drive("cats", linked=False)])
    shutil.rmtree(indexed.library / "cats")
    report = indexed.index(rebuild=True)
    assert (report.images, report.removed, report.skipped) == (3, 3, ())
    assert remembered(indexed) == ()
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_an_image_of_a_closed_folder_whose_feature_is_lost_leaves_the_index(
    indexed: Gallery,
) -> None:
    with indexed.store.catalog() as catalog:
        catalog.set_drives([Drive("cats", linked=False)])
    shutil.rmtree(indexed.library / "cats")
    indexed.store.array_path("cats/1.jpg").unlink()
    assert indexed.index().images == 5
    assert "cats/1.jpg" not in indexed.paths


class FailingExtractor(FakeExtractor):
    def __init__(self, batches: int) -> None:
        super().__init__()
        self.left = batches

    def extract_all(self, images: Any) -> Any:
        if not self.left:
            raise WeightsError("the weights do not fit")
        self.left -= 1
        return super().extract_all(images)


def test_a_run_that_fails_keeps_what_it_extracted(library: Path, tmp_path: Path) -> None:
    gallery = Gallery(library, tmp_path / "store")
    gallery.extractor = FailingExtractor(batches=1)
    with pytest.raises(WeightsError):
        gallery.index()
    assert gallery.store.snapshot() is None
    gallery.extractor = FakeExtractor()
    assert gallery.index().extracted == 40 - BATCH_SIZE
    assert_like_fresh(gallery, tmp_path / "fresh")


class KilledStore(FeatureStore):
    """A store whose process ends right after it saved an array."""

    def save_all(self, image: str, features: Mapping[str, Array]) -> str:
        super().save_all(image, features)
        raise KeyboardInterrupt


def test_a_run_killed_while_it_copies_from_a_sibling_store_keeps_no_wrong_feature(
    indexed: Gallery, tmp_path: Path
) -> None:
    photo = indexed.library / "a.jpg"
    before, time_before = photo.read_bytes(), photo.stat().st_mtime_ns
    save_picture(photo, 50)
    indexed.set_time("a.jpg", 1)
    space = replace(FAKE_SPACE, descriptor="max")
    sibling = FeatureStore(tmp_path / "sibling", library=indexed.library, space=space)
    sibling.folder.mkdir()
    StoreUpdate(sibling, scan(indexed.library), LocalWorkers(FakeExtractor(space))).run()
    sound = indexed.store
    indexed.store = KilledStore(sound.folder, library=sound.library, space=sound.space)
    with pytest.raises(KeyboardInterrupt):
        indexed.index(sibling_stores=[sibling])
    indexed.store = sound
    photo.write_bytes(before)
    os.utime(photo, ns=(time_before, time_before))
    indexed.index()
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_a_rebuild_extracts_every_image_anew(indexed: Gallery, tmp_path: Path) -> None:
    shutil.copy(indexed.library / "a.jpg", indexed.library / "copy.jpg")
    wrong = np.eye(FAKE_SPACE.dimension, dtype=np.float32)[0]
    saved = [
        replace(image, checksum=indexed.store.save(image.path, wrong))
        for image in indexed.catalog()
    ]
    with indexed.store.catalog() as catalog:
        catalog.add_images(saved)
    # Neither the arrays nor the rows of the index may serve.
    assert publish(indexed.store, tuple(saved), FitChoice(NONE), reuse=False) == 2
    (indexed.library / "b.png").unlink()
    report = indexed.index(rebuild=True)
    # The copy gets the feature that this run extracted.
    assert (report.images, report.extracted, report.unchanged, report.removed) == (6, 5, 1, 1)
    assert (report.generation, indexed.extractor.extracted) == (3, 5)
    assert_like_fresh(indexed, tmp_path / "fresh")
    assert indexed.index(rebuild=True).generation == 4


def test_a_deleted_feature_is_extracted_again(indexed: Gallery, tmp_path: Path) -> None:
    indexed.store.array_path("cats/1.jpg").unlink()
    report = indexed.index()
    assert (report.images, report.extracted, report.unchanged) == (6, 1, 5)
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_features_deleted_with_their_images_are_not_missed(
    indexed: Gallery, tmp_path: Path
) -> None:
    shutil.rmtree(indexed.store.folder / "arrays" / "cats")
    shutil.rmtree(indexed.library / "cats")
    assert indexed.index().images == 3
    assert_like_fresh(indexed, tmp_path / "fresh")


@pytest.mark.parametrize("name", ["index.json", "matrix-000001.npy", "catalog.sqlite"])
def test_a_deleted_part_of_the_store_is_made_again(
    indexed: Gallery, tmp_path: Path, name: str
) -> None:
    (indexed.store.folder / name).unlink()
    indexed.index()
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_a_damaged_index_is_published_again(indexed: Gallery, tmp_path: Path) -> None:
    (indexed.store.folder / "index.json").write_text("{")
    report = indexed.index()
    assert (report.extracted, report.generation) == (0, 2)
    assert_like_fresh(indexed, tmp_path / "fresh")


def test_batches_have_at_most_32_images(library: Path, tmp_path: Path) -> None:
    for number in range(40):
        save_picture(library / f"more-{number}.png", 1000 + number)
    (library / "bad.jpg").write_text("words")
    gallery = Gallery(library, tmp_path / "store")
    assert gallery.index().extracted == 80
    assert gallery.extractor.extracted == 80
    assert max(gallery.extractor.batches) <= BATCH_SIZE == 32


class ComparingWorkers(LocalWorkers):
    """Workers that compare what their threads read with what it was at the start."""

    def extract(self, work: Work, loading: Loading) -> Generator[Batch, None, None]:
        before = dict(work.known), dict(work.sources)
        for batch in super().extract(work, loading):
            yield batch
            assert (work.known, work.sources) == before


def test_equal_files_of_two_batches_are_extracted_once_and_what_threads_read_stays_as_it_is(
    library: Path, tmp_path: Path
) -> None:
    paths = sorted(path for path in library.rglob("*") if path.is_file())
    shutil.copy(paths[0], library / "zz copy.png")
    gallery = Gallery(library, tmp_path / "store")
    workers = ComparingWorkers(gallery.extractor)
    report = StoreUpdate(gallery.store, scan(library), workers).run()
    assert len(paths) > BATCH_SIZE
    assert (report.images, report.extracted) == (len(paths) + 1, len(paths))
    assert gallery.extractor.extracted == len(paths)
    first = paths[0].relative_to(library).as_posix()
    np.testing.assert_array_equal(gallery.store.load("zz copy.png"), gallery.store.load(first))


def test_progress_rises_to_its_total(library: Path, tmp_path: Path) -> None:
    gallery = Gallery(library, tmp_path / "store")
    (library / "bad.jpg").write_text("words")
    steps: list[Progress] = []
    gallery.index(progress=steps.append)
    stages = [step.stage for step in steps]
    assert list(dict.fromkeys(stages)) == ["loading model", "extracting", "stacking"]
    extracting = [step for step in steps if step.stage == "extracting"]
    done = [step.done for step in extracting]
    assert done == sorted(set(done))
    assert {step.total for step in extracting} == {41}
    assert done[-1] == 41
    assert all(step.images_per_second > 0 for step in extracting)
    assert extracting[-1].seconds_left == 0
    assert steps[-1].skipped == 1
    assert [step.skipped for step in steps] == sorted(step.skipped for step in steps)


def test_runs_are_recorded(indexed: Gallery) -> None:
    indexed.index(rebuild=True)
    with indexed.store.catalog() as catalog:
        runs = catalog.runs(10)
    assert [run["extracted"] for run in runs] == [6, 6]
    assert [run["generation"] for run in runs] == [2, 1]


# Any history of a library leads to the index of a first run over its present state.

PLACES = st.sampled_from(["a.png", "b.png", "cats/a.png", "cats/b.png", "cats/old/a.png"])
SEEDS = st.integers(0, 4)
OPERATIONS = st.one_of(
    st.tuples(st.just("write"), PLACES, SEEDS),
    st.tuples(st.just("break"), PLACES),
    st.tuples(st.just("touch"), PLACES),
    st.tuples(st.just("delete"), PLACES),
    st.tuples(st.just("move"), PLACES, PLACES),
    st.tuples(st.just("copy"), PLACES, PLACES),
    st.tuples(st.just("swap"), PLACES, PLACES),
    st.tuples(st.just("forget feature"), PLACES),
    st.tuples(st.just("rebuild")),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("index")),
    st.tuples(st.just("index")),
)


class History:
    """A library of tiny pictures that operations are done to; every write has its own time."""

    def __init__(self, folder: Path) -> None:
        (folder / "library").mkdir()
        self.folder = folder
        self.gallery = Gallery(folder / "library", folder / "store")
        self.clock = 0
        self.checks = 0
        self.do(("write", "z.png", 0))

    def at(self, name: str) -> Path:
        path = self.gallery.library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def written(self, name: str) -> None:
        self.clock += 1
        self.gallery.set_time(name, self.clock)

    def do(self, operation: tuple[Any, ...]) -> None:
        match operation:
            case ("write", name, seed):
                save_picture(self.at(name), seed, size=(8, 8))
                self.written(name)
            case ("break", name):
                self.at(name).write_text("words")
                self.written(name)
            case ("touch", name) if self.at(name).exists():
                self.written(name)
            case ("delete", name):
                self.at(name).unlink(missing_ok=True)
            case ("move", source, target) if self.at(source).exists():
                self.at(source).replace(self.at(target))
            case ("copy", source, target) if self.at(source).exists() and source != target:
                shutil.copyfile(self.at(source), self.at(target))
                self.written(target)
            case ("swap", one, other) if self.at(one).exists() and self.at(other).exists():
                self.at(one).rename(self.at("kept aside"))
                if one != other:
                    self.at(other).rename(self.at(one))
                self.at("kept aside").rename(self.at(other))
            case ("forget feature", name):
                self.gallery.store.array_path(name).unlink(missing_ok=True)
            case ("cancel",):
                with contextlib.suppress(Cancelled):
                    self.gallery.index(progress=stop_when(lambda: True))
            case ("index",) | ("rebuild",):
                self.check(rebuild=operation == ("rebuild",))

    def check(self, *, rebuild: bool) -> None:
        report = self.gallery.index(rebuild=rebuild)
        self.checks += 1
        assert_like_fresh(self.gallery, self.folder / f"fresh-{self.checks}")
        assert report.images == report.extracted + report.unchanged + report.moved
        assert report.images == len(self.gallery.paths)


@settings(max_examples=settings.default.max_examples // 3)
@given(st.lists(OPERATIONS, max_size=15))
@example([("write", "a.png", 1), ("index",), ("swap", "a.png", "z.png")])
@example([("write", "a.png", 1), ("index",), ("move", "a.png", "b.png"), ("write", "a.png", 2)])
@example([("write", "a.png", 1), ("copy", "a.png", "b.png"), ("index",), ("write", "a.png", 2)])
def test_any_history_leads_to_the_index_of_a_first_run(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[Any, ...]]
) -> None:
    history = History(tmp_path_factory.mktemp("history"))
    for operation in operations:
        history.do(operation)
    history.check(rebuild=False)
