"""Of a raw camera file the largest preview is taken."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import ImageError
from core.images import EXTENSIONS, is_image, load_image
from core.images.raw import is_raw, preview_of
from tests.fakes import picture
from tests.images.negatives import SMALL, raw_file
from tests.images.test_loading import camera_view, corners, encode, exif_of


def preview(image: Image.Image, **options: object) -> tuple[bytes, tuple[int, int]]:
    content = encode(image, "JPEG", quality=95, **options)
    if "exif" in options:
        # Cameras put it first, where Pillow puts what JFIF asks for.
        start = content.index(b"\xff\xe1")
        content = content[:2] + content[start:]
    return content, image.size


def assert_shows(content: bytes, expected: Image.Image) -> None:
    pixels = load_image(content).pixels
    assert pixels.size == expected.size
    error = np.abs(np.asarray(pixels, int) - np.asarray(expected, int))
    assert np.median(error) <= 2
    assert np.mean(error > 60) < 0.02


@pytest.mark.parametrize("dng", [True, False], ids=["dng", "nef"])
def test_the_largest_preview_is_taken(dng: bool) -> None:
    small, large = picture(1, size=(40, 30)), picture(2, size=(400, 300))
    for previews in ((small, large), (large, small)):
        content = raw_file(*map(preview, previews), dng=dng)
        assert is_raw(content)
        assert_shows(content, large)


@pytest.mark.parametrize("magic", [b"IIRO", b"IIRS", b"IIU\0"])
def test_makers_with_a_magic_of_their_own_are_read(magic: bytes) -> None:
    content = raw_file(preview(corners()), dng=False, magic=magic)
    assert is_raw(content)
    assert_shows(content, corners())


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_preview_is_turned_as_it_says_or_else_as_the_negative(orientation: int) -> None:
    turned = camera_view(orientation)
    assert_shows(raw_file(preview(turned), orientation=orientation), corners())
    told = preview(turned, exif=exif_of(orientation))
    assert_shows(raw_file(told, orientation=1), corners())
    assert_shows(raw_file(told, orientation=3), corners())
    # EXIF that tells something else.
    silent = Image.Exif()
    silent[271] = "Maker"
    assert_shows(raw_file(preview(turned, exif=silent), orientation=orientation), corners())


def test_a_bitmap_is_a_preview_too() -> None:
    found = preview_of(raw_file())
    assert found is not None
    assert found.content.startswith(b"P6 32 24 255\n")
    assert load_image(raw_file(orientation=6)).pixels.size == SMALL[::-1]


def test_the_time_is_that_of_the_preview_or_of_the_negative() -> None:
    plain = preview(corners())
    dated = preview(corners(), exif=exif_of(1, "2024:05:06 07:08:09"))
    assert load_image(raw_file(plain)).taken_at is None
    negative = raw_file(plain, taken_at="2023:02:03 04:05:06")
    assert load_image(negative).taken_at == "2023-02-03T04:05:06"
    both = raw_file(dated, taken_at="2023:02:03 04:05:06")
    assert load_image(both).taken_at == "2024-05-06T07:08:09"


def test_a_large_preview_is_decoded_at_reduced_scale() -> None:
    loaded = load_image(raw_file(preview(picture(3, size=(1600, 1200)))), enough=280)
    assert loaded.pixels.size == (400, 300)
    assert (loaded.width, loaded.height) == (1600, 1200)


def raf() -> bytes:
    return b"FUJIFILMCCD-RAW 0201FF129502FinePix".ljust(400, b"\0")


@pytest.mark.parametrize(
    "head",
    [
        raf(),
        b"\0\0\0\x18ftypcrx \0\0\0\1crx isom".ljust(400, b"\0"),
        b"MMOR\0\0\0\x08".ljust(400, b"\0"),
        # A whole CR2 has its first directory at 16.
        b"II*\0\x10\0\0\0CR\2\0\0\0\0\0" + struct.pack("<HHHII", 1, 256, 4, 1, 9).ljust(400, b"\0"),
    ],
    ids=["raf", "cr3", "orf", "cr2"],
)
def test_a_raw_file_that_holds_no_preview_is_refused_by_name(head: bytes) -> None:
    assert is_raw(head)
    with pytest.raises(ImageError, match=r"^a raw camera file without a preview$"):
        load_image(head)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "HEIF"])
def test_other_images_never_get_to_libraw(format: str) -> None:
    options = {"exif": exif_of(6)} if format in ("JPEG", "TIFF") else {}
    assert not is_raw(encode(corners(), format, **options))


@pytest.mark.parametrize("length", range(90))
def test_a_file_that_is_cut_in_its_head_is_no_error(length: int) -> None:
    whole = raw_file()
    for order in (b"II*\0", b"MM\0*", b"IIRO"):
        head = (order + whole[4:])[:length]
        assert is_raw(head) == (length >= 4 and order == b"IIRO")


def test_a_raw_file_is_recognised_by_content_alone(tmp_path: Path) -> None:
    for name, content in (("a", raw_file()), ("b", raf())):
        (tmp_path / name).write_bytes(content)
        assert is_image(tmp_path / name)
    assert {".dng", ".nef", ".cr2", ".cr3", ".arw", ".orf", ".rw2", ".raf", ".pef"} < EXTENSIONS
