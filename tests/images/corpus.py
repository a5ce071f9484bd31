"""A folder with every format and every fault, and what is to become of each file."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageOps

from tests.images.negatives import raw_file
from tests.images.photoshop import psd
from tests.images.test_loading import camera_view, corners, encode, exif_of, linear_profile, png

pillow_heif.register_heif_opener()

SCENE = corners()
GREY = SCENE.convert("L")
BLACK_AND_WHITE = SCENE.convert("1", dither=Image.Dither.NONE)
OTHER = ImageOps.invert(SCENE)
NOT_AN_IMAGE = "^not an image of a known format$"
MAX_PATH = "its name is longer than 251 bytes; rename it"


@dataclass(frozen=True)
class Seen:
    """Indexed.

    Attributes:
        picture: What it looks like.
        size: Width and height that the index tells; those of the picture by default.
    """

    picture: Image.Image = field(default_factory=lambda: SCENE)
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Refused:
    """Skipped; the reason matches the pattern.

    Attributes:
        reason: A regular expression.
        shown: How the list shows the path, where that is not the path itself.
    """

    reason: str
    shown: str = ""


LEFT_OUT = "left out"
Outcome = Seen | Refused | str


@dataclass(frozen=True)
class Case:
    """One entry of the corpus.

    Attributes:
        path: Relative to the corpus.
        make: The content of the file, or what makes the entry at a path.
        outcome: What the indexing run is to say of it.
    """

    path: str
    make: bytes | Callable[[Path], object]
    outcome: Outcome

    def build(self, corpus: Path) -> None:
        """Make the entry."""
        path = corpus / self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(self.make, bytes):
            path.write_bytes(self.make)
        else:
            self.make(path)


def cases() -> tuple[Case, ...]:
    """Every entry of the corpus."""
    return tuple(
        Case(path, make, outcome)
        for part in (
            *(_formats(), _design_formats(), _unread(), _raw(), _orientations(), _sizes()),
            *(_damage(), _names(), _folders()),
        )
        for path, make, outcome in part
    )


Entries = Iterator[tuple[str, bytes | Callable[[Path], object], Outcome]]


def _formats() -> Entries:
    yield "jpeg/plain.jpg", _jpeg(), Seen()
    yield "jpeg/progressive.jpeg", _jpeg(progressive=True), Seen()
    yield "jpeg/grey.jpg", encode(GREY, "JPEG", quality=95), Seen(GREY)
    yield "jpeg/cmyk.jpg", encode(SCENE.convert("CMYK"), "JPEG", quality=95), Seen()
    yield "jpeg/ycck.jpg", _ycck(SCENE.convert("CMYK")), Seen()
    yield (
        "jpeg/several.mpo",
        encode(SCENE, "MPO", save_all=True, append_images=[OTHER.copy()]),
        Seen(),
    )
    yield "jpeg/no-end.jpg", _jpeg()[:-2], Seen()
    yield "jpeg/linear.jpg", _jpeg(_linear(SCENE), icc_profile=linear_profile()), Seen()
    yield "png/plain.png", encode(SCENE), Seen()
    yield "png/16-bit-grey.png", encode(_sixteen_bit()), Seen(GREY)
    yield "png/16-bit-rgb.png", _png16(SCENE), Seen()
    yield "png/palette.png", encode(SCENE.quantize(8)), Seen()
    # White is the colour that is clear: what is laid on white looks as before.
    yield "png/palette-clear.png", _clear_palette(), Seen()
    yield "png/alpha.png", encode(_clear_where_white()), Seen()
    yield "png/half-clear.png", encode(_half_clear()), Seen(_half_on_white())
    yield "png/interlaced.png", _interlaced(SCENE), Seen()
    yield (
        "png/animated.png",
        encode(SCENE, save_all=True, append_images=[OTHER.copy()]),
        Seen(),
    )
    yield "png/1-bit.png", encode(BLACK_AND_WHITE), Seen(BLACK_AND_WHITE.convert("RGB"))
    yield "gif/plain.gif", encode(SCENE, "GIF"), Seen()
    yield (
        "gif/animated.gif",
        encode(SCENE, "GIF", save_all=True, append_images=[OTHER.copy()]),
        Seen(),
    )
    clear = _clear_where_white()
    yield "gif/clear.gif", encode(clear, "GIF", save_all=True, append_images=[OTHER.copy()]), Seen()
    yield "bmp/plain.bmp", encode(SCENE, "BMP"), Seen()
    yield "bmp/palette.dib", encode(SCENE.quantize(8), "BMP"), Seen()
    yield "tiff/plain.tif", encode(SCENE, "TIFF"), Seen()
    for compression in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg", "zstd"):
        yield f"tiff/{compression}.tiff", encode(SCENE, "TIFF", compression=compression), Seen()
    fax = encode(BLACK_AND_WHITE, "TIFF", compression="group4")
    yield "tiff/group4.tif", fax, Seen(BLACK_AND_WHITE.convert("RGB"))
    yield (
        "tiff/pages.tif",
        encode(SCENE, "TIFF", save_all=True, append_images=[OTHER.copy()]),
        Seen(),
    )
    yield "tiff/16-bit-grey.tif", encode(_sixteen_bit(), "TIFF"), Seen(GREY)
    yield "tiff/16-bit-rgb.tif", _tiff16(SCENE), Seen()
    yield "tiff/cmyk.tif", encode(SCENE.convert("CMYK"), "TIFF"), Seen()
    yield "tiff/float.tif", encode(Image.fromarray(_float_grey()), "TIFF"), Seen(GREY)
    yield "tiff/float-nan-inf.tif", *_float_with_gaps()
    webp: dict[str, Any] = {"format": "WEBP", "lossless": True}
    yield "webp/lossless.webp", encode(SCENE, **webp), Seen()
    yield "webp/lossy.webp", encode(SCENE, "WEBP", quality=90), Seen()
    yield "webp/clear.webp", encode(_clear_where_white(), **webp), Seen()
    yield (
        "webp/animated.webp",
        encode(SCENE, save_all=True, append_images=[OTHER.copy()], **webp),
        Seen(),
    )
    yield "avif/plain.avif", encode(SCENE, "AVIF", quality=90), Seen()
    yield "avif/clear.avif", encode(_clear_where_white(), "AVIF", quality=95), Seen()
    animated = encode(SCENE, "AVIF", quality=90, save_all=True, append_images=[OTHER.copy()])
    yield "avif/animated.avif", animated, Seen()
    yield "heif/plain.heic", encode(SCENE, "HEIF", quality=90), Seen()
    yield "heif/clear.heif", encode(_clear_where_white(), "HEIF", quality=95), Seen()
    yield "jpeg2000/plain.jp2", encode(SCENE, "JPEG2000"), Seen()
    yield "jpeg2000/stream.j2k", encode(SCENE, "JPEG2000", no_jp2=True), Seen()
    yield "jpeg2000/tiles.jpx", encode(SCENE, "JPEG2000", tile_size=(32, 32)), Seen()
    yield "ico/one.ico", encode(SCENE, "ICO", sizes=[SCENE.size]), Seen()
    # Pillow pads the rows of a bitmap only where their width is a multiple of 32.
    wide = SCENE.resize((96, 128), Image.Resampling.NEAREST)
    bitmap = encode(wide, "ICO", sizes=[wide.size], bitmap_format="bmp")
    yield "ico/bitmap.ico", bitmap, Seen(wide)
    # Of several sizes the largest.
    yield "ico/several.ico", encode(SCENE, "ICO", sizes=[(12, 16), (24, 32), SCENE.size]), Seen()
    yield "ppm/colour.ppm", encode(SCENE, "PPM"), Seen()
    yield "ppm/grey.pgm", encode(GREY, "PPM"), Seen(GREY)
    yield "ppm/1-bit.pbm", encode(BLACK_AND_WHITE, "PPM"), Seen(BLACK_AND_WHITE.convert("RGB"))
    yield "ppm/text.pnm", _plain_ppm(SCENE), Seen()


def _design_formats() -> Entries:
    """What programs for design, games and old machines write, and JPEG XL."""
    clear = _clear_where_white()
    yield "jxl/lossless.jxl", encode(SCENE, "JXL", lossless=True), Seen()
    yield "jxl/lossy.jxl", encode(SCENE, "JXL", quality=90), Seen()
    yield "jxl/clear.jxl", encode(clear, "JXL", quality=95), Seen()
    yield "jxl/grey.jxl", encode(GREY, "JXL"), Seen(GREY)
    yield "jxl/container.jxl", encode(SCENE, "JXL", use_container=True, quality=95), Seen()
    yield "jxl/16-bit-grey.jxl", encode(_sixteen_bit(), "JXL", lossless=True), Seen(GREY)
    for name, rle in (("raw", False), ("rle", True)):
        yield f"psd/{name}.psd", psd(SCENE, rle=rle), Seen()
        yield f"psd/clear-{name}.psd", psd(clear, rle=rle), Seen()
        yield f"psd/palette-{name}.psd", psd(SCENE.quantize(8), rle=rle), Seen()
        yield f"psd/grey-{name}.psd", psd(GREY, rle=rle), Seen(GREY)
        yield f"psd/cmyk-{name}.psd", psd(SCENE.convert("CMYK"), rle=rle), Seen()
        yield f"tga/{name}.tga", encode(SCENE, "TGA", rle=rle), Seen()
        yield f"tga/clear-{name}.tga", encode(clear, "TGA", rle=rle), Seen()
        yield f"tga/palette-{name}.tga", encode(SCENE.quantize(8), "TGA", rle=rle), Seen()
        yield f"tga/grey-{name}.tga", encode(GREY, "TGA", rle=rle), Seen(GREY)
    # A saved selection is no transparency.
    half = _half_clear()
    yield "psd/selection.psd", psd(half, transparent=False), Seen()
    yield "psd/half-clear.psd", psd(half), Seen(_half_on_white())
    deep = Refused("^a PSD file of 16 bits a channel; only those of 8 are read: convert it$")
    yield "psd/16-bit.psd", psd(SCENE, bits=16), deep
    yield "tga/top-first.tga", encode(SCENE, "TGA", orientation=1), Seen()
    yield "tga/other-name.vst", encode(SCENE, "TGA"), Seen()
    yield "pcx/colour.pcx", encode(SCENE, "PCX"), Seen()
    yield "pcx/palette.pcx", encode(SCENE.quantize(8), "PCX"), Seen()
    yield "pcx/grey.pcx", encode(GREY, "PCX"), Seen(GREY)
    yield "pcx/1-bit.pcx", encode(BLACK_AND_WHITE, "PCX"), Seen(BLACK_AND_WHITE.convert("RGB"))
    yield "sgi/colour.sgi", encode(SCENE, "SGI"), Seen()
    yield "sgi/clear.rgba", encode(clear, "SGI"), Seen()
    yield "sgi/grey.bw", encode(GREY, "SGI"), Seen(GREY)
    yield "sgi/16-bit.rgb", encode(SCENE, "SGI", bpc=2), Seen()
    yield "qoi/colour.qoi", encode(SCENE, "QOI"), Seen()
    yield "qoi/clear.qoi", encode(clear, "QOI"), Seen()
    yield "dds/colour.dds", encode(SCENE, "DDS"), Seen()
    yield "dds/clear.dds", encode(clear, "DDS"), Seen()
    yield "dds/grey.dds", encode(GREY, "DDS"), Seen(GREY)
    for packed in ("DXT1", "DXT3", "DXT5", "BC2", "BC3"):
        opaque = SCENE.convert("RGBA")
        yield f"dds/{packed}.dds", encode(opaque, "DDS", pixel_format=packed), Seen()
    unknown = encode(SCENE.convert("RGBA"), "DDS", pixel_format="DXT5").replace(b"DXT5", b"ETC2")
    yield "dds/unknown.dds", unknown, Refused("^of a kind that is not read: ")


def _unread() -> Entries:
    for name, content in (
        ("ICNS", encode(SCENE.resize((64, 64)), "ICNS")),
        ("EPS", encode(SCENE, "EPS")),
        ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg' width='9'/>"),
        ("XBM", encode(BLACK_AND_WHITE, "XBM")),
        ("BLP", encode(SCENE.quantize(8), "BLP", blp_version="BLP1")),
        ("PSB", psd(SCENE, version=2)),
    ):
        reason = Refused(f"^{name} pictures are not read; save it as PNG or JPEG$")
        yield f"unread/a.{name.lower()}", content, reason
        if name != "XBM":
            yield f"unread/{name}", content, reason
    yield "unread/paper.pdf", encode(SCENE, "PDF"), LEFT_OUT
    yield "unread/film.mp4", b"\0\0\0\x18ftypmp42" + bytes(200), LEFT_OUT
    yield "unread/film.mpg", b"\0\0\1\xba" + bytes(200), LEFT_OUT
    yield "unread/archive.zip", _zip(), LEFT_OUT
    yield "unread/header.h", b"#define WIDTH 9\n", LEFT_OUT


def _raw() -> Entries:
    # The first directory of these files is the preview, the negative hangs below it.
    for extension in ("dng", "nef"):
        yield f"raw/camera.{extension}", _negative(SCENE), Seen()
    width, height = SCENE.size
    # Other makers pack the preview as a JPEG, in the old way of TIFF.
    packed = _tiff({256: width, 257: height, 262: 6, 277: 3}, _jpeg(), compression=6)
    yield "raw/packed.cr2", packed, Seen()
    photo = SCENE.resize((480, 640), Image.Resampling.NEAREST)
    yield "raw/camera-2.dng", raw_file((_jpeg(photo), photo.size)), Seen(photo)
    turned = raw_file((_jpeg(camera_view(6)), camera_view(6).size), orientation=6)
    yield "raw/turned.dng", turned, Seen()
    olympus = raw_file((_jpeg(), SCENE.size), dng=False, magic=b"IIRO")
    yield "raw/olympus.orf", olympus, Seen()
    yield "raw/no-extension", olympus, Seen()
    yield "raw/unknown.arw", b"II*\0" + bytes(60), Refused(NOT_AN_IMAGE)
    nothing = Refused("^a raw camera file without a preview$")
    yield "raw/nothing.raf", b"FUJIFILMCCD-RAW 0201".ljust(400, b"\0"), nothing


def _orientations() -> Entries:
    for orientation in range(1, 9):
        turned = camera_view(orientation)
        for extension, format in (("jpg", "JPEG"), ("webp", "WEBP"), ("tif", "TIFF")):
            options = {"quality": 95} if format != "TIFF" else {}
            content = encode(turned, format, exif=exif_of(orientation), **options)
            yield f"orientation/{orientation}.{extension}", content, Seen()
    exif = exif_of(6).tobytes()
    for place, broken in enumerate((exif[:14], exif[:8] + b"\xff" * 20, b"Exif\0\0words")):
        yield f"exif/broken-{place}.jpg", _jpeg(exif=broken), Seen()


def _sizes() -> Entries:
    for width, height in ((50_000, 40), (40, 50_000)):
        long = SCENE.resize((width, height), Image.Resampling.NEAREST)
        yield f"sizes/{width}x{height}.png", encode(long, compress_level=1), Seen(long)
        yield f"sizes/{width}x{height}.jpg", encode(long, "JPEG", quality=90), Seen(long)
    yield (
        "sizes/1x1.png",
        encode(Image.new("RGB", (1, 1), "red")),
        Seen(Image.new("RGB", (1, 1), "red")),
    )
    photo = SCENE.resize((4000, 3000), Image.Resampling.NEAREST)
    yield "sizes/12-megapixels.jpg", encode(photo, "JPEG", quality=85), Seen(photo)
    refused = Refused("^too large(: 50000x50000 pixels, at most | to be decoded safely$)")
    yield "sizes/bomb.png", png(50_000, 50_000), refused
    yield "sizes/bomb.jpg", _jpeg_of_size(_jpeg(), 50_000, 50_000), refused
    yield (
        "sizes/bomb.gif",
        _replaced(encode(SCENE, "GIF"), 6, struct.pack("<HH", 50_000, 50_000)),
        refused,
    )
    yield (
        "sizes/bomb.bmp",
        _replaced(encode(SCENE, "BMP"), 18, struct.pack("<ii", 50_000, 50_000)),
        refused,
    )
    yield "sizes/bomb.ppm", b"P6\n50000 50000\n255\n" + bytes(99), refused
    jp2 = encode(SCENE, "JPEG2000")
    claimed = _replaced(jp2, jp2.index(b"ihdr") + 4, struct.pack(">II", 50_000, 50_000))
    yield "sizes/bomb.jp2", claimed, refused
    yield "sizes/bomb.tif", _tiff({256: 50_000, 257: 50_000}, bytes(99)), refused
    yield "sizes/bomb.ico", _icon(png(50_000, 50_000)), refused
    fifty = struct.pack("<II", 50_000, 50_000)
    yield "sizes/bomb.dds", _replaced(encode(SCENE, "DDS"), 12, fifty), refused
    qoi = _replaced(encode(SCENE, "QOI"), 4, struct.pack(">II", 50_000, 50_000))
    yield "sizes/bomb.qoi", qoi, refused
    for name, format, place, form in (("tga", "TGA", 12, "<HH"), ("sgi", "SGI", 6, ">HH")):
        content = _replaced(encode(SCENE, format), place, struct.pack(form, 50_000, 50_000))
        yield f"sizes/bomb.{name}", content, refused
    pcx = _replaced(encode(SCENE, "PCX"), 8, struct.pack("<HH", 49_999, 49_999))
    yield "sizes/bomb.pcx", pcx, refused
    # Sides of 50,000 pixels as JPEG XL writes them: 30 bits for each, after two that say so.
    sides = (49_999 << 3 | 3 << 1) | (49_999 << 38 | 3 << 36)
    yield "sizes/bomb.jxl", b"\xff\x0a" + sides.to_bytes(20, "little"), refused
    photoshop = _replaced(psd(SCENE, rle=True), 14, struct.pack(">II", 29_000, 29_000))
    huge = Refused("^too large: 29000x29000 pixels, at most 100 million$")
    yield "sizes/bomb.psd", photoshop, huge
    # Within the limit of pixels, but what decodes it needs more than those.
    refused = Refused(r"^too large: \d+x\d+ pixels take [\d.]+ [MG]B to decode, at most 800 MB$")
    scans = _jpeg_of_size(_jpeg(progressive=True), 20_000, 20_000)
    yield "sizes/progressive.jpg", scans, refused
    yield (
        "sizes/one-scan-a-colour.jpg",
        _jpeg_of_size(_scan_by_scan(_jpeg()), 20_000, 20_000),
        refused,
    )
    claimed = _replaced(jp2, jp2.index(b"ihdr") + 4, struct.pack(">II", 8_000, 8_000))
    yield "sizes/wavelets.jp2", claimed, refused
    packed = zlib.compress(bytes(1 << 20))
    yield "sizes/tile.tif", _tiff({322: 40_000, 323: 40_000}, packed, compression=8), refused


def _damage() -> Entries:
    broken = Refused("^damaged: ")
    unknown = Refused(NOT_AN_IMAGE)
    yield "damage/zero-bytes.jpg", b"", Refused("^the file is empty$")
    yield "damage/zero-bytes", b"", LEFT_OUT
    yield "damage/one-byte.png", b"\x89", unknown
    noise = encode(Image.effect_noise((256, 256), 90), "JPEG", quality=90)
    yield "damage/head.jpg", noise[:200], broken
    for format, extension in (
        *(("PNG", "png"), ("GIF", "gif"), ("BMP", "bmp"), ("TIFF", "tif"), ("WEBP", "webp")),
        *(("AVIF", "avif"), ("HEIF", "heic"), ("JPEG2000", "jp2"), ("PPM", "ppm")),
        *(("JXL", "jxl"), ("PSD", "psd"), ("TGA", "tga"), ("PCX", "pcx"), ("SGI", "sgi")),
        *(("QOI", "qoi"), ("DDS", "dds")),
    ):
        content = encode(SCENE, format)
        yield (
            f"damage/half.{extension}",
            content[: len(content) // 2],
            Refused("^damaged: |^not an"),
        )
    content = bytearray(encode(SCENE))
    # In the width, which the checksum covers.
    content[18] ^= 0xFF
    yield "damage/flipped.png", bytes(content), unknown
    yield "damage/text.jpg", b"Dear diary, this is not a picture.", unknown
    yield "damage/archive.jpg", _zip(), unknown
    yield "damage/paper.jpg", encode(SCENE, "PDF"), unknown
    yield "damage/drawing.jpg", encode(SCENE, "EPS"), unknown
    yield "damage/vectors.jpg", b"<svg xmlns='http://www.w3.org/2000/svg' width='9'/>", unknown
    yield "damage/page.jpg", b"<!DOCTYPE html><img src=x onerror=alert(1)>", unknown
    yield "damage/film.png", b"\0\0\0\x18ftypmp42" + bytes(200), unknown
    # Pictures with something else behind them are pictures.
    yield "damage/jpeg-and-archive.jpg", _jpeg() + _zip(), Seen()
    yield "damage/png-and-page.png", encode(SCENE) + b"<script>alert(1)</script>", Seen()
    yield "damage/gif-and-script.gif", encode(SCENE, "GIF") + b"=1;alert(1)", Seen()


def _names() -> Entries:
    yield "names/jpeg.txt", _jpeg(), Seen()
    yield "names/png.jpg", encode(SCENE), Seen()
    yield "names/heic.jpg", encode(SCENE, "HEIF", quality=90), Seen()
    yield "names/no-extension", _jpeg(), Seen()
    yield "names/photoshop", psd(SCENE), Seen()
    # The format has no signature: the extension must tell of a picture.
    yield "names/targa", encode(SCENE, "TGA"), LEFT_OUT
    yield "names/targa.txt", encode(SCENE, "TGA"), LEFT_OUT
    yield "names/targa.jpg", encode(SCENE, "TGA"), Seen()
    yield "names/words.tga", b"Dear diary, this is not a picture.", Refused(NOT_AN_IMAGE)
    yield "names/LOUD.JPG", _jpeg(), Seen()
    yield "names/notes.txt", b"words", LEFT_OUT
    yield "names/table.csv", b"1,2\n", LEFT_OUT
    for name in (
        *("new\nline.jpg", "tab\t.jpg", "🌸🏳️‍🌈.jpg", "写真.jpg", "it's.jpg", 'a "quote".jpg'),
        *("back\\slash.jpg", "<b>&amp;<img src=x onerror=alert(1)>.jpg", "100%41.jpg", "a?b#c.jpg"),
        *("trailing.jpg.", "trailing.jpg ", " leading.jpg", "-rf.jpg", "~.jpg", "$(touch x).jpg"),
        *(
            "e\u0301.jpg",
            "\u00e9.jpg",
            "\u202egpj.exe.jpg",
            "\x07bell.jpg",
            "'; DROP TABLE images;.jpg",
        ),
        "251-" + "n" * 243 + ".jpg",
    ):
        yield f"names/{name}", _jpeg(), Seen()
    long = "names/" + "n" * 251 + ".jpg"
    yield long, _jpeg(), Refused(f"^{MAX_PATH}$")
    unfit = "^its name is not valid UTF-8; rename it$"
    for raw, shown in ((b"caf\xe9.jpg", "caf?.jpg"), (b"\xff\xfe", "??")):
        yield f"names/{os.fsdecode(raw)}", _jpeg(), Refused(unfit, f"names/{shown}")
    surrogate = os.fsdecode(b"fold\xe9r")
    yield f"{surrogate}/a.jpg", _jpeg(), Refused(unfit, "fold?r/a.jpg")


def _folders() -> Entries:
    for path in (
        ".hidden.jpg",
        ".trash/a.jpg",
        "@eaDir/a.jpg",
        ".thumbnails/a.png",
        "__MACOSX/a.jpg",
    ):
        yield path, _jpeg(), LEFT_OUT
        yield f"inner/{path}", _jpeg(), LEFT_OUT
    yield "inner/album.jpg/a.jpg", _jpeg(), Seen()
    yield "inner/empty.jpg", Path.mkdir, LEFT_OUT
    gone = Refused("^a link to a file that does not exist$")
    yield "links/broken.jpg", lambda path: path.symlink_to("gone.jpg"), gone
    yield "links/broken", lambda path: path.symlink_to("gone"), LEFT_OUT
    yield "links/circle.png", lambda path: path.symlink_to("circle.png"), gone
    yield "links/a.jpg", lambda path: path.symlink_to("../jpeg/plain.jpg"), Seen()
    yield "links/up", lambda path: path.symlink_to(".."), LEFT_OUT
    yield "links/pipe.jpg", os.mkfifo, Refused("^not a regular file$")
    yield "links/pipe", os.mkfifo, LEFT_OUT
    yield (
        "links/null.jpg",
        lambda path: path.symlink_to(os.devnull),
        Refused("^not a regular file$"),
    )


def _jpeg(image: Image.Image = SCENE, **options: Any) -> bytes:
    return encode(image, "JPEG", quality=95, **options)


def _replaced(content: bytes, start: int, by: bytes) -> bytes:
    return content[:start] + by + content[start + len(by) :]


def _ycck(image: Image.Image) -> bytes:
    """CMYK as Adobe stores it: the inks of colour as luminance and chrominance.

    Pillow stores inverted inks as they are and marks them so; the decoder of the other kind makes
    RGB of the first three and takes that as their complement. So storing the luminance and
    chrominance of the plain inks, and naming the kind, gives a proper YCCK file.
    """
    inks = image.split()
    stored = Image.merge("RGB", inks[:3]).convert("YCbCr")
    planes = [ImageOps.invert(plane) for plane in stored.split()]
    content = encode(Image.merge("CMYK", (*planes, inks[3])), "JPEG", quality=95)
    transform = content.index(b"Adobe") + 11
    assert content[transform] == 0
    return _replaced(content, transform, b"\2")


def _linear(image: Image.Image) -> Image.Image:
    """What a camera without a gamma would store."""
    values = np.asarray(image) / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return Image.fromarray((light * 255).round().astype(np.uint8))


def _sixteen_bit() -> Image.Image:
    return Image.fromarray(np.asarray(GREY).astype(np.uint16) * 257)


def _float_grey() -> np.ndarray:
    return np.asarray(GREY, np.float32) / 255


def _float_with_gaps() -> tuple[bytes, Seen]:
    values = _float_grey()
    values[:16] = np.nan
    values[16:32] = -np.inf
    black = GREY.copy()
    black.paste(0, (0, 0, GREY.width, 32))
    return encode(Image.fromarray(values), "TIFF"), Seen(black)


def _clear_where_white() -> Image.Image:
    rgba = SCENE.convert("RGBA")
    white = (np.asarray(SCENE) == 255).all(axis=2)
    rgba.putalpha(Image.fromarray(np.where(white, 0, 255).astype(np.uint8)))
    # Of another colour below what is clear, which nobody is to see.
    under = np.asarray(rgba).copy()
    under[white, :3] = (200, 0, 200)
    return Image.fromarray(under)


def _clear_palette() -> bytes:
    image = SCENE.quantize(8)
    palette = image.getpalette()
    assert palette is not None
    index = image.getpixel((SCENE.width - 1, SCENE.height - 1))
    assert isinstance(index, int)
    palette[3 * index : 3 * index + 3] = (200, 0, 200)
    image.putpalette(palette)
    return encode(image, transparency=index)


def _half_clear() -> Image.Image:
    image = SCENE.convert("RGBA")
    image.putalpha(128)
    return image


def _half_on_white() -> Image.Image:
    return Image.blend(Image.new("RGB", SCENE.size, "white"), SCENE, 128 / 255)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_of(size: tuple[int, int], bits: int, interlaced: int, rows: list[bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", *size, bits, 2, 0, 0, interlaced)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _png16(image: Image.Image) -> bytes:
    values = np.asarray(image).astype(">u2") * 257
    return _png_of(image.size, 16, 0, [row.astype(">u2").tobytes() for row in values])


def _interlaced(image: Image.Image) -> bytes:
    values = np.asarray(image)
    # The seven passes of Adam7: first row and column, then the steps.
    passes = (
        *((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4)),
        *((2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)),
    )
    parts = (values[top::down, left::across] for top, left, down, across in passes)
    return _png_of(image.size, 8, 1, [row.tobytes() for part in parts for row in part])


def _tiff(tags: dict[int, int], strip: bytes, *, compression: int = 1) -> bytes:
    """A grey TIFF of 16 by 16 pixels in one strip or tile, but for the tags given."""
    plain = {256: 16, 257: 16, 258: 8, 259: compression, 262: 1, 277: 1}
    pieces = {324: 0, 325: len(strip)} if 322 in tags else {273: 0, 279: len(strip)}
    fields = plain | pieces | tags
    start = 8 + 2 + 12 * len(fields) + 4
    fields[min(pieces)] = start
    directory = struct.pack("<H", len(fields)) + b"".join(
        struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(fields.items())
    )
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(4) + strip


def _tiff16(image: Image.Image) -> bytes:
    strip = (np.asarray(image).astype("<u2") * 257).tobytes()
    width, height = image.size
    # Three numbers do not fit into the field: they come before the pixels.
    bits = struct.pack("<HHH", 16, 16, 16)
    fields = {
        256: (4, 1, width),
        257: (4, 1, height),
        258: (3, 3, 0),
        259: (3, 1, 1),
        262: (3, 1, 2),
        273: (4, 1, 0),
        277: (3, 1, 3),
        278: (4, 1, height),
        279: (4, 1, len(strip)),
    }
    start = 8 + 2 + 12 * len(fields) + 4
    fields[258] = (3, 3, start)
    fields[273] = (4, 1, start + len(bits))
    directory = struct.pack("<H", len(fields)) + b"".join(
        struct.pack("<HHII", tag, *field) for tag, field in sorted(fields.items())
    )
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(4) + bits + strip


def _negative(preview: Image.Image) -> bytes:
    """A file like those of cameras: a small picture, and the negative in a directory below it."""
    side = 256
    negative = np.random.default_rng(0).integers(0, 1 << 14, (side, side), np.uint16).tobytes()
    strip = preview.tobytes()
    width, height = preview.size
    count = 13
    start = 8 + 2 + 12 * count + 4
    bits_at, maker_at = start, start + 6
    strip_at = maker_at + 8
    below_at = strip_at + len(strip)
    fields = [
        (254, 4, 1, 1),
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 3, bits_at),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (271, 2, 8, maker_at),
        (273, 4, 1, strip_at),
        (277, 3, 1, 3),
        (278, 4, 1, height),
        (279, 4, 1, len(strip)),
        (330, 4, 1, below_at),
        (50706, 1, 4, struct.unpack("<I", bytes((1, 4, 0, 0)))[0]),
    ]
    assert len(fields) == count
    below = [
        (254, 4, 1, 0),
        (256, 4, 1, side),
        (257, 4, 1, side),
        (258, 3, 1, 16),
        (259, 3, 1, 1),
        (262, 3, 1, 32803),
        (273, 4, 1, below_at + 2 + 12 * 9 + 4),
        (277, 3, 1, 1),
        (279, 4, 1, len(negative)),
    ]

    def directory(entries: list[tuple[int, int, int, int]]) -> bytes:
        packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        return struct.pack("<H", len(entries)) + packed + bytes(4)

    head = b"II*\0" + struct.pack("<I", 8) + directory(fields)
    return head + struct.pack("<HHH", 8, 8, 8) + b"MAKER 1\0" + strip + directory(below) + negative


def _jpeg_of_size(content: bytes, width: int, height: int) -> bytes:
    """The size in the header of a JPEG overwritten."""
    start = max(content.find(b"\xff\xc0"), content.find(b"\xff\xc2"))
    return _replaced(content, start + 5, struct.pack(">HH", height, width))


def _scan_by_scan(content: bytes) -> bytes:
    """The header of the only scan of a JPEG as if the other colours came in others."""
    start = content.index(b"\xff\xda")
    (size,) = struct.unpack_from(">H", content, start + 2)
    first = struct.pack(">HHB", 0xFFDA, 8, 1) + content[start + 5 : start + 7] + b"\0\x3f\0"
    return content[:start] + first + content[start + 2 + size :]


def _icon(png_of_it: bytes) -> bytes:
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(png_of_it), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + png_of_it


def _plain_ppm(image: Image.Image) -> bytes:
    numbers = " ".join(str(value) for value in np.asarray(image).ravel().tolist())
    return f"P3\n# words\n{image.width} {image.height}\n255\n{numbers}\n".encode()


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("inner.jpg", _jpeg())
    return buffer.getvalue()
