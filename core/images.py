"""Open any image file safely: upright, in RGB, of a size that can be handled."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from core.errors import ImageError

# Only decoders of pictures: Pillow's list also holds ones that start other programs (EPS).
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "JPEG2000", "ICO", "PPM")
EXTENSIONS = frozenset(
    f".{extension}"
    for extension in (
        *("jpg", "jpeg", "jpe", "jfif", "png", "apng", "gif", "bmp", "dib", "tif", "tiff"),
        *("webp", "avif", "jp2", "jpx", "j2k", "ico", "ppm", "pgm", "pbm", "pnm"),
    )
)
MAX_PIXELS = 250_000_000
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow's own limit also guards pictures inside pictures (icons), which the check below cannot see.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class LoadedImage:
    """A decoded image and what its file tells of it.

    Attributes:
        pixels: RGB, upright.
        taken_at: When the photograph was taken, ``YYYY-MM-DDTHH:MM:SS``; ``None`` if not recorded.
    """

    pixels: Image.Image
    taken_at: str | None


def load_image(source: Path | bytes) -> LoadedImage:
    """Decode an image file.

    EXIF orientation is applied, transparency is laid on white, 16-bit and floating-point grey
    is brought to 8 bits; of several frames or pages the first is taken.

    Args:
        source: A file or its content.

    Returns:
        The image in RGB.

    Raises:
        ImageError: It cannot be used as an image; the message is the reason.
    """
    try:
        file: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    except OSError as error:
        raise ImageError(_reason(error)) from error
    with file, _decoding(), Image.open(file, formats=FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise ImageError(
                f"too large: {width}x{height} pixels, at most {MAX_PIXELS // 1_000_000} million"
            )
        taken_at = _taken_at(image)
        return LoadedImage(_to_rgb(_upright(image)), taken_at)


def is_image(path: Path) -> bool:
    """Whether a file can be read and begins like an image of a known format."""
    try:
        with path.open("rb") as file, _decoding(), Image.open(file, formats=FORMATS):
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
def _decoding() -> Iterator[None]:
    try:
        yield
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


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    # As for the date below; Pillow's own exif_transpose would also write the broken EXIF anew.
    except Exception:
        return image
    method = _UPRIGHT.get(orientation)
    return image if method is None else image.transpose(method)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        return Image.fromarray(_grey_to_8_bits(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


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
