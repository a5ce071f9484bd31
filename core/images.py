"""Open any image file safely: upright, in RGB, of a size that can be handled."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

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
        if enough:
            image.draft("RGB", (enough, enough))
        _check_size(image.size, MAX_PIXELS)
        taken_at = _taken_at(image)
        turn = _turn(image)
        width, height = size if turn in _KEEPING_SIDES else size[::-1]
        pixels = _to_rgb(image)
        if turn is not None:
            pixels = pixels.transpose(turn)
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


def _turn(image: Image.Image) -> Image.Transpose | None:
    # Pillow reads the orientation of some formats only with the pixels.
    image.load()
    try:
        return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation))
    # As for the date below; Pillow's own exif_transpose would also write the broken EXIF anew.
    except Exception:
        return None


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        return Image.fromarray(_grey_to_8_bits(np.asarray(image))).convert("RGB")
    image = _to_srgb(image)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    try:
        converted = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGBA" if image.mode == "RGBA" else "RGB",
        )
    # A profile that is damaged or of another kind of colours is as good as none.
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted or image


def _grey_to_8_bits(grey: np.ndarray) -> np.ndarray:
    values = np.nan_to_num(grey.astype(np.float32))
    if np.issubdtype(grey.dtype, np.floating) and values.max(initial=0) <= 1:
        full = 1.0
    else:
        full = 255.0 if values.max(initial=0) <= 255 else 65535.0
    return (values / full * 255).clip(0, 255).round().astype(np.uint8)


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
