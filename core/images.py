"""Open any image file safely: upright, in RGB, of a size that can be handled."""

from __future__ import annotations

import io
import os
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import (
    ExifTags,
    IcoImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
)

from core.errors import ImageError

# Only decoders of pictures: Pillow's list also holds ones that start other programs (EPS).
FORMATS = (
    *("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"),
    *("AVIF", "HEIF", "JPEG2000", "ICO", "PPM"),
)
EXTENSIONS = frozenset(
    f".{extension}"
    for extension in (
        *("jpg", "jpeg", "jpe", "jfif", "png", "apng", "gif", "bmp", "dib", "tif", "tiff"),
        *(
            "webp",
            "avif",
            "heic",
            "heif",
            "hif",
            "mpo",
            "jp2",
            "jpx",
            "j2k",
            "ico",
            "ppm",
            "pgm",
            "pbm",
            "pnm",
        ),
    )
)
# Of the decoded image: a JPEG that is decoded at reduced scale may have 64 times as many.
MAX_PIXELS = 150_000_000
MAX_ENCODED_PIXELS = 600_000_000
MAX_BYTES = 1_000_000_000
# Of all images that are being decoded: what the loading threads take together, and thus also
# what one image may take.
MAX_MEMORY = 1_250_000_000
# At the peak: the picture and one copy of it, upright or in other colours; the decoders of some
# formats need more. Measured with pictures of 16 megapixels.
_BYTES_A_PIXEL = {"WEBP": 17, "AVIF": 18, "HEIF": 10, "JPEG2000": 25}
_BYTES_A_PIXEL_ELSEWHERE = 8
# Converted at a time, for the copies that this takes.
_STRIP_PIXELS = 1 << 20
# Decoded images over this are made smaller at once where the caller has no use for all of it.
_LARGE_PIXELS = 1 << 24
_UPRIGHT: dict[Any, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_KEEPING_SIDES = (None, *(_UPRIGHT[orientation] for orientation in (2, 3, 4)))

# Pillow's own limit also guards pictures inside pictures (icons), which the check below cannot see.
Image.MAX_IMAGE_PIXELS = MAX_ENCODED_PIXELS
# The C library gives memory back to the system at once only in pieces of more than 32 MB; of
# smaller ones, as Pillow asks for, each thread would keep those of its largest image.
Image.core.set_block_size(1 << 26)  # type: ignore[attr-defined]
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class LoadedImage:
    """A decoded image and what its file tells of it.

    Attributes:
        pixels: sRGB, upright; smaller than the file's where it was decoded at reduced scale.
        width: Of the image in the file, in pixels, upright.
        height: Of the image in the file, in pixels, upright.
        taken_at: When the photograph was taken, ``YYYY-MM-DDTHH:MM:SS``; ``None`` if not recorded.
    """

    pixels: Image.Image
    width: int
    height: int
    taken_at: str | None


def load_image(source: Path | bytes, *, enough: int | None = None) -> LoadedImage:
    """Decode an image file.

    EXIF orientation is applied, colours are brought from the embedded ICC profile to sRGB,
    transparency is laid on white, 16-bit and floating-point grey is brought to 8 bits; of several
    frames or pages the first is taken. What is missing at the end of a JPEG is left grey.

    Args:
        source: A file or its content.
        enough: Both sides need at most this many pixels: a larger JPEG is decoded at a half, a
            quarter or an eighth of its size, which is several times as fast.

    Returns:
        The image in RGB.

    Raises:
        ImageError: It cannot be used as an image; the message is the reason.
    """
    content = source if isinstance(source, bytes) else read_file(source)
    with io.BytesIO(_ended(content)) as file, _opened(file) as image:
        _check_size(image.size, MAX_ENCODED_PIXELS)
        size = image.size
        kept = _kept_by_the_decoder(image, file)
        if enough:
            image.draft("RGB", (enough, enough))
        _check_size(image.size, MAX_PIXELS)
        with _ROOM.taken(kept + _peak(image), size):
            taken_at = _taken_at(image)
            turn = _turn(image)
            width, height = size if turn in _KEEPING_SIDES else size[::-1]
            pixels = _to_rgb(image)
            if pixels is not image:
                image.close()
            if turn is not None:
                pixels = pixels.transpose(turn)
            if enough and pixels.width * pixels.height > _LARGE_PIXELS:
                pixels = pixels.reduce(
                    (max(pixels.width // enough, 1), max(pixels.height // enough, 1))
                )
        return LoadedImage(pixels, width, height, taken_at)


def read_file(path: Path) -> bytes:
    """The content of a file that may be an image.

    Raises:
        ImageError: It cannot be read, is empty, or is too large to be an image.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:
                raise ImageError(
                    f"too large: {size // 1_000_000} MB, at most {MAX_BYTES // 1_000_000}"
                )
            content = file.read()
    except OSError as error:
        raise ImageError(_reason(error)) from error
    if not content:
        raise ImageError("the file is empty")
    return content


def is_image(path: Path) -> bool:
    """Whether a file can be read and begins like an image of a known format."""
    try:
        with path.open("rb") as file, _opened(file):
            return True
    except (OSError, ImageError):
        return False


def squash(image: Image.Image, side: int) -> Image.Image:
    """Resize to a square, ignoring the aspect ratio, with Pillow's bicubic filter.

    Args:
        image: RGB of any size.
        side: In pixels.

    Returns:
        RGB, ``side`` by ``side``; the image itself where it has this size already.
    """
    return image if image.size == (side, side) else image.resize((side, side))


@contextmanager
def _opened(file: BinaryIO) -> Iterator[Image.Image]:
    _register_heif()
    try:
        _check_icon(file)
        with Image.open(file, formats=FORMATS) as image:
            yield image
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError("not enough memory to decode it") from error
    except UnidentifiedImageError as error:
        raise ImageError("not an image of a known format") from error
    except Image.DecompressionBombError as error:
        raise ImageError("too large to be decoded safely") from error
    # A decoder fed with damaged data raises whatever its parser stumbles on: struct.error,
    # SyntaxError, IndexError, zlib.error …; each of them means only that this file is damaged.
    except Exception as error:
        raise ImageError(f"damaged: {_one_line(error)}") from error


def _ended(content: bytes) -> bytes:
    # A photograph whose last bytes are lost is still the photograph: with an end marker the
    # decoder takes what there is.
    lost_end = content.startswith(b"\xff\xd8") and not content.endswith(b"\xff\xd9")
    return content + b"\xff\xd9" if lost_end else content


@cache
def _register_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()


def _check_size(size: tuple[int, int], limit: int) -> None:
    width, height = size
    if width * height > limit:
        raise ImageError(
            f"too large: {width}x{height} pixels, at most {limit // 1_000_000} million"
        )


def _check_icon(file: BinaryIO) -> None:
    # Pillow decodes an icon as it opens it, at whatever size the PNG inside claims.
    start = file.tell()
    if file.read(4) == b"\0\0\1\0":
        file.seek(start)
        icon = IcoImagePlugin.IcoFile(file)
        if icon.entry:
            file.seek(icon.entry[0].offset)
            head = file.read(24)
            if head.startswith(b"\x89PNG") and len(head) == 24:
                _check_size(struct.unpack(">II", head[16:]), MAX_PIXELS)
    file.seek(start)


def _kept_by_the_decoder(image: Image.Image, file: BinaryIO) -> int:
    """What a decoder holds in memory beside the picture, by the file's own account."""
    pixels = image.width * image.height
    if isinstance(image, JpegImagePlugin.JpegImageFile) and _in_several_scans(image, file):
        # The coefficients of the whole image, at whatever scale it is decoded.
        return 2 * len(image.getbands()) * pixels
    if isinstance(image, TiffImagePlugin.TiffImageFile) and image.info["compression"] != "raw":
        # One tile or strip as it is stored; a tile may well be larger than the image.
        tags = image.tag_v2
        rows = min(tags.get(TiffImagePlugin.ROWSPERSTRIP, image.height), image.height)
        tile = tags.get(TiffImagePlugin.TILEWIDTH, 0) * tags.get(TiffImagePlugin.TILELENGTH, 0)
        bits = sum(tags.get(TiffImagePlugin.BITSPERSAMPLE, (8,)))
        return int(max(tile, image.width * rows) * bits // 8)
    return 0


def _in_several_scans(image: Image.Image, file: BinaryIO) -> bool:
    if image.format != "JPEG" or "progressive" in image.info:
        return True
    # The header of the first scan ends here; does it list fewer than all components?
    end = file.tell()
    for listed in range(1, len(image.getbands())):
        size = 8 + 2 * listed
        file.seek(max(end - size, 0))
        if file.read(5) == struct.pack(">HHB", 0xFFDA, size - 2, listed):
            return True
    return False


def _peak(image: Image.Image) -> int:
    bytes_a_pixel = _BYTES_A_PIXEL.get(image.format or "", _BYTES_A_PIXEL_ELSEWHERE)
    return image.width * image.height * bytes_a_pixel


class _Room:
    """The memory that the images being decoded share."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._given_back = threading.Condition()
        # Held while waiting, so that many small images cannot keep a large one waiting for ever.
        self._queue = threading.Lock()

    @contextmanager
    def taken(self, count: int, size: tuple[int, int]) -> Iterator[None]:
        if count > self._total:
            raise ImageError(
                f"too large: {size[0]}x{size[1]} pixels take {count // 1_000_000} MB to decode, "
                f"at most {self._total // 1_000_000}"
            )
        with self._queue, self._given_back:
            self._given_back.wait_for(lambda: count <= self._free)
            self._free -= count
        try:
            yield
        finally:
            with self._given_back:
                self._free += count
                self._given_back.notify()


_ROOM = _Room(MAX_MEMORY)


def _turn(image: Image.Image) -> Image.Transpose | None:
    # Pillow reads the orientation of some formats only with the pixels.
    image.load()
    try:
        return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation))
    # As for the date below; Pillow's own exif_transpose would also write the broken EXIF anew.
    except Exception:
        return None


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and not {"icc_profile", "transparency"} & image.info.keys():
        return image
    convert = _converter(image)
    pixels = Image.new("RGB", image.size)
    for box in _strips(image.size):
        pixels.paste(convert(image.crop(box)), box)
    return pixels


def _converter(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        brightest = max(_grey(image.crop(box)).max(initial=0) for box in _strips(image.size))
        if image.mode == "F" and brightest <= 1:
            full = 1.0
        else:
            full = 255.0 if brightest <= 255 else 65535.0
        return lambda strip: _grey_to_rgb(strip, full)
    transform = _srgb_transform(image)
    return lambda strip: _on_white(transform.apply(strip) if transform else strip)


def _strips(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    width, height = size
    rows = max(_STRIP_PIXELS // width, 1)
    for top in range(0, height, rows):
        yield 0, top, width, min(top + rows, height)


def _on_white(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def _srgb_transform(image: Image.Image) -> ImageCms.ImageCmsTransform | None:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return None
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            image.mode,
            "RGBA" if image.mode == "RGBA" else "RGB",
        )
    # A profile that is damaged or of another kind of colours is as good as none.
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _grey(image: Image.Image) -> np.ndarray:
    return np.nan_to_num(np.asarray(image).astype(np.float32))


def _grey_to_rgb(image: Image.Image, full: float) -> Image.Image:
    values = (_grey(image) / full).clip(0, 1) * 255
    return Image.fromarray(values.round().astype(np.uint8)).convert("RGB")


def _taken_at(image: Image.Image) -> str | None:
    try:
        exif = image.getexif()
        value = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
        date, time = str(value).strip("\0 ").split(" ")
        stamp = f"{date.replace(':', '-')}T{time}"
        return str(np.datetime64(stamp, "s"))
    # Many files carry broken EXIF; a missing date is no reason to leave out the picture.
    except Exception:
        return None


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if isinstance(error, FileNotFoundError):
        return "it does not exist"
    return f"it cannot be read: {_one_line(error)}"


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:200]
