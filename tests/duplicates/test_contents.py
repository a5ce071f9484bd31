"""A file lacks nothing of itself, and whatever is added to a file is missed in another."""

from __future__ import annotations

import dataclasses
import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from core.duplicates.containers import pieces_of
from core.duplicates.contents import Contents, contents_of, holds_more, lacking
from core.errors import ImageError
from core.images import image_id
from tests.duplicates.photographs import (
    MP4,
    contents,
    exif,
    from_camera,
    saved_again,
    scene,
    segment,
    subject,
    with_segment,
    xmp,
)
from tests.images.negatives import raw_file
from tests.images.photoshop import psd
from tests.images.test_loading import encode

SCENE = scene(size=(160, 120))
SMALL = scene(1, (64, 48))
PHOTO = from_camera(SCENE)
XMP = b"http://ns.adobe.com/xap/1.0/\0"


def with_transparency() -> Image.Image:
    image = SCENE.copy()
    image.putalpha(Image.linear_gradient("L").resize(SCENE.size))
    return image


def png_of_16_bits() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    width, height = SCENE.size
    rows = np.asarray(SCENE).astype(">u2") * 257
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    head = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def wide_profile() -> bytes:
    """The profile of sRGB with a redder red and a greener green."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for name, colour in ((b"rXYZ", (0.515, 0.241, -0.001)), (b"gXYZ", (0.292, 0.692, 0.042))):
        entry = profile.index(name)
        (start,) = struct.unpack_from(">I", profile, entry + 4)
        struct.pack_into(">3i", profile, start + 8, *(round(number * 65536) for number in colour))
    return bytes(profile)


def heic(**more: object) -> bytes:
    file = pillow_heif.from_pillow(SCENE)
    for name, value in more.items():
        file.info[name] = value
    buffer = io.BytesIO()
    file.save(buffer, quality=80)
    return buffer.getvalue()


def box(kind: bytes, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I4s", len(data) + 8, kind) + data


def items(*further: tuple[bytes, bytes, bytes]) -> bytes:
    """The boxes of a HEIF file with a picture, and further items.

    Args:
        further: Of each its kind, what it is to the picture, and the name of its kind if it is an
            auxiliary picture.
    """
    kinds = (b"hvc1", *(kind for kind, _, _ in further))
    numbers = range(1, len(kinds) + 1)
    entries = [
        box(b"infe", b"\2\0\0\0", struct.pack(">HH", number, 0), kind, b"\0")
        for number, kind in zip(numbers, kinds, strict=True)
    ]
    # Each item is four bytes long: its number.
    stored = b"".join(struct.pack(">I", number) for number in numbers)
    places = [
        struct.pack(">HHHHII", number, 1, 0, 1, 4 * place, 4)
        for place, number in enumerate(numbers)
    ]
    references = [
        box(name, struct.pack(">HHH", number, 1, 1))
        for number, (_, name, _) in enumerate(further, 2)
        if name
    ]
    names = [box(b"auxC", bytes(4), name, b"\0") for _, _, name in further]
    belongs = [struct.pack(">HBB", number, 1, number - 1) for number in numbers[1:]]
    return box(b"ftyp", b"heic") + box(
        b"meta",
        bytes(4),
        box(b"pitm", bytes(4), struct.pack(">H", 1)),
        box(b"iinf", bytes(4), struct.pack(">H", len(kinds)), *entries),
        box(b"iloc", b"\1\0\0\0\x44\0", struct.pack(">H", len(kinds)), *places),
        box(b"iref", bytes(4), *references),
        box(
            b"iprp",
            box(b"ipco", *names),
            box(b"ipma", bytes(4), struct.pack(">I", len(belongs)), *belongs),
        ),
        box(b"idat", stored),
    )


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ((b"hvc1", b"auxl", b"urn:mpeg:hevc:2015:auxid:2"), "a depth map"),
        ((b"hvc1", b"auxl", b"urn:com:apple:photo:2020:aux:hdrgainmap"), "a gain map"),
        (
            (b"hvc1", b"auxl", b"urn:com:apple:photo:2018:aux:portraiteffectsmatte"),
            "a mask of a part",
        ),
        ((b"hvc1", b"auxl", b"urn:new"), "a further picture"),
        ((b"tmap", b"", b""), "a gain map"),
        ((b"hvc1", b"", b""), "a second picture"),
        ((b"uri ", b"cdsc", b""), "further data"),
        ((b"hvc1", b"auxl", b"urn:mpeg:hevc:2015:auxid:1"), ""),
        ((b"hvc1", b"thmb", b""), ""),
    ],
)
def test_the_items_of_a_heic_file_are_told_apart(
    item: tuple[bytes, bytes, bytes], name: str
) -> None:
    streams = [piece for piece in pieces_of(items(item), "HEIF") or () if piece.kind == "stream"]
    assert [(one.name, one.content) for one in streams] == ([(name, b"\0\0\0\2")] if name else [])
    both = [one.name for one in pieces_of(items(item, item), "HEIF") or ()]
    assert both == [name, name] * bool(name)


def gif_with_comment(words: str) -> bytes:
    return encode(SCENE, "GIF", comment=words.encode())


def text(**words: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for key, value in words.items():
        info.add_itxt(key, value, zip=True)
    return info


def photoshop(number: int, data: bytes) -> bytes:
    return b"Photoshop 3.0\0" + b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data


def iptc(number: int, value: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, 2, number, len(value)) + value


ULTRA_HDR = encode(SMALL, "JPEG", xmp=xmp("<hdrgm:Version>1.0</hdrgm:Version>"))

# Plain, richer, what the plain one lacks.
RICHER: dict[str, tuple[bytes, bytes, str]] = {
    "camera": (saved_again(PHOTO), PHOTO, "name of the camera"),
    "place": (saved_again(PHOTO), PHOTO, "GPS position"),
    "maker notes": (saved_again(PHOTO), PHOTO, "camera notes"),
    "caption": (
        PHOTO,
        from_camera(SCENE, tags=exif(SCENE.size, ImageDescription="At the sea")),
        "caption",
    ),
    "keywords": (PHOTO, with_segment(PHOTO, 0xE1, XMP + xmp(subject("sea"))), "keywords"),
    "rating": (
        PHOTO,
        with_segment(PHOTO, 0xE1, XMP + xmp("<xmp:Rating>5</xmp:Rating>")),
        "rating",
    ),
    "iptc": (PHOTO, with_segment(PHOTO, 0xED, photoshop(1028, iptc(25, b"sea"))), "keywords"),
    "comment": (PHOTO, with_segment(PHOTO, 0xFE, b"At the sea"), "caption"),
    "other comment": (gif_with_comment("one"), gif_with_comment("other"), "different caption"),
    "motion photo": (PHOTO, PHOTO + MP4, "a video"),
    "padded motion photo": (PHOTO, PHOTO + bytes(64) + MP4, "a video"),
    "gain map": (PHOTO, PHOTO + ULTRA_HDR, "a gain map"),
    "gain map and video": (PHOTO + ULTRA_HDR, PHOTO + ULTRA_HDR + MP4, "a video"),
    "gain map of ISO": (
        PHOTO,
        with_segment(PHOTO, 0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4)),
        "a gain map",
    ),
    "depth": (
        PHOTO,
        with_segment(
            PHOTO, 0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 40 + b"GDepth:Data"
        ),
        "a depth map",
    ),
    "stereo": (
        encode(SCENE, "JPEG"),
        encode(SCENE.copy(), "MPO", save_all=True, append_images=[SMALL.copy()]),
        "a second picture",
    ),
    "samsung": (PHOTO, PHOTO + b"SEFH" + bytes(8) + b"SEFT", "extras of the phone"),
    "archive": (PHOTO, PHOTO + b"PK\3\4secret", "further data behind the picture"),
    "behind png": (encode(SCENE), encode(SCENE) + MP4, "a video"),
    "png text": (encode(SCENE), encode(SCENE, pnginfo=text(prompt="a sea")), "text prompt"),
    "png xmp": (
        encode(SCENE),
        encode(SCENE, pnginfo=text(**{"XML:com.adobe.xmp": xmp(subject("sea")).decode()})),
        "keywords",
    ),
    "transparency": (encode(SCENE), encode(with_transparency()), "transparency"),
    "bits": (encode(SCENE), png_of_16_bits(), "16 bits a channel"),
    "grey of 16 bits": (
        encode(SCENE.convert("L")),
        encode(Image.fromarray(np.asarray(SCENE.convert("L")).astype(np.uint16) * 257), "TIFF"),
        "16 bits a channel",
    ),
    "profile": (PHOTO, from_camera(SCENE, icc_profile=wide_profile()), "a wide colour profile"),
    "printer": (
        encode(SCENE, "JPEG"),
        encode(SCENE.convert("CMYK"), "JPEG"),
        "the colours of a printer (CMYK)",
    ),
    "webp": (
        encode(SCENE, "WEBP"),
        encode(SCENE, "WEBP", xmp=xmp(subject("sea"))),
        "keywords",
    ),
    "avif": (encode(SCENE, "AVIF"), encode(SCENE, "AVIF", exif=exif(SCENE.size)), "GPS position"),
    "heic": (heic(), heic(exif=exif(SCENE.size).tobytes()), "GPS position"),
    "heic xmp": (heic(), heic(xmp=xmp(subject("sea"))), "keywords"),
    "film behind heic": (heic(), heic() + MP4, "a video"),
    "tiff": (
        encode(SCENE, "TIFF"),
        encode(SCENE, "TIFF", exif=exif(SCENE.size).tobytes()),
        "camera settings",
    ),
    "pages": (
        encode(SCENE, "TIFF"),
        encode(SCENE.copy(), "TIFF", save_all=True, append_images=[SMALL.copy()] * 3),
        "3 more pages",
    ),
    "two more pages": (
        encode(SCENE.copy(), "TIFF", save_all=True, append_images=[SMALL.copy()] * 2),
        encode(SCENE.copy(), "TIFF", save_all=True, append_images=[SMALL.copy()] * 4),
        "2 more pages",
    ),
    "other pages": (
        encode(SCENE.copy(), "TIFF", save_all=True, append_images=[SMALL.copy()]),
        encode(SCENE.copy(), "TIFF", save_all=True, append_images=[SCENE.copy()]),
        "different pages",
    ),
    **{
        f"animated {format}": (
            encode(SCENE, format),
            encode(SCENE.copy(), format, save_all=True, append_images=[SMALL.resize(SCENE.size)]),
            "1 more frame",
        )
        for format in ("GIF", "WEBP", "PNG", "AVIF")
    },
    "sizes": (
        encode(SMALL.resize((64, 64))),
        encode(SMALL.resize((64, 64)), "ICO", sizes=[(64, 64), (32, 32), (16, 16)]),
        "2 more sizes",
    ),
    "layers": (encode(SCENE), psd(SCENE), "layers"),
    "negative": (PHOTO, raw_file((PHOTO, SCENE.size)), "the negative of the camera"),
}


@pytest.mark.parametrize("case", RICHER)
def test_what_a_richer_file_holds_is_missed(case: str, tmp_path: Path) -> None:
    plain, richer, word = RICHER[case]
    poor, rich = contents(tmp_path, plain), contents(tmp_path, richer)
    assert word in lacking(rich, poor)
    assert lacking(poor, poor) == lacking(rich, rich) == ()
    assert not holds_more(poor, rich)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("negative", "raw + JPEG"),
        ("layers", "original and export"),
        ("pages", "a document and one page"),
        ("animated GIF", "an animation and one picture"),
        ("sizes", "an icon of several sizes and one picture"),
    ],
)
def test_a_picture_is_no_copy_of_a_file_of_another_kind(
    case: str, words: str, tmp_path: Path
) -> None:
    plain, richer, _ = RICHER[case]
    poor, rich = contents(tmp_path, plain), contents(tmp_path, richer)
    assert lacking(poor, rich) == (words,)
    assert holds_more(rich, poor)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF", "BMP"])
def test_a_copy_without_more_lacks_nothing_in_the_photograph(format: str, tmp_path: Path) -> None:
    photo = contents(tmp_path, PHOTO)
    for keep in (False, True):
        copy = saved_again(PHOTO, format, keep and format != "BMP")
        assert lacking(contents(tmp_path, copy), photo) == ()
    smaller = encode(SCENE.resize((80, 60)), format)
    assert lacking(contents(tmp_path, smaller), photo) == ()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_tags_are_the_same_in_every_format(format: str, tmp_path: Path) -> None:
    copy = contents(tmp_path, saved_again(PHOTO, format, keep=True))
    assert lacking(contents(tmp_path, PHOTO), copy) == ()


def test_tags_are_the_same_in_either_byte_order(tmp_path: Path) -> None:
    tags = exif(SCENE.size, ExposureTime=1 / 250, ISOSpeedRatings=400)
    little = contents(tmp_path, from_camera(SCENE, tags=tags))
    tags.endian = ">"
    content = from_camera(SCENE, tags=tags)
    assert b"Exif\0\0MM" in content
    assert contents(tmp_path, content).tags == little.tags != {}


def test_what_describes_the_encoding_alone_is_not_missed(tmp_path: Path) -> None:
    edited = exif(
        SCENE.size, Software="GIMP 2.10", DateTime="2025:01:01 00:00:00", Orientation=1,
        XResolution=300.0, ExifImageWidth=9,
    )  # fmt: skip
    more = XMP + xmp(
        "<xmp:CreatorTool>GIMP</xmp:CreatorTool><dc:format>image/jpeg</dc:format><mm:History>"
        "<rdf:Seq><rdf:li><rdf:Description><e:action>saved</e:action></rdf:Description></rdf:li>"
        "</rdf:Seq></mm:History>",
        mm="http://ns.adobe.com/xap/1.0/mm/",
        e="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    )
    copy = with_segment(from_camera(SCENE, tags=edited), 0xE1, more)
    copy = with_segment(copy, 0xFE, b"Created with GIMP")
    assert lacking(contents(tmp_path, copy), contents(tmp_path, PHOTO)) == ()


def test_the_only_date_is_missed(tmp_path: Path) -> None:
    scanned = from_camera(SCENE, tags=exif(SCENE.size, DateTimeOriginal=None))
    bare = from_camera(SCENE, tags=exif(SCENE.size, DateTimeOriginal=None, DateTime=None))
    assert lacking(contents(tmp_path, scanned), contents(tmp_path, bare)) == ("date taken",)


def test_another_value_is_told_from_none(tmp_path: Path) -> None:
    one, other = (
        contents(tmp_path, from_camera(SCENE, tags=exif(SCENE.size, ImageDescription=words)))
        for words in ("At the sea", "In the hills")
    )
    assert lacking(one, other) == ("different caption",)


def test_opaque_alpha_and_an_empty_caption_are_nothing(tmp_path: Path) -> None:
    plain = contents(tmp_path, encode(SCENE))
    assert lacking(contents(tmp_path, encode(SCENE.convert("RGBA"))), plain) == ()
    blank = from_camera(SCENE, tags=exif(SCENE.size, ImageDescription=" " * 31))
    assert lacking(contents(tmp_path, blank), contents(tmp_path, PHOTO)) == ()


def test_transparency_stays_the_same_where_the_file_is_smaller(tmp_path: Path) -> None:
    whole = with_transparency()
    kept = contents(tmp_path, encode(whole))
    copy = contents(tmp_path, encode(whole.resize((80, 60)), "WEBP", quality=70))
    assert lacking(copy, kept) == ()
    turned = contents(tmp_path, encode(whole.transpose(Image.Transpose.FLIP_TOP_BOTTOM)))
    assert lacking(turned, kept) == ("transparency",)


EXIF = exif(SCENE.size).tobytes()[6:]
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "exif": lambda photo: photo.replace(EXIF[:8], b"II*\0\xff\xff\xff\x7f", 1),
    "xmp": lambda photo: with_segment(photo, 0xE1, XMP + b"<x:xmpmeta><broken"),
    "entities": lambda photo: with_segment(photo, 0xE1, XMP + b"<!DOCTYPE a><a/>"),
    "iptc": lambda photo: with_segment(photo, 0xED, photoshop(1028, b"\x1c\2\x19\xff\xff.")),
    "photoshop": lambda photo: with_segment(photo, 0xED, b"Photoshop 3.0\0" + b"." * 30),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_metadata_that_cannot_be_read_may_be_anything(damage: str, tmp_path: Path) -> None:
    damaged = contents(tmp_path, DAMAGES[damage](PHOTO))
    whole = contents(tmp_path, PHOTO)
    assert any(word.startswith("unreadable") for word in lacking(damaged, whole))
    assert lacking(damaged, damaged) == ()


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_bytes_are_an_image_error_at_most(tmp_path: Path, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(DAMAGEABLE))
    content = bytearray(whole[: data.draw(st.integers(len(whole) // 2, len(whole)))])
    for _ in range(data.draw(st.integers(0, 8))):
        content[data.draw(st.integers(0, min(len(content), 3000) - 1))] = data.draw(
            st.integers(0, 255)
        )
    try:
        read = contents(tmp_path, bytes(content))
    except ImageError:
        return
    assert lacking(read, read) == ()
    assert Contents(**json.loads(json.dumps(dataclasses.asdict(read)))) == read


DAMAGEABLE = [
    RICHER[case][1]
    for case in (
        *("caption", "keywords", "iptc", "gain map and video", "png xmp", "transparency", "tiff"),
        *("other comment", "webp", "heic", "heic xmp", "animated WEBP", "animated PNG", "sizes"),
    )
]

_hashes = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("01"), max_size=4)
_contents = st.builds(
    Contents,
    bits=st.sampled_from([8, 10, 16]),
    gamut=st.sampled_from([1.0, 1.36]),
    cmyk=st.booleans(),
    alpha=st.sampled_from(["", "00" * 64, "80" * 64]),
    streams=_hashes,
    tags=_hashes,
)


@given(_contents, _contents, _hashes, _hashes)
def test_adding_to_a_copy_never_empties_the_answer(
    copy: Contents, kept: Contents, streams: dict[str, str], tags: dict[str, str]
) -> None:
    assert lacking(copy, copy) == ()
    more = dataclasses.replace(
        copy,
        bits=max(copy.bits, 10),
        cmyk=True,
        streams={**streams, **copy.streams},
        tags={**tags, **copy.tags},
    )
    assert {*lacking(copy, kept)} <= {*lacking(more, kept)} | {f"{copy.bits} bits a channel"}
    assert bool(lacking(copy, kept)) <= bool(lacking(more, kept))
    assert not (holds_more(copy, kept) and holds_more(kept, copy))


def test_what_is_told_of_the_picture(tmp_path: Path) -> None:
    best, good, bad, resaved = (
        contents(tmp_path, content)
        for content in (
            encode(SCENE),
            from_camera(SCENE, 95),
            from_camera(SCENE, 30),
            saved_again(saved_again(PHOTO, quality=60), quality=95),
        )
    )
    assert best.loss == 0
    assert good.loss and bad.loss and 1 <= good.loss < bad.loss
    assert resaved.loss and resaved.loss > 4 * good.loss
    assert contents(tmp_path, encode(SCENE, "WEBP")).loss is None
    blurred = contents(tmp_path, encode(SCENE.resize((40, 30)).resize(SCENE.size)))
    assert blurred.sharpness < best.sharpness
    assert best.enlargement == good.enlargement == 1
    enlarged = contents(tmp_path, encode(SCENE.resize((640, 480)), "JPEG", quality=90))
    assert 4 <= enlarged.enlargement < 8


def test_a_camera_original_is_told_from_what_was_made_of_it(tmp_path: Path) -> None:
    def original(content: bytes) -> bool:
        return contents(tmp_path, content).original

    def with_tags(**more: object) -> bytes:
        return from_camera(SCENE, tags=exif(SCENE.size, **more))

    assert original(PHOTO)
    assert original(PHOTO + MP4)
    assert original(raw_file((PHOTO, SCENE.size)))
    assert original(with_tags(DateTime="2024:05:06 07:08:11"))
    for copy in (
        saved_again(PHOTO),
        saved_again(PHOTO, keep=True),
        saved_again(PHOTO, "PNG", keep=True),
        saved_again(PHOTO, "HEIF", keep=True),
        with_tags(Make=None, Model=None),
        with_tags(Software="Adobe Photoshop 25.0 (Windows)"),
        with_tags(DateTime="2024:05:06 09:08:11"),
        with_tags(DateTime="never"),
        with_tags(DateTimeOriginal=None),
        with_tags(ExifImageWidth=9),
        with_segment(PHOTO, 0xE1, XMP + xmp("<xmp:CreatorTool>GIMP</xmp:CreatorTool>")),
    ):
        assert not original(copy)


def test_another_file_by_now_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(PHOTO)
    with pytest.raises(ImageError, match="changed"):
        contents_of(tmp_path / "file", image_id(PHOTO + b"."))
    (tmp_path / "file").write_bytes(b"no picture")
    with pytest.raises(ImageError):
        contents_of(tmp_path / "file", image_id(b"no picture"))


def test_a_photograph_that_lost_its_end_has_contents(tmp_path: Path) -> None:
    assert contents(tmp_path, PHOTO[:-200]).tags == contents(tmp_path, PHOTO).tags


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (segment(0xE9, b"secret"), "data of the camera or of a program"),
        (segment(0xED, b"Adobe_Photoshop2.5:secret"), "data of the camera or of a program"),
    ],
)
def test_nothing_in_a_jpeg_is_passed_over(secret: bytes, words: str, tmp_path: Path) -> None:
    hidden = PHOTO[:2] + secret + PHOTO[2:]
    assert lacking(contents(tmp_path, hidden), contents(tmp_path, PHOTO)) == (words,)


def test_bytes_between_two_segments_are_a_piece() -> None:
    streams = [
        one
        for one in pieces_of(PHOTO[:2] + b"secret" + PHOTO[2:], "JPEG") or ()
        if one.kind == "stream"
    ]
    assert [(one.name, one.content) for one in streams] == [("further data", b"secret")]


def test_of_two_values_of_one_tag_neither_is_passed_over(tmp_path: Path) -> None:
    one, two = (
        with_segment(
            PHOTO, 0xE1, XMP + xmp("".join(f"<dc:title>{word}</dc:title>" for word in words))
        )
        for words in (["sea"], ["hill", "sea"])
    )
    assert lacking(contents(tmp_path, two), contents(tmp_path, one)) == ("different caption",)
