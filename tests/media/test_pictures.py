"""Images in full size, in formats that browsers show."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import ExifTags, Image

from core.errors import ImageError
from core.images import load_image
from core.media import DiskCache, picture, pictures
from core.media.pictures import CONVERTED, PICTURE_SIDE, Picture
from tests.fakes import picture as drawn
from tests.media.test_thumbnails import snapshot_of


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "cache")


def save(tmp_path: Path, name: str, size: tuple[int, int] = (64, 48), **options: object) -> Path:
    pillow_heif.register_heif_opener()
    path = tmp_path / "library" / name
    path.parent.mkdir(exist_ok=True)
    drawn(1, size=size).save(path, **options)  # type: ignore[arg-type]
    return path


def only(tmp_path: Path, cache: DiskCache) -> Picture:
    snapshot = snapshot_of(tmp_path / "library")
    return picture(snapshot, snapshot.images[0].id, cache)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.jpg", "image/jpeg"),
        ("a.png", "image/png"),
        ("a.gif", "image/gif"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.bmp", "image/bmp"),
        ("a.ico", "image/x-icon"),
    ],
)
def test_a_format_that_browsers_show_is_sent_as_it_is(
    name: str, media_type: str, tmp_path: Path, cache: DiskCache
) -> None:
    path = save(tmp_path, name)
    assert only(tmp_path, cache) == Picture(path, media_type)
    assert not cache.folder.exists()


def test_the_content_counts_not_the_name(tmp_path: Path, cache: DiskCache) -> None:
    path = save(tmp_path, "a.png", format="JPEG")
    assert only(tmp_path, cache) == Picture(path, "image/jpeg")


@pytest.mark.parametrize("name", ["a.tiff", "a.heic", "a.jp2", "a.ppm"])
def test_a_format_that_browsers_do_not_show_becomes_a_jpeg(
    name: str, tmp_path: Path, cache: DiskCache
) -> None:
    path = save(tmp_path, name, (640, 480))
    shown = only(tmp_path, cache)
    assert shown.media_type == CONVERTED
    assert isinstance(shown.content, bytes)
    with Image.open(io.BytesIO(shown.content)) as image:
        assert (image.format, image.size) == ("JPEG", (640, 480))
        small = np.asarray(image.resize((8, 6), Image.Resampling.BOX), int)
    expected = load_image(path).pixels.resize((8, 6), Image.Resampling.BOX)
    assert np.abs(small - np.asarray(expected, int)).max() < 12


def test_a_converted_picture_is_upright_bounded_and_made_once(
    tmp_path: Path, cache: DiskCache
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    path = save(tmp_path, "a.tiff", (PICTURE_SIDE + 952, PICTURE_SIDE - 548), exif=exif)
    snapshot = snapshot_of(path.parent)
    shown = picture(snapshot, snapshot.images[0].id, cache)
    assert isinstance(shown.content, bytes)
    with Image.open(io.BytesIO(shown.content)) as image:
        assert image.size == (1024, PICTURE_SIDE)
    state = path.stat()
    path.write_bytes(b"II*\0".ljust(state.st_size))
    assert picture(snapshot, snapshot.images[0].id, cache) == shown


def test_an_image_too_large_for_a_phone_is_made_smaller(
    tmp_path: Path, cache: DiskCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, "a.jpg")
    monkeypatch.setattr(pictures, "MOST_PIXELS", 0)
    assert only(tmp_path, cache).media_type == CONVERTED
    assert cache.folder.exists()


@pytest.mark.parametrize("name", ["a.jpg", "a.tiff"])
def test_a_file_that_became_another_is_refused(name: str, tmp_path: Path, cache: DiskCache) -> None:
    path = save(tmp_path, name)
    snapshot = snapshot_of(path.parent)
    drawn(2).save(path)
    os.utime(path, (1, 1))
    with pytest.raises(ImageError, match="changed since it was indexed"):
        picture(snapshot, snapshot.images[0].id, cache)


def test_a_file_that_was_only_touched_is_shown(tmp_path: Path, cache: DiskCache) -> None:
    path = save(tmp_path, "a.jpg")
    snapshot = snapshot_of(path.parent)
    os.utime(path, (1, 1))
    assert picture(snapshot, snapshot.images[0].id, cache).content == path


@pytest.mark.parametrize("image_id", ["0" * 32, "", "../../../etc/passwd"])
def test_an_unknown_image_is_refused(tmp_path: Path, cache: DiskCache, image_id: str) -> None:
    path = save(tmp_path, "a.jpg")
    with pytest.raises(ImageError, match="not in the index"):
        picture(snapshot_of(path.parent), image_id, cache)
