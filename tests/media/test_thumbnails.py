"""Thumbnails of the images, kept on disk."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.errors import ImageError
from core.feature_store import ImageTable, IndexSnapshot
from core.media import THUMBNAIL_SIDE, DiskCache, thumbnail
from core.model import NONE, FitChoice, learn_fit
from core.types import ImageRecord
from tests.fakes import FAKE_SPACE, picture


def snapshot_of(library: Path) -> IndexSnapshot:
    images = ImageTable.of(
        ImageRecord(
            path.relative_to(library).as_posix(),
            path.stat().st_size,
            path.stat().st_mtime_ns,
            hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest(),
            1,
            1,
            None,
        )
        for path in sorted(library.rglob("*.*"), key=Path.as_posix)
    )
    matrix = np.zeros((len(images), FAKE_SPACE.dimension), np.float32)
    fit = learn_fit(matrix, FitChoice(NONE))
    return IndexSnapshot(library, FAKE_SPACE, 1, "2024-01-01T00:00:00+00:00", images, matrix, fit)


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "features" / "thumbnails")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 480), (THUMBNAIL_SIDE, THUMBNAIL_SIDE * 3 // 4)),
        ((480, 640), (THUMBNAIL_SIDE * 3 // 4, THUMBNAIL_SIDE)),
        ((64, 48), (64, 48)),
        ((2000, 2), (THUMBNAIL_SIDE, 1)),
    ],
)
def test_a_thumbnail_is_a_webp_that_fits_in_its_square(
    size: tuple[int, int], expected: tuple[int, int], tmp_path: Path, cache: DiskCache
) -> None:
    (tmp_path / "library").mkdir()
    picture(1, size=size).save(tmp_path / "library" / "a.png")
    snapshot = snapshot_of(tmp_path / "library")
    content = thumbnail(snapshot, snapshot.images[0].id, cache)
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == ("WEBP", expected)
        original = picture(1, size=size).resize((8, 8), Image.Resampling.BOX)
        small = image.convert("RGB").resize((8, 8), Image.Resampling.BOX)
        if min(expected) >= 8:
            assert np.abs(np.asarray(small, int) - np.asarray(original, int)).max() < 12


def test_a_thumbnail_is_upright(tmp_path: Path, cache: DiskCache) -> None:
    (tmp_path / "library").mkdir()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    picture(1).save(tmp_path / "library" / "a.jpg", exif=exif)
    snapshot = snapshot_of(tmp_path / "library")
    content = thumbnail(snapshot, snapshot.images[0].id, cache)
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (48, 64)
        assert not image.getexif()


def test_a_thumbnail_is_made_once(photos: Path, cache: DiskCache) -> None:
    snapshot = snapshot_of(photos)
    made = thumbnail(snapshot, snapshot.images[0].id, cache)
    (photos / snapshot.images[0].path).unlink()
    assert thumbnail(snapshot, snapshot.images[0].id, cache) == made
    kept = [path for path in cache.folder.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in kept] == [made]


def test_each_image_has_a_thumbnail_of_its_own(photos: Path, cache: DiskCache) -> None:
    snapshot = snapshot_of(photos)
    made = {thumbnail(snapshot, image.id, cache) for image in snapshot.images}
    assert len(made) == len(snapshot.images) == 6


@pytest.mark.parametrize("image_id", ["0" * 32, "", "../../../etc/passwd"])
def test_an_unknown_image_is_refused(photos: Path, cache: DiskCache, image_id: str) -> None:
    with pytest.raises(ImageError, match="not in the index"):
        thumbnail(snapshot_of(photos), image_id, cache)
    assert not cache.folder.exists()


def test_an_image_that_changed_since_it_was_indexed_is_refused(
    photos: Path, cache: DiskCache
) -> None:
    snapshot = snapshot_of(photos)
    picture(99).save(photos / snapshot.images[0].path)
    with pytest.raises(ImageError, match="changed since it was indexed"):
        thumbnail(snapshot, snapshot.images[0].id, cache)


def test_an_image_that_is_gone_is_refused(photos: Path, cache: DiskCache) -> None:
    snapshot = snapshot_of(photos)
    (photos / snapshot.images[0].path).unlink()
    with pytest.raises(ImageError, match="does not exist"):
        thumbnail(snapshot, snapshot.images[0].id, cache)
