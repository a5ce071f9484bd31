"""Damaged images, each made from a number; and, as a program, loading them.

``python -m tests.images.mutants load FIRST COUNT`` loads the mutants of these numbers one by one
and tells of each; ``index FOLDER FEATURES`` indexes a folder; ``largest FOLDER`` writes four images
at the limit and ``together FOLDER`` loads the images of a folder at the same time. Each ends with
the peak of its memory in bytes. They are programs so that a decoder that crashes or hangs takes
only them along.
"""

from __future__ import annotations

import io
import json
import random
import resource
import struct
import sys
import time
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pillow_jxl  # noqa: F401 - lets Pillow write JPEG XL
from PIL import Image

from core.errors import ImageError
from core.images import load_image
from tests.fakes import picture
from tests.images.negatives import raw_file
from tests.images.photoshop import register_psd_writer

pillow_heif.register_heif_opener()
register_psd_writer()

SIZES = ((16, 16), (33, 20), (64, 48), (200, 150), (900, 700))
# What a header may claim for a side.
CLAIMS = (0, 1, 2, 255, 256, 4_000, 12_000, 16_383, 20_000, 50_000, 65_535, 2**31 - 1, 2**32 - 1)


@cache
def originals() -> tuple[tuple[bytes, tuple[int, int]], ...]:
    """Files of real encoders, of every format and many of their options, with their sizes."""
    return tuple(
        (_encoded(image, format, options), size)
        for place, size in enumerate(SIZES)
        for image, format, options in _pictures(picture(place, size=size))
    )


def _raw_files(rgb: Image.Image) -> list[tuple[Image.Image, str, dict[str, Any]]]:
    return [
        (rgb, "RAW", {"dng": True, "orientation": 6}),
        (rgb, "RAW", {"dng": False}),
        (rgb, "RAW", {"dng": False, "magic": b"IIRO"}),
    ]


def _pictures(rgb: Image.Image) -> list[tuple[Image.Image, str, dict[str, Any]]]:
    rgba = rgb.convert("RGBA")
    rgba.putalpha(rgb.convert("L"))
    grey, cmyk, palette = rgb.convert("L"), rgb.convert("CMYK"), rgb.quantize(16)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2024:05:06 07:08:09"
    frames: dict[str, Any] = {"save_all": True, "append_images": [rgb.rotate(180)]}
    return [
        (rgb, "JPEG", {"exif": exif}),
        (rgb, "JPEG", {"progressive": True, "subsampling": 0}),
        (rgb, "JPEG", {"restart_marker_rows": 1}),
        (cmyk, "JPEG", {}),
        (rgb, "MPO", frames),
        (rgb, "PNG", {"exif": exif}),
        (palette, "PNG", {"transparency": 1}),
        (deep, "PNG", {}),
        (rgba, "PNG", frames),
        (rgb, "GIF", {}),
        (rgba, "GIF", frames),
        (rgb, "BMP", {}),
        (palette, "BMP", {}),
        (rgb, "TIFF", {"exif": exif}),
        (rgb, "TIFF", frames),
        (rgb, "TIFF", {"compression": "tiff_lzw"}),
        (rgba, "TIFF", {"compression": "tiff_deflate"}),
        (rgb, "TIFF", {"compression": "jpeg"}),
        (cmyk, "TIFF", {"compression": "packbits"}),
        (rgb.convert("1"), "TIFF", {"compression": "group4"}),
        (rgb.convert("F"), "TIFF", {"compression": "zstd"}),
        (deep, "TIFF", {}),
        (rgb, "WEBP", {"exif": exif.tobytes()}),
        (rgba, "WEBP", {"lossless": True}),
        (rgba, "WEBP", frames),
        (rgb, "AVIF", {"speed": 10}),
        (rgba, "AVIF", {"speed": 10, "exif": exif.tobytes()}),
        (rgb, "HEIF", {"quality": 50}),
        (rgba, "HEIF", {"quality": 90, "exif": exif.tobytes()}),
        (rgb, "JPEG2000", {}),
        (rgba, "JPEG2000", {"tile_size": (32, 32), "irreversible": True}),
        (deep, "JPEG2000", {"no_jp2": True}),
        (rgba, "ICO", {"sizes": [(16, 16)]}),
        (rgba, "ICO", {"sizes": [(16, 16)], "bitmap_format": "bmp"}),
        (rgb, "PPM", {}),
        (deep, "PPM", {}),
        (rgb.convert("1"), "PPM", {}),
        (rgb, "JXL", {"effort": 1}),
        (rgba, "JXL", {"effort": 1, "lossless": True}),
        (rgb, "JXL", {"effort": 1, "use_container": True, "exif": exif.tobytes()}),
        (deep, "JXL", {"effort": 1, "lossless": True}),
        (rgb, "PSD", {}),
        (rgba, "PSD", {"rle": True}),
        (cmyk, "PSD", {"rle": True}),
        (palette, "PSD", {}),
        (rgb, "TGA", {}),
        (rgba, "TGA", {"rle": True, "orientation": 1}),
        (palette, "TGA", {"rle": True}),
        (rgb, "PCX", {}),
        (palette, "PCX", {}),
        (rgb.convert("1"), "PCX", {}),
        (rgba, "SGI", {}),
        (rgb, "SGI", {"bpc": 2}),
        (rgb, "QOI", {}),
        (rgba, "QOI", {}),
        (rgb, "DDS", {}),
        (grey, "DDS", {}),
        (rgba, "DDS", {"pixel_format": "DXT1"}),
        (rgba, "DDS", {"pixel_format": "DXT5"}),
        *_raw_files(rgb),
    ]


def _encoded(image: Image.Image, format: str, options: dict[str, Any]) -> bytes:
    if format == "RAW":
        return raw_file((_encoded(image, "JPEG", {}), image.size), **options)
    buffer = io.BytesIO()
    # Copies: Pillow leaves the settings of one encoder on an image for the next.
    if "append_images" in options:
        options = options | {"append_images": [more.copy() for more in options["append_images"]]}
    image.copy().save(buffer, format, **options)
    return buffer.getvalue()


def mutant(seed: int) -> bytes:
    """A damaged image; the same for the same number."""
    rng = random.Random(seed)
    # The larger ones are fewer, as they are slow.
    content, size = rng.choice(originals()[: None if seed % 10 == 0 else -_pictures_a_size()])
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        mutate = rng.choice((_flip, _flip_in_head, _cut, _splice, _claim, _claim, _repeat))
        content = mutate(content, size, rng)
    return content


def _pictures_a_size() -> int:
    return len(originals()) // len(SIZES)


def _flip(content: bytes, _size: tuple[int, int], rng: random.Random) -> bytes:
    mutated = bytearray(content)
    for _ in range(rng.choice((1, 4, 32)) if mutated else 0):
        mutated[rng.randrange(len(mutated))] = rng.randrange(256)
    return bytes(mutated)


def _flip_in_head(content: bytes, size: tuple[int, int], rng: random.Random) -> bytes:
    return _flip(content[:400], size, rng) + content[400:]


def _cut(content: bytes, _size: tuple[int, int], rng: random.Random) -> bytes:
    start, end = sorted((rng.randint(0, len(content)), rng.randint(0, len(content))))
    return rng.choice((content[:end], content[:start] + content[end:], content[start:]))


def _splice(content: bytes, _size: tuple[int, int], rng: random.Random) -> bytes:
    files = [original for original, _ in originals()]
    same = [original for original in files if original[:4] == content[:4]]
    other = rng.choice(rng.choice((same, files)) or files)
    return content[: rng.randint(0, len(content))] + other[rng.randint(0, len(other)) :]


def _claim(content: bytes, size: tuple[int, int], rng: random.Random) -> bytes:
    """Another size where the header seems to tell it."""
    claim = rng.choice(CLAIMS)
    places = [
        (start, form)
        for side in (*size, size[0] - 1, size[1] - 1)
        for form in (">H", "<H", ">I", "<I")
        if (start := content.find(struct.pack(form, side), rng.randrange(64), 2000)) >= 0
    ]
    for start, form in rng.sample(places, min(len(places), rng.choice((1, 2, 4)))):
        packed = struct.pack(form, claim & (2 ** (8 * struct.calcsize(form)) - 1))
        content = content[:start] + packed + content[start + len(packed) :]
    return content


def _repeat(content: bytes, _size: tuple[int, int], rng: random.Random) -> bytes:
    start, end = sorted((rng.randint(0, len(content)), rng.randint(0, len(content))))
    place = rng.randint(0, len(content))
    return content[:place] + content[start:end] * rng.choice((1, 1, 20)) + content[place:]


def peak_memory() -> int:
    """The most memory that this process ever had, in bytes."""
    try:
        # Unlike getrusage this leaves out what the parent had when it made this process.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _tell(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def load(first: int, count: int) -> None:
    """Load mutants as the indexing run does, and at full size where their number is odd."""
    originals()
    for seed in range(first, first + count):
        content = mutant(seed)
        _tell(started=seed)
        start = time.perf_counter()
        outcome = _outcome(content, None if seed % 2 else 448)
        _tell(ended=seed, outcome=outcome, seconds=time.perf_counter() - start)


def _outcome(content: bytes, enough: int | None) -> str:
    try:
        loaded = load_image(content, enough=enough)
    except ImageError as error:
        reason = str(error)
        return "refused" if reason and reason.isprintable() else f"reason {reason!r}"
    except BaseException:
        return traceback.format_exc()
    sound = loaded.pixels.mode == "RGB" and min(loaded.width, loaded.height) > 0
    return "loaded" if sound else f"{loaded.pixels.mode} {loaded.width}x{loaded.height}"


def index(folder: Path, features: Path) -> None:
    """Index a folder with the extractor that computes nothing much."""
    from core.config import Settings
    from core.engine import ImageSearchEngine
    from tests.fakes import FakeExtractor

    settings = Settings(features=features, weights="random")
    engine = ImageSearchEngine(settings, make_extractor=lambda *_: FakeExtractor())
    report = engine.index(folder)
    reasons = {item.image: item.reason for item in report.skipped}
    indexed = [image.path for image in engine.require_snapshot().images]
    _tell(indexed=indexed, skipped=reasons, seconds=report.seconds)


def write_largest(folder: Path) -> None:
    """Write images at the limit, their files included, those whose conversion copies most."""
    side = 9_900
    exif = Image.Exif()
    exif[0x0112] = 6
    strips: dict[str, Any] = {"compression": "tiff_deflate", "tiffinfo": {278: 64}}
    png: dict[str, Any] = {"compress_level": 1}
    Image.new("RGBA", (side, side), (200, 0, 0, 99)).save(folder / "clear.png", **png)
    Image.new("I;16", (side, side), 30_000).save(folder / "deep.png", exif=exif, **png)
    Image.new("F", (9_900, 9_900), 0.5).save(folder / "float.tif", **strips)
    Image.new("RGBA", (6_800, 6_800), (0, 0, 200, 99)).save(folder / "clear.webp", method=0)


def together(folder: Path) -> None:
    """Load the images of a folder all at the same time."""

    def outcome(path: Path) -> tuple[int, int] | str:
        try:
            return load_image(path, enough=448).pixels.size
        except ImageError as error:
            return str(error)

    files = sorted(folder.iterdir())
    with ThreadPoolExecutor(len(files)) as pool:
        _tell(outcomes=list(pool.map(outcome, files)))


def main(task: str, *arguments: str) -> None:
    """Do the task that the command line names."""
    warnings.simplefilter("ignore")
    match task:
        case "load":
            load(int(arguments[0]), int(arguments[1]))
        case "index":
            index(Path(arguments[0]), Path(arguments[1]))
        case "together":
            together(Path(arguments[0]))
        case "largest":
            write_largest(Path(arguments[0]))
    _tell(peak=peak_memory())


if __name__ == "__main__":
    main(*sys.argv[1:])
