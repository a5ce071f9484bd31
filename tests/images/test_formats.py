"""What single formats have of their own: weak signatures, odd channels, headers that lie."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import DdsImagePlugin, Image

from core.images import EXTENSIONS, is_image, unread_format
from core.images.jpeg_xl import read_header
from tests.fakes import picture
from tests.images.photoshop import psd
from tests.images.test_loading import (
    GREEN,
    RED,
    WHITE,
    corners,
    encode,
    pixels_of,
    refusal,
)


def test_a_transparent_photoshop_file_is_laid_on_white_and_a_selection_is_not() -> None:
    clear = Image.new("RGBA", (4, 3), (255, 0, 0, 0))
    assert pixels_of(psd(clear)).getcolors() == [(12, WHITE)]
    assert pixels_of(psd(clear, transparent=False)).getcolors() == [(12, RED)]


@pytest.mark.parametrize("rle", [False, True], ids=["raw", "rle"])
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "CMYK"])
def test_the_composite_of_a_photoshop_file_is_read(mode: str, rle: bool) -> None:
    image = corners().quantize(8) if mode == "P" else corners().convert(mode)
    pixels = np.asarray(pixels_of(psd(image, rle=rle)), int)
    assert np.abs(pixels - np.asarray(image.convert("RGB"), int)).max() <= 2


def test_a_deep_photoshop_file_is_refused_by_name() -> None:
    reason = refusal(psd(corners(), bits=16))
    assert reason == "a PSD file of 16 bits a channel; only those of 8 are read: convert it"


def test_a_photoshop_file_of_countless_parts_is_refused() -> None:
    parts = b"8BIM" + bytes(8)
    assert pixels_of(psd(corners(), resources=1_000 * parts)).size == corners().size
    assert refusal(psd(corners(), resources=100_000 * parts)).startswith("damaged: more than")


@pytest.mark.parametrize(("bits", "expected"), [(0, RED), (8, WHITE)])
def test_the_fourth_channel_of_a_targa_file_counts_if_its_header_says_so(
    bits: int, expected: tuple[int, ...]
) -> None:
    content = bytearray(encode(Image.new("RGBA", (4, 3), (255, 0, 0, 0)), "TGA"))
    content[17] = bits
    assert pixels_of(bytes(content)).getcolors() == [(12, expected)]


@pytest.mark.parametrize("rle", [False, True])
@pytest.mark.parametrize("orientation", [-1, 1])
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA"])
def test_targa_files_of_every_kind_are_upright(mode: str, orientation: int, rle: bool) -> None:
    image = corners().quantize(8) if mode == "P" else corners().convert(mode)
    content = encode(image, "TGA", rle=rle, orientation=orientation)
    assert pixels_of(content).tobytes() == image.convert("RGB").tobytes()


def test_a_targa_file_is_no_guess_it_needs_a_sound_header_and_a_name(tmp_path: Path) -> None:
    content = encode(picture(1), "TGA")
    unsound = {1: 2, 2: 5, 12: 0, 16: 7, 17: 0xC0}
    for name in ("a.tga", "a.TGA", "a.icb", "a.vda", "a.vst"):
        (tmp_path / name).write_bytes(content)
        assert is_image(tmp_path / name)
        assert pixels_of(tmp_path / name).tobytes() == picture(1).tobytes()
    for name in ("a", "a.txt", "a.old"):
        (tmp_path / name).write_bytes(content)
        assert not is_image(tmp_path / name)
    for place, value in unsound.items():
        damaged = bytearray(content)
        damaged[place : place + 2] = bytes((value, 0 if place == 12 else damaged[place + 1]))
        (tmp_path / "b.tga").write_bytes(damaged)
        assert not is_image(tmp_path / "b.tga")
        assert refusal(tmp_path / "b.tga") == "not an image of a known format"


def test_a_pcx_file_needs_a_sound_header(tmp_path: Path) -> None:
    content = encode(picture(1), "PCX")
    (tmp_path / "a").write_bytes(content)
    assert is_image(tmp_path / "a")
    for place, value in {1: 9, 2: 2, 3: 5, 4: 0xFF, 64: 1, 65: 9}.items():
        damaged = bytearray(content)
        damaged[place] = value
        assert refusal(bytes(damaged)) == "not an image of a known format"


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("red_first", [False, True])
def test_uncompressed_textures_give_what_pillow_gives(mode: str, red_first: bool) -> None:
    image = picture(1).convert(mode)
    content = bytearray(encode(image, "DDS"))
    if red_first:
        content[92:100], content[100:104] = content[100:104] + content[96:100], content[92:96]
    with Image.open(io.BytesIO(content)) as opened:
        assert isinstance(opened, DdsImagePlugin.DdsImageFile)
        assert opened.tile[0].codec_name == "dds_rgb"
        expected = opened.convert("RGB")
    assert (expected.tobytes() == picture(1).tobytes()) is not red_first
    assert pixels_of(bytes(content)).tobytes() == expected.tobytes()


def test_a_texture_of_another_layout_is_read_up_to_a_smaller_size() -> None:
    content = bytearray(encode(Image.new("RGB", (4, 3), RED), "DDS"))
    content[92:104] = struct.pack("<III", 0xFF, 0xFF0000, 0xFF00)
    assert pixels_of(bytes(content)).getcolors() == [(12, GREEN)]
    content[12:20] = struct.pack("<II", 6_000, 5_000)
    assert refusal(bytes(content)) == "too large: 5000x6000 pixels, at most 25 million"
    unknown = encode(Image.new("RGBA", (4, 4)), "DDS", pixel_format="DXT5").replace(
        b"DXT5", b"XXXX"
    )
    assert refusal(unknown).startswith("of a kind that is not read: ")


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("L", {}),
        ("RGB", {}),
        ("RGB", {"use_container": True}),
        ("RGBA", {}),
        ("I;16", {"lossless": True}),
        ("F", {"lossless": True}),
    ],
)
def test_the_header_of_a_jpeg_xl_file_is_that_of_its_pixels(
    mode: str, options: dict[str, Any]
) -> None:
    for size in ((64, 48), (48, 64), (64, 64), (1000, 7), (300, 200)):
        image = picture(1, size=size)
        if mode in ("I;16", "F"):
            image = Image.fromarray(
                np.asarray(image.convert("L")).astype("u2" if mode != "F" else "f4")
            )
        content = encode(image.convert(mode), "JXL", **options)
        header = read_header(io.BytesIO(content))
        assert (header.width, header.height) == size
        assert header.bits == {"I;16": 16, "F": 32}.get(mode, 8)
        assert header.extra_channels == (mode == "RGBA")
        assert not header.animated
        assert pixels_of(content).size == size


def bits(*fields: tuple[int, int]) -> bytes:
    """Numbers of so many bits each, the lowest first."""
    number = place = 0
    for value, count in fields:
        number |= value << place
        place += count
    return number.to_bytes(place // 8 + 1, "little")


SIDE_50000 = ((3, 2), (49_999, 30))
SMALL = ((1, 1), (1, 5), (1, 3))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ([(0, 1), *SIDE_50000, (0, 3), *SIDE_50000, (1, 1)], "too large: 50000x50000 pixels"),
        ([(0, 1), *SIDE_50000, (7, 3), (1, 1)], "too large: 100000x50000 pixels"),
        # 300 extra channels of a picture of 8,000 by 8,000 pixels.
        (
            [
                *((0, 1), (2, 2), (7_999, 18), (1, 3)),
                *((0, 1), (0, 1), (0, 1), (0, 2), (1, 1), (3, 2), (299, 12)),
            ],
            "too large: 8000x8000 pixels take ",
        ),
        # With times of frames: 100 a second, one time only.
        (
            [*SMALL, (0, 1), (1, 1), (0, 3), (0, 1), (0, 1), (1, 1), *4 * [(0, 2)], *9 * [(0, 8)]],
            "an animated JPEG XL file",
        ),
        ([*SMALL], "damaged: "),
    ],
    ids=["sides", "ratio", "channels", "animation", "cut"],
)
def test_a_jpeg_xl_file_is_refused_by_its_header(
    fields: list[tuple[int, int]], reason: str
) -> None:
    stream = b"\xff\x0a" + bits(*fields)
    assert refusal(stream).startswith(reason)
    box = struct.pack(">I4s", 12 + len(stream), b"jxlp") + bytes(4) + stream
    container = b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0\0\0\x0cftypjxl "
    assert refusal(container + box).startswith(reason)


@pytest.mark.parametrize(
    "content",
    [
        psd(Image.new("L", (30_000, 4))).replace(
            struct.pack(">I", 4), struct.pack(">I", 30_000), 1
        ),
        encode(Image.new("RGB", (4, 3)), "QOI").replace(
            struct.pack(">I", 4), struct.pack(">I", 1 << 30)
        ),
        encode(Image.new("RGBA", (4, 4)), "DDS", pixel_format="DXT1").replace(
            struct.pack("<II", 4, 4), struct.pack("<II", 1 << 16, 1 << 16)
        ),
        encode(Image.new("RGB", (4, 3)), "TGA").replace(
            struct.pack("<HH", 4, 3), struct.pack("<HH", 65_535, 65_535)
        ),
        encode(Image.new("RGB", (4, 3)), "SGI").replace(
            struct.pack(">HH", 4, 3), struct.pack(">HH", 65_535, 65_535)
        ),
        encode(Image.new("RGB", (4, 3)), "PCX").replace(
            struct.pack("<HH", 3, 2), struct.pack("<HH", 65_534, 65_534)
        ),
    ],
    ids=["PSD", "QOI", "DDS", "TGA", "SGI", "PCX"],
)
def test_a_small_file_that_claims_a_huge_picture_is_refused(content: bytes) -> None:
    assert len(content) < 150_000
    assert refusal(content).startswith("too large")


UNREAD = {
    "ICNS": ("a.icns", encode(Image.new("RGB", (16, 16)), "ICNS")),
    "EPS": ("a.eps", encode(Image.new("RGB", (4, 4)), "EPS")),
    "WMF": ("a.wmf", b"\xd7\xcd\xc6\x9a".ljust(40, b"\0")),
    "EMF": ("a.emf", b"\1\0\0\0".ljust(40, b"\0") + b" EMF"),
    "FITS": ("a.fits", b"SIMPLE  =                    T"),
    "SVG": ("a.svg", b"<?xml version='1.0'?>\n<!-- words -->\n<svg width='9'/>"),
    "XPM": ("a.xpm", b"/* XPM */\nstatic char *a[] = {"),
    "PSB": ("a.psb", psd(Image.new("RGB", (4, 4)), version=2)),
    "XCF": ("a.xcf", b"gimp xcf file\0"),
    "EXR": ("a.exr", b"v/1\x01\2\0\0\0"),
    "JPEG XR": ("a.jxr", b"II\xbc\x01\x08\0\0\0"),
    "Photo CD": ("a.pcd", bytes(2048) + b"PCD_IPI"),
    "Sun raster": ("a.ras", b"\x59\xa6\x6a\x95".ljust(32, b"\0")),
    "IM": ("a.im", encode(Image.new("RGB", (4, 4)), "IM")),
    "MSP": ("a.msp", encode(Image.new("1", (32, 32)), "MSP")),
    "BLP": ("a.blp", encode(Image.new("P", (4, 4)), "BLP", blp_version="BLP1")),
    "DCX": ("a.dcx", b"\xb1\x68\xde\x3a".ljust(99, b"\0")),
}


@pytest.mark.parametrize("format", UNREAD)
def test_a_picture_that_is_not_read_is_recognised_by_its_content(
    format: str, tmp_path: Path
) -> None:
    name, content = UNREAD[format]
    for path in (tmp_path / name, tmp_path / "no-extension", tmp_path / "a.txt"):
        path.write_bytes(content)
        assert not is_image(path)
        assert unread_format(path) == format


@pytest.mark.parametrize(
    ("name", "format"),
    [
        *(
            ("a.cur", "CUR"),
            ("a.XBM", "XBM"),
            ("a.fli", "FLI"),
            ("a.flc", "FLI"),
            ("a.svgz", "SVG"),
        ),
        *(("a.ai", "AI"), ("a.kra", "Krita"), ("a.icns", "ICNS"), ("a.crw", "raw camera")),
    ],
)
def test_a_picture_that_is_not_read_is_recognised_by_its_extension(
    name: str, format: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(b"words")
    assert unread_format(tmp_path / name) == format


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"words"),
        ("a.pdf", encode(Image.new("RGB", (4, 4)), "PDF")),
        ("a.zip", b"PK\3\4"),
        ("a.mp4", b"\0\0\0\x18ftypmp42"),
        ("a.mpg", b"\0\0\1\xba"),
        ("a.h", b"#define WIDTH 9"),
        ("a.html", b"<!DOCTYPE html><body><svg width='9'/></body>"),
        ("a.xml", b"<?xml version='1.0'?><note><svg/></note>"),
        # Extensions that other kinds of files have as well.
        *(("track.fit", b"\x0e\x10"), ("cloud.pcd", b"# .PCD v0.7"), ("patch.msp", b"\xd0\xcf")),
        ("missing", None),
    ],
)
def test_other_files_are_no_pictures(name: str, content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert unread_format(tmp_path / name) is None


def test_whatever_pillow_knows_by_its_extension_is_read_or_recognised(tmp_path: Path) -> None:
    Image.init()
    no_pictures = {"BUFR", "GRIB", "HDF5", "MPEG", "PDF"}
    by_content = {".ps", ".fit", ".gbr", ".im", ".msp", ".pcd", ".ras", ".bw", ".rgb", ".rgba"}
    by_content |= {".icb", ".vda", ".vst", ".pfm", ".palm"}
    for extension, format in Image.registered_extensions().items():
        if format in no_pictures or extension in by_content | EXTENSIONS:
            continue
        (tmp_path / f"a{extension}").touch()
        assert unread_format(tmp_path / f"a{extension}"), extension
