"""Any image file becomes upright RGB, or is refused with a plain reason."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pillow_jxl  # noqa: F401 - lets Pillow write JPEG XL
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms

from core.errors import ImageError
from core.images import FORMATS, is_image, load_image, squash
from core.images.headers import MAX_PIXELS
from core.images.loading import reason_of
from tests.fakes import picture, save_picture
from tests.images.photoshop import register_psd_writer

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
UPRIGHT = [[RED, GREEN, GREEN], [RED, GREEN, GREEN], [BLUE, WHITE, WHITE], [BLUE, WHITE, WHITE]]
BLOCK = 16
# Extension, what to save with, largest error of a channel (lossy formats).
ROUND_TRIPS = {
    "JPEG": ("jpg", {"quality": 95, "subsampling": 0}, 25),
    "PNG": ("png", {}, 0),
    "GIF": ("gif", {}, 0),
    "BMP": ("bmp", {}, 0),
    "TIFF": ("tif", {}, 0),
    "WEBP": ("webp", {"lossless": True}, 0),
    "AVIF": ("avif", {"quality": 95, "subsampling": "4:4:4"}, 25),
    "HEIF": ("heic", {"quality": 95, "chroma": 444}, 25),
    "JPEG2000": ("jp2", {}, 0),
    "ICO": ("ico", {"sizes": [(64, 64)]}, 0),
    "PPM": ("ppm", {}, 0),
    "JXL": ("jxl", {"lossless": True}, 0),
    "PSD": ("psd", {}, 0),
    "TGA": ("tga", {}, 0),
    "PCX": ("pcx", {}, 0),
    "SGI": ("sgi", {}, 0),
    "QOI": ("qoi", {}, 0),
    "DDS": ("dds", {}, 0),
}


pillow_heif.register_heif_opener()
register_psd_writer()


def profile_of(colours: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(colours)).tobytes()


def linear_profile() -> bytes:
    """The primaries of sRGB with a gamma of 1: its parametric curve made the identity."""
    profile = profile_of("sRGB")
    start = profile.index(b"para")
    identity = b"para" + bytes(8) + b"\0\1\0\0"
    return profile[:start] + identity.ljust(32, b"\0") + profile[start + 32 :]


def encode(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def pixels_of(source: Path | bytes) -> Image.Image:
    pixels = load_image(source).pixels
    assert pixels.mode == "RGB"
    return pixels


def only_pixel(image: Image.Image, format: str = "PNG", **options: Any) -> tuple[int, ...]:
    colours = pixels_of(encode(image, format, **options)).getcolors()
    assert colours is not None
    assert len(colours) == 1
    return colours[0][1]


def png(width: int, height: int, body: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def corners() -> Image.Image:
    """Taller than wide, every corner of another colour, no two orientations alike."""
    return Image.fromarray(
        np.kron(np.array(UPRIGHT, np.uint8), np.ones((BLOCK, BLOCK, 1), np.uint8))
    )


def camera_view(orientation: int) -> Image.Image:
    """What a camera stores so that ``orientation`` tells how to see ``corners`` (EXIF 2.32, 4.6.4).

    The orientation names the sides of the scene that the stored row 0 and column 0 lie on.
    """
    rows = np.asarray(corners())
    stored = {
        1: rows,  # row 0 is the top, column 0 the left side
        2: rows[:, ::-1],  # top, right
        3: rows[::-1, ::-1],  # bottom, right
        4: rows[::-1],  # bottom, left
        5: rows.transpose(1, 0, 2),  # left, top
        6: rows[:, ::-1].transpose(1, 0, 2),  # right, top
        7: rows[::-1, ::-1].transpose(1, 0, 2),  # right, bottom
        8: rows[::-1].transpose(1, 0, 2),  # left, bottom
    }
    return Image.fromarray(np.ascontiguousarray(stored[orientation]))


def exif_of(orientation: int, taken_at: object = None) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Maker"
    exif[ExifTags.Base.XResolution] = 72.0
    if taken_at is not None:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken_at
    return exif


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright(orientation: int, format: str) -> None:
    stored = camera_view(orientation)
    pixels = pixels_of(encode(stored, format, exif=exif_of(orientation)))
    assert pixels.size == (3 * BLOCK, 4 * BLOCK)
    error = np.abs(np.asarray(pixels, int) - np.asarray(corners(), int))
    assert np.median(error) <= 2, "sides are swapped"
    assert np.mean(error > 60) < 0.02


def test_an_unknown_orientation_leaves_the_picture_as_it_is_stored() -> None:
    assert pixels_of(encode(corners(), exif=exif_of(9))).tobytes() == corners().tobytes()


def test_the_oracle_of_orientation_has_eight_different_pictures() -> None:
    assert len({encode(camera_view(orientation)) for orientation in range(1, 9)}) == 8


@given(
    edits=st.lists(st.tuples(st.integers(6, 199), st.integers(0, 255)), max_size=4),
    length=st.integers(6, 200),
)
@example(edits=[(21, 2)], length=200)
@example(edits=[], length=7)
def test_broken_exif_never_costs_the_picture(edits: list[tuple[int, int]], length: int) -> None:
    exif = bytearray(exif_of(6, "2024:05:06 07:08:09").tobytes())
    for place, value in edits:
        exif[place % len(exif)] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pixels = pixels_of(
            encode(Image.new("RGB", (16, 8), RED), "JPEG", exif=bytes(exif[:length]))
        )
    assert sorted(pixels.size) == [8, 16]


def test_an_oriented_photograph_with_a_tag_of_a_wrong_type_is_turned_upright() -> None:
    exif = exif_of(6).tobytes()
    rational = struct.pack(">HH", ExifTags.Base.XResolution, 5)
    text = struct.pack(">HH", ExifTags.Base.XResolution, 2)
    assert rational in exif
    photograph = encode(camera_view(6), "JPEG", exif=exif.replace(rational, text))
    assert pixels_of(photograph).size == corners().size


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("L", (4, 4), 100), (100, 100, 100)),
        (Image.new("LA", (4, 4), (100, 255)), (100, 100, 100)),
        (Image.new("LA", (4, 4), (100, 0)), WHITE),
        (Image.new("RGBA", (4, 4), (255, 0, 0, 255)), RED),
        (Image.new("RGBA", (4, 4), (255, 0, 0, 0)), WHITE),
        (Image.new("RGBA", (4, 4), (0, 0, 0, 128)), (127, 127, 127)),
        (Image.new("1", (4, 4), 1), WHITE),
        (Image.new("1", (4, 4), 0), (0, 0, 0)),
    ],
    ids=["L", "LA", "LA-clear", "RGBA", "RGBA-clear", "RGBA-half", "1-white", "1-black"],
)
def test_modes_become_rgb_on_white(image: Image.Image, expected: tuple[int, ...]) -> None:
    assert only_pixel(image) == expected


@pytest.mark.parametrize(("index", "expected"), [(0, WHITE), (1, GREEN)])
def test_transparency_of_a_palette_is_laid_on_white(index: int, expected: tuple[int, ...]) -> None:
    image = Image.new("P", (4, 4), index)
    image.putpalette([*RED, *GREEN])
    assert only_pixel(image, transparency=0) == expected


def test_transparency_of_one_colour_is_laid_on_white() -> None:
    assert only_pixel(Image.new("RGB", (4, 4), RED), transparency=RED) == WHITE
    assert only_pixel(Image.new("RGB", (4, 4), RED), transparency=GREEN) == RED


def test_cmyk_becomes_rgb() -> None:
    ink = only_pixel(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)
    assert np.abs(np.subtract(ink, RED)).max() <= 6


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 65535]], np.uint16), [0, 255]),
        (np.array([[0, 32768, 65535]], np.uint16), [0, 128, 255]),
        (np.array([[0, 100, 255]], np.uint16), [0, 100, 255]),
    ],
)
def test_16_bit_grey_keeps_its_brightness(values: np.ndarray, expected: list[int]) -> None:
    pixels = pixels_of(encode(Image.fromarray(values)))
    assert np.asarray(pixels)[0].tolist() == [[grey] * 3 for grey in expected]


@pytest.mark.parametrize("format", ["PNG", "TIFF", "PPM", "JPEG2000"])
def test_16_bit_grey_is_brought_to_8_bits_in_every_format(format: str) -> None:
    values = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64)
    pixels = np.asarray(pixels_of(encode(Image.fromarray(values), format)), int)
    assert np.abs(pixels[..., 0] - values / 257).max() <= 1


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[0.0, 0.5, 1.0]], [0, 128, 255]),
        ([[0.0, 100.0, 255.0]], [0, 100, 255]),
        ([[-5.0, float("nan"), 1.0]], [0, 0, 255]),
        ([[0.0, 1000.0, float("inf")]], [0, 4, 255]),
    ],
)
def test_floating_point_grey_is_brought_to_8_bits(
    values: list[list[float]], expected: list[int]
) -> None:
    pixels = pixels_of(encode(Image.fromarray(np.array(values, np.float32)), "TIFF"))
    assert np.asarray(pixels)[0].tolist() == [[grey] * 3 for grey in expected]


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF", "MPO"])
def test_the_first_of_several_frames_is_taken(format: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, GREEN, BLUE)]
    content = encode(frames[0], format, save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(content)) as image:
        assert getattr(image, "n_frames", 1) == 3
    pixels = pixels_of(content)
    assert np.abs(np.asarray(pixels, int) - RED).max() <= 3


def test_every_format_has_a_round_trip() -> None:
    assert set(ROUND_TRIPS) == set(FORMATS)


@pytest.mark.parametrize("format", FORMATS)
def test_formats_round_trip(format: str, tmp_path: Path) -> None:
    extension, options, tolerance = ROUND_TRIPS[format]
    image = picture(1, size=(64, 64)).quantize(32).convert("RGB")
    path = tmp_path / f"picture.{extension}"
    image.save(path, format, **options)
    assert is_image(path)
    for source in (path, path.read_bytes()):
        error = np.asarray(pixels_of(source), int) - np.asarray(image, int)
        assert np.abs(error).max() <= tolerance


def test_the_extension_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(encode(picture(1)))
    assert pixels_of(path).tobytes() == picture(1).tobytes()


def test_the_pixels_outlive_their_file(tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.png", 1)
    pixels = pixels_of(path)
    path.unlink()
    assert pixels.getpixel((0, 0)) == picture(1).getpixel((0, 0))


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_tail_keeps_what_is_there(progressive: bool) -> None:
    whole = Image.effect_noise((256, 256), 90).convert("RGB")
    content = encode(whole, "JPEG", quality=90, progressive=progressive)
    cut = np.asarray(pixels_of(content[: len(content) * 3 // 4]), np.float32)
    difference = np.abs(cut - np.asarray(pixels_of(content), np.float32)).mean(axis=(1, 2))
    assert cut.shape == (256, 256, 3)
    assert difference[:128].max() < (100 if progressive else 1)


def test_a_large_jpeg_is_decoded_at_reduced_scale_and_tells_its_true_size() -> None:
    photo = picture(3, size=(1600, 1200))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    content = encode(photo, "JPEG", quality=95, exif=exif.tobytes())
    small = load_image(content, enough=280)
    assert small.pixels.size == (300, 400)
    assert (small.width, small.height) == (1200, 1600)
    full = load_image(content)
    assert full.pixels.size == (1200, 1600)
    difference = np.asarray(squash(full.pixels, 64), int) - np.asarray(squash(small.pixels, 64))
    assert np.abs(difference).mean() < 2


def test_a_large_image_of_another_format_keeps_its_proportions() -> None:
    content = encode(Image.new("RGB", (6000, 3000), "orange"), "PNG")
    small = load_image(content, enough=280)
    assert small.pixels.size == (600, 300)
    assert (small.width, small.height) == (6000, 3000)


def test_enough_never_makes_an_image_smaller_than_that_or_larger_than_it_is() -> None:
    content = encode(picture(3, size=(300, 200)), "JPEG")
    assert load_image(content, enough=201).pixels.size == (300, 200)
    assert load_image(content, enough=100).pixels.size == (150, 100)


def test_colours_are_brought_from_their_profile_to_srgb() -> None:
    # Linear light: the same number means a brighter colour than in sRGB.
    tagged = encode(Image.new("RGB", (8, 8), (128, 128, 128)), icc_profile=linear_profile())
    assert pixels_of(tagged).getpixel((4, 4)) == pytest.approx((188, 188, 188), abs=2)
    same = encode(Image.new("RGB", (8, 8), (128, 90, 30)), icc_profile=profile_of("sRGB"))
    assert pixels_of(same).getpixel((4, 4)) == pytest.approx((128, 90, 30), abs=1)


@pytest.mark.parametrize("profile", [b"no profile", profile_of("LAB")])
def test_a_profile_that_does_not_fit_leaves_the_colours(profile: bytes) -> None:
    tagged = encode(Image.new("RGB", (8, 8), (128, 90, 30)), icc_profile=profile)
    assert pixels_of(tagged).getpixel((4, 4)) == (128, 90, 30)


def refusal(source: Path | bytes) -> str:
    with pytest.raises(ImageError) as caught:
        load_image(source)
    message = str(caught.value)
    assert message
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Dear diary, this is not a picture.", "not an image"),
        (b"\0", "not an image"),
        (encode(picture(1), "JPEG")[:200], "damaged: "),
        (encode(picture(1), "PNG")[:200], "damaged: "),
        (encode(picture(1), "GIF")[:200], "damaged: "),
        (png(4, 4, zlib.compress(b"")), "damaged: "),
    ],
    ids=["text", "zero-byte", "head-of-a-jpeg", "half-a-png", "half-a-gif", "png-without-pixels"],
)
def test_what_is_no_image_is_refused_with_a_reason(
    content: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(content)
    assert refusal(path).startswith(reason)
    assert refusal(content) == refusal(path)


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=60).map(lambda tail: png(3, 2, tail))))
def test_random_bytes_are_an_image_or_refused_in_one_line(content: bytes) -> None:
    try:
        assert load_image(content).pixels.mode == "RGB"
    except ImageError:
        refusal(content)


@given(
    format=st.sampled_from(FORMATS),
    edits=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=5),
    cut=st.integers(0, 100),
)
def test_damaged_files_are_an_image_or_refused_in_one_line(
    format: str, edits: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray(encode(picture(1, size=(16, 16)), format))
    for place, value in edits:
        content[place % len(content)] = value
    try:
        pixels = load_image(bytes(content[: len(content) - cut])).pixels
    except ImageError as error:
        message = str(error)
        assert message
        assert "\n" not in message
    else:
        assert pixels.mode == "RGB"


@pytest.mark.parametrize(
    ("width", "height"), [(50_000, 50_000), (MAX_PIXELS + 1, 1), (2**31 - 1, 2**31 - 1)]
)
def test_a_decompression_bomb_is_refused_by_its_header(width: int, height: int) -> None:
    assert refusal(png(width, height)).startswith("too large")


def test_an_icon_that_hides_a_bomb_is_refused() -> None:
    bomb = png(60_000, 60_000)
    directory = struct.pack("<HHH", 0, 1, 1) + struct.pack(
        "<BBBBHHII", 16, 16, 0, 0, 1, 32, len(bomb), 22
    )
    assert refusal(directory + bomb).startswith("too large")


def test_a_folder_is_refused_without_its_path(tmp_path: Path) -> None:
    reason = refusal(tmp_path)
    assert reason.startswith("it cannot be read: ")
    assert reason.isprintable()
    assert str(tmp_path) not in reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (IsADirectoryError(21, "Is a directory", "/home/me/a.jpg"), "Is a directory"),
        (OSError("cannot read /home/me/a.jpg"), "it cannot be decoded"),
        (OSError("cannot read C:\\pictures\\a.jpg"), "it cannot be decoded"),
        (ImportError("/opt/lib/a.so: cannot open shared object file"), "it cannot be decoded"),
        (RuntimeError("Please build `it` anew"), "it cannot be decoded"),
        (OSError("image file is truncated\n(3 bytes)"), "image file is truncated (3 bytes)"),
        (ValueError(), "ValueError"),
        (ValueError("x" * 999), "x" * 200),
    ],
)
def test_the_reason_of_an_error_is_one_line_without_a_path(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.jpg") == "it does not exist"


def test_a_file_without_permission_is_refused(tmp_path: Path, as_user: Any) -> None:
    save_picture(tmp_path / "secret.png", 1).chmod(0)

    def look() -> tuple[str, bool]:
        return refusal(Path("secret.png")), is_image(Path("secret.png"))

    assert as_user(look) == ("no permission to read it", False)


def test_eps_is_refused_without_starting_an_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = encode(picture(1), "EPS")
    started = tmp_path / "started"
    for name in ("gs", "gswin64c"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ntouch '{started}'\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert refusal(content) == "not an image of a known format"
    path = tmp_path / "drawing.jpg"
    path.write_bytes(content)
    assert not is_image(path)
    assert not started.exists()


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("2024:05:06 07:08:09", "2024-05-06T07:08:09"),
        ("2024:05:06 07:08:09\0", "2024-05-06T07:08:09"),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("0000:00:00 00:00:00", None),
        ("0000:05:06 07:08:09", None),
        ("12024:05:06 07:08:09", None),
        ("-024:05:06 07:08:09", None),
        ("    :  :     :  :  ", None),
        ("2024:13:45 07:08:09", None),
        ("2024:02:30 07:08:09", None),
        ("2024:05:06", None),
        ("\xff\xfe\x00", None),
    ],
)
def test_taken_at_is_the_recorded_time_or_none(recorded: str | None, expected: str | None) -> None:
    loaded = load_image(encode(picture(1), "JPEG", exif=exif_of(1, recorded)))
    assert loaded.taken_at == expected


def test_taken_at_is_none_without_exif() -> None:
    assert load_image(encode(picture(1), "JPEG")).taken_at is None


@given(st.text(max_size=30))
def test_taken_at_of_any_text_is_a_time_or_none(recorded: str) -> None:
    content = encode(Image.new("RGB", (4, 4)), "JPEG", exif=exif_of(1, recorded.encode()))
    taken_at = load_image(content).taken_at
    assert taken_at is None or datetime.fromisoformat(taken_at).isoformat() == taken_at


@pytest.mark.parametrize("size", [(64, 48), (48, 64), (300, 300), (1000, 7), (1, 1)])
def test_squash_equals_pillow_resize(size: tuple[int, int]) -> None:
    image = picture(1, size=size)
    assert squash(image, 224).tobytes() == image.resize((224, 224)).tobytes()
    bicubic = image.resize((224, 224), Image.Resampling.BICUBIC)
    assert squash(image, 224).tobytes() == bicubic.tobytes()


def test_squash_leaves_a_picture_of_the_right_size_alone() -> None:
    image = picture(1, size=(224, 224))
    assert squash(image, 224) is image


def test_is_image_tells_by_content_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("not a picture")
    (tmp_path / "empty.png").touch()
    save_picture(tmp_path / "a.png", 1).rename(tmp_path / "no-extension")
    assert is_image(tmp_path / "no-extension")
    for name in ("notes.jpg", "empty.png", "missing.jpg", "."):
        assert not is_image(tmp_path / name)
