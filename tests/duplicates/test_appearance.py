"""A copy shows nothing that the picture it was made of does not show; any other picture does."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image, ImageDraw, ImageEnhance, ImageOps

from core.duplicates.appearance import difference
from core.duplicates.jpeg_coding import JpegCoding
from core.errors import ImageError
from tests.duplicates.not_copies import encoded, font, page, photograph


def saved(image: Image.Image, format: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def smaller(image: Image.Image, kernel: Image.Resampling, share: float = 0.5) -> Image.Image:
    return image.resize((round(share * image.width), round(share * image.height)), kernel)


def by_opencv(image: Image.Image, interpolation: int) -> Image.Image:
    return Image.fromarray(
        cv2.resize(np.asarray(image), None, fx=0.6, fy=0.6, interpolation=interpolation)
    )


def thumbnail(image: Image.Image) -> Image.Image:
    image = Image.open(io.BytesIO(saved(image, quality=92)))
    image.thumbnail((150, 150))
    return image


COPIES: dict[str, Callable[[Image.Image], bytes]] = {
    "png": lambda image: saved(image, "PNG"),
    **{
        f"quality {quality}": lambda image, quality=quality: saved(image, quality=quality)
        for quality in (40, 60, 75, 85)
    },
    "no subsampling": lambda image: saved(image, quality=50, subsampling=0),
    "other subsampling": lambda image: saved(image, quality=80, subsampling=1),
    "progressive": lambda image: saved(image, quality=70, progressive=True),
    **{
        f"smaller, {kernel.name}": lambda image, kernel=kernel: saved(
            smaller(image, kernel), quality=85
        )
        for kernel in (
            Image.Resampling.BOX,
            Image.Resampling.BILINEAR,
            Image.Resampling.BICUBIC,
            Image.Resampling.LANCZOS,
        )
    },
    "smaller png": lambda image: saved(smaller(image, Image.Resampling.LANCZOS, 0.37), "PNG"),
    "OpenCV area": lambda image: saved(by_opencv(image, cv2.INTER_AREA), quality=80),
    "OpenCV linear": lambda image: saved(by_opencv(image, cv2.INTER_LINEAR), quality=80),
    "thumbnail": lambda image: saved(thumbnail(image), quality=75),
    "webp": lambda image: saved(image, "WEBP", lossless=True),
}


@pytest.mark.parametrize("change", COPIES)
def test_a_copy_shows_nothing_else(change: str) -> None:
    picture = photograph(2, (327, 243))
    copy = COPIES[change](picture)
    assert difference(copy, saved(picture, "PNG")) == ""
    assert difference(copy, saved(picture, quality=96)) == "" or change in (
        *("png", "smaller png", "webp"),
        "smaller, BOX",
    )


@pytest.mark.parametrize("quality", [40, 75, 92])
def test_a_page_of_text_saved_again_is_a_copy(quality: int) -> None:
    text = page(["a line of text with 12345"] * 12, size=(300, 260), colour="black")
    assert difference(saved(text, quality=quality), saved(text, "PNG")) == ""
    assert difference(saved(text, "PNG"), saved(text, "BMP")) == ""


@pytest.mark.parametrize("orientation", range(2, 9))
def test_blocks_are_those_of_the_stored_picture(orientation: int) -> None:
    stored = photograph(1, (203, 150))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    copy = saved(stored, quality=40, exif=exif)
    upright = Image.open(io.BytesIO(saved(stored, "PNG", exif=exif)))
    assert difference(copy, saved(ImageOps.exif_transpose(upright), "PNG")) == ""


def changed(image: Image.Image, draw: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
    image = image.copy()
    draw(ImageDraw.Draw(image))
    return image


DIFFERENT: dict[str, tuple[Callable[[Image.Image], Image.Image], str]] = {
    "spot": (
        lambda image: changed(image, lambda draw: draw.ellipse((90, 70, 94, 74), "yellow")),
        "a part differs",
    ),
    "watermark": (
        lambda image: changed(
            image, lambda draw: draw.text((200, 200), "© me", "white", font=font(14))
        ),
        "a part differs",
    ),
    "brighter": (lambda image: ImageEnhance.Brightness(image).enhance(1.2), "other colours"),
    "grey": (lambda image: image.convert("L"), "other colours"),
}


@pytest.mark.parametrize("change", DIFFERENT)
@pytest.mark.parametrize("way", ["png", "jpeg 50", "jpeg 90 half", "webp 80"])
def test_what_differs_is_said(change: str, way: str) -> None:
    picture = photograph(3, (320, 240))
    change_it, words = DIFFERENT[change]
    found = difference(encoded(change_it(picture), way), encoded(picture, "png"))
    assert found
    if way == "png":
        assert found == words


def test_a_copy_with_more_pixels_shows_more() -> None:
    picture = photograph(0, (300, 200))
    assert difference(saved(picture), saved(picture.resize((290, 193)))) == "more pixels"
    assert difference(saved(picture.resize((290, 193))), saved(picture, "PNG")) == ""


def test_what_is_only_to_be_seen_on_black_counts() -> None:
    clear = Image.new("RGBA", (64, 64))
    signed = changed(clear, lambda draw: draw.text((10, 20), "Name", "white", font=font(18)))
    ImageDraw.Draw(clear).rectangle((4, 4, 60, 12), fill="red")
    ImageDraw.Draw(signed).rectangle((4, 4, 60, 12), fill="red")
    assert difference(saved(signed, "PNG"), saved(clear, "PNG")) == "other transparency"
    assert difference(saved(signed, "PNG"), saved(signed, "WEBP", lossless=True)) == ""


def test_a_signature_on_a_large_page_counts() -> None:
    lines = ["we agree to all of the above and to what is said below 2024"] * 60
    blank = page(lines, size=(1240, 1754), text=18, colour="#707070")
    signed = changed(blank, lambda draw: draw.line((900, 1600, 930, 1580, 950, 1610), "#8080c0"))
    for copy in (saved(signed, "PNG"), saved(signed, quality=60)):
        assert difference(copy, saved(blank, "PNG")) == "a part differs"
    assert difference(saved(blank, quality=60), saved(blank, "PNG")) == ""


def test_a_damaged_file_has_no_answer() -> None:
    picture = saved(photograph(0))
    with pytest.raises(ImageError):
        difference(picture, b"no picture")
    assert JpegCoding.of(b"\xff\xd8 no picture") is None
