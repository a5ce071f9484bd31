"""Open any image file safely: upright, in RGB, of a size that can be handled."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, IcoImagePlugin, Image, UnidentifiedImageError

from core.errors import ImageError
from core.images.colours import to_rgb
from core.images.memory import MAX_MEMORY, ROOM, Share, kept_by_the_decoder, peak
from core.images.raw import Preview, is_raw, preview_of

# Only decoders of pictures: Pillow's list also holds ones that start other programs (EPS).
FORMATS = (
    *("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"),
    *("AVIF", "HEIF", "JPEG2000", "ICO", "PPM"),
)
EXTENSIONS = frozenset(
    f".{extension}"
    for extension in (
        *("jpg", "jpeg", "jpe", "jfif", "png", "apng", "gif", "bmp", "dib", "tif", "tiff"),
        *("webp", "avif", "heic", "heif", "hif", "mpo", "jp2", "jpx", "j2k"),
        *("ico", "ppm", "pgm", "pbm", "pnm"),
        # Of cameras, see core.images.raw.
        *(
            "dng",
            "nef",
            "nrw",
            "arw",
            "sr2",
            "cr2",
            "cr3",
            "orf",
            "rw2",
            "rwl",
            "raf",
            "pef",
            "srw",
        ),
    )
)
# Of the decoded image: a JPEG that is decoded at reduced scale may have 64 times as many.
MAX_PIXELS = 100_000_000
MAX_ENCODED_PIXELS = 600_000_000
MAX_BYTES = MAX_MEMORY
# A decoded side of twice the 224 pixels that VGG16 sees leaves its feature as it is; galleries and
# queries are decoded alike, so that a photograph finds itself at distance 0.
ENOUGH_SIDE = 448
UNKNOWN = "not an image of a known format"
_HEAD_BYTES = 4096
# Of a JPEG.
_END = b"\xff\xd9"
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
# Of broken EXIF, for example: what matters to the user is the reason of an ImageError.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


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
    frames or pages the first is taken, of a raw camera file the largest preview. What is missing
    at the end of a JPEG is left grey.

    Args:
        source: A file or its content.
        enough: Both sides need at most this many pixels: a larger JPEG is decoded at a half, a
            quarter or an eighth of its size, which is several times as fast.

    Returns:
        The image in RGB.

    Raises:
        ImageError: It cannot be used as an image; the message is the reason.
    """
    if isinstance(source, bytes):
        return ROOM.lend(lambda share: _decoded(source, enough, share))
    return ROOM.lend(lambda share: _decoded(read_file(source, share), enough, share))


def load_file(
    path: Path, *, enough: int | None = None, unless: Callable[[str], bool] = lambda _: False
) -> tuple[str, LoadedImage | None]:
    """Decode an image file and tell the id of its content, read once.

    Args:
        path: The file.
        enough: See ``load_image``.
        unless: Called with the id; the image is not decoded if it returns true.

    Returns:
        The id, and the image or ``None``.

    Raises:
        ImageError: It cannot be used as an image; the message is the reason.
    """

    def load(share: Share) -> tuple[str, LoadedImage | None]:
        content = read_file(path, share)
        identity = image_id(content)
        return identity, None if unless(identity) else _decoded(content, enough, share)

    return ROOM.lend(load)


def _decoded(content: bytes, enough: int | None, share: Share) -> LoadedImage:
    if not is_raw(content):
        return _picture(content, enough, share)
    # LibRaw holds the preview twice for a moment, beside the copy that comes back; no preview
    # fills more than two thirds of its file.
    share.ask(2 * len(content), "its file and copies of its preview")
    if preview := preview_of(content):
        return _picture(preview.content, enough, share, preview)
    # Of some, Pillow knows the picture that stands before the negative.
    return _picture(content, enough, share, unknown="a raw camera file without a preview")


def _picture(
    content: bytes,
    enough: int | None,
    share: Share,
    preview: Preview | None = None,
    unknown: str = UNKNOWN,
) -> LoadedImage:
    lost_end = _has_lost_its_end(content)
    # Pillow joins the content of a WebP from two parts, and its decoder takes a copy.
    copies = 2 * (content[8:12] == b"WEBP") + lost_end
    share.ask(copies * len(content), "its file and copies of it")
    with (
        io.BytesIO(content + _END if lost_end else content) as file,
        _opened(file, unknown) as image,
    ):
        _check_size(image.size, MAX_ENCODED_PIXELS)
        size = image.size
        kept = kept_by_the_decoder(image, file)
        if enough:
            image.draft("RGB", (enough, enough))
        _check_size(image.size, MAX_PIXELS)
        share.ask(kept + peak(image), f"{size[0]}x{size[1]} pixels")
        taken_at = _taken_at(image) or (preview.taken_at if preview else None)
        turn = _turn(image, preview.orientation if preview else None)
        width, height = size if turn in _KEEPING_SIDES else size[::-1]
        pixels = to_rgb(image)
        if pixels is not image:
            image.close()
        if turn is not None:
            pixels = pixels.transpose(turn)
        if enough and pixels.width * pixels.height > _LARGE_PIXELS:
            # By the same factor both ways: thumbnails keep the proportions.
            pixels = pixels.reduce(max(min(pixels.size) // enough, 1))
        return LoadedImage(pixels, width, height, taken_at)


def read_file(path: Path, share: Share | None = None) -> bytes:
    """The content of a file that may be an image.

    Args:
        path: The file.
        share: Memory to take for the content; by default the caller sees to it.

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
            if share:
                share.ask(size, "its file")
            content = file.read(size)
    except OSError as error:
        raise ImageError(_reason(error)) from error
    if not content:
        raise ImageError("the file is empty")
    return content


def image_id(content: bytes) -> str:
    """The id of an image: BLAKE2b-128 of its file's content, 32 hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def is_image(path: Path) -> bool:
    """Whether a file can be read and begins like an image of a known format."""

    def begins(share: Share) -> bool:
        with path.open("rb") as file:
            # Of some formats the whole file is read.
            share.ask(os.fstat(file.fileno()).st_size, "its file")
            head = file.read(_HEAD_BYTES)
            file.seek(0)
            if is_raw(head):
                return True
            with _opened(file):
                return True

    try:
        return ROOM.lend(begins)
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


def fit(image: Image.Image, side: int, *, least: int) -> Image.Image:
    """Resize so that the longer side has a length, with Pillow's bicubic filter.

    Args:
        image: RGB of any size.
        side: Of the longer side, in pixels.
        least: Of the shorter side, in pixels: only a very long image loses its aspect ratio.

    Returns:
        RGB; the image itself where it has this size already.
    """
    scale = side / max(image.size)
    width, height = (max(round(length * scale), least) for length in image.size)
    return image if image.size == (width, height) else image.resize((width, height))


@contextmanager
def _opened(file: BinaryIO, unknown: str = UNKNOWN) -> Iterator[Image.Image]:
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
        raise ImageError(unknown) from error
    except Image.DecompressionBombError as error:
        raise ImageError("too large to be decoded safely") from error
    # A decoder fed with damaged data raises whatever its parser stumbles on: struct.error,
    # SyntaxError, IndexError, zlib.error …; each of them means only that this file is damaged.
    except Exception as error:
        raise ImageError(f"damaged: {_one_line(error)}") from error


def _has_lost_its_end(content: bytes) -> bool:
    # A photograph whose last bytes are lost is still the photograph: with an end marker the
    # decoder takes what there is.
    return content.startswith(b"\xff\xd8") and not content.endswith(_END)


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


def _turn(image: Image.Image, otherwise: int | None = None) -> Image.Transpose | None:
    # Pillow reads the orientation of some formats only with the pixels.
    image.load()
    try:
        return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, otherwise))
    # As for the date below; Pillow's own exif_transpose would also write the broken EXIF anew.
    except Exception:
        return _UPRIGHT.get(otherwise)


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
