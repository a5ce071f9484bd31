"""Open any image file safely: upright, in RGB, of a size that can be handled."""

import hashlib
import io
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from ..errors import ImageError
from ..sizes import size_in_words
from .colours import to_rgb
from .formats import HEAD_BYTES, is_costly_to_open, possible_formats, unread_name
from .headers import (
    MAX_ENCODED_PIXELS,
    MAX_PIXELS,
    alpha_is_transparency,
    check_header,
    check_size,
    max_pixels,
)
from .memory import BUDGET, MAX_MEMORY, Reservation, decoder_overhead, peak
from .raw import Preview, is_raw, preview_of

T = TypeVar("T")

MAX_BYTES = MAX_MEMORY
# A decoded side of twice the 224 pixels that VGG16 sees leaves its feature as it is; galleries and
# queries are decoded alike, so that a photograph finds itself at distance 0.
ENOUGH_SIDE = 448
UNKNOWN = "not an image of a known format"
_END_OF_JPEG = b"\xff\xd9"
# Decoded images over this are made smaller at once where the caller has no use for all of it.
_LARGE_PIXELS = 1 << 24
TO_UPRIGHT: dict[Any, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_KEEPING_SIDES = (None, *(TO_UPRIGHT[orientation] for orientation in (2, 3, 4)))
# Paths, and what belongs to the console of a programmer.
_NOT_FOR_PEOPLE = re.compile(r"[/\\`]")

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
        width: Width of the image in the file, in pixels, upright; likewise ``height``.
        height: See ``width``.
        taken_at: When the photograph was taken, ``YYYY-MM-DDTHH:MM:SS``; ``None`` if not recorded.
    """

    pixels: Image.Image
    width: int
    height: int
    taken_at: str | None


def load_image(
    source: Path | bytes, *, enough: int | None = None, background: str = "white"
) -> LoadedImage:
    """Decode an image file to RGB.

    EXIF orientation is applied, colours are converted from the embedded ICC profile to sRGB,
    transparency is laid on ``background``, 16-bit and floating-point grey is scaled to 8 bits; of
    several frames or pages the first is taken, of a raw camera file the largest preview. What is
    missing at the end of a JPEG is left grey.

    Args:
        source: A file or its content.
        enough: Both sides need at most this many pixels: a larger JPEG is decoded at a half, a
            quarter or an eighth of its size, which is several times as fast.
        background: Name of the colour behind what is transparent.

    Raises:
        ImageError: It cannot be used as an image; the message is the reason, without a path.
    """

    def load(memory: Reservation) -> LoadedImage:
        content = source if isinstance(source, bytes) else read_file(source, memory)
        return _decoded(content, enough, memory, background)

    return BUDGET.run(load)


def examine(content: bytes, look: Callable[[Image.Image, tuple[int, int]], T]) -> T:
    """What a function tells of the picture that Pillow opened, before it is upright and RGB.

    Args:
        content: A file that is no raw camera file.
        look: Gets the picture before it is decoded, which it may do; memory is reserved for that.
            Also gets its size in the file: of too many pixels, a JPEG comes at a quarter of it.

    Raises:
        ImageError: It cannot be used as an image, or ``look`` stumbled on damaged data.
    """

    def shrink(image: Image.Image) -> None:
        if image.width * image.height > MAX_PIXELS:
            image.draft(None, (image.width // 4, image.height // 4))

    def examined(memory: Reservation) -> T:
        with _decodable(content, memory, shrink, copies=2) as (image, size):
            return look(image, size)

    return BUDGET.run(examined)


def read_indexed(path: Path, identity: str) -> bytes:
    """The content of a file that was indexed with an id.

    Raises:
        ImageError: It cannot be read, or its content has another id now.
    """
    content = read_file(path)
    if image_id(content) != identity:
        raise ImageError("its file has changed since it was indexed")
    return content


def load_file(
    path: Path, *, enough: int | None = None, unless: Callable[[str], bool] = lambda _: False
) -> tuple[str, LoadedImage | None]:
    """The id of the content of a file, and the decoded image; the file is read once.

    Args:
        path: The file.
        enough: See ``load_image``, also for the error.
        unless: Called with the id; if it returns true, the image is not decoded but ``None``.
    """

    def load(memory: Reservation) -> tuple[str, LoadedImage | None]:
        content = read_file(path, memory)
        identity = image_id(content)
        return identity, None if unless(identity) else _decoded(content, enough, memory)

    return BUDGET.run(load)


def load_indexed(path: Path, identity: str, *, enough: int | None = None) -> LoadedImage:
    """The image in a file that was indexed with an id; see ``load_image`` and ``read_indexed``."""
    return load_image(read_indexed(path, identity), enough=enough)


def _decoded(
    content: bytes, enough: int | None, memory: Reservation, background: str = "white"
) -> LoadedImage:
    if not is_raw(content):
        return _picture(content, enough, memory, background=background)
    # LibRaw holds the preview twice for a moment, beside the copy that comes back; no preview
    # fills more than two thirds of its file.
    memory.reserve(2 * len(content), "its file and copies of its preview")
    if preview := preview_of(content):
        return _picture(preview.content, enough, memory, preview)
    # Pillow reads the picture that some of them have before the negative.
    return _picture(content, enough, memory, unknown="a raw camera file without a preview")


def _picture(
    content: bytes,
    enough: int | None,
    memory: Reservation,
    preview: Preview | None = None,
    unknown: str = UNKNOWN,
    background: str = "white",
) -> LoadedImage:
    # Pillow joins the content of a WebP from two parts, and its decoder takes a copy; the decoder
    # of SGI and the parts that are kept of a PSD take one.
    copies = 2 * (content[8:12] == b"WEBP") + content.startswith((b"8BPS", b"\x01\xda"))

    def shrink(image: Image.Image) -> None:
        if enough:
            image.draft("RGB", (enough, enough))

    with _decodable(content, memory, shrink, copies=copies, unknown=unknown) as (image, size):
        taken_at = _taken_at(image) or (preview.taken_at if preview else None)
        transpose = _to_upright(image, preview.orientation if preview else None)
        width, height = size if transpose in _KEEPING_SIDES else size[::-1]
        transparent = alpha_is_transparency(content, image.format)
        pixels = to_rgb(image, transparent=transparent, background=background)
        if pixels is not image:
            image.close()
        if transpose is not None:
            pixels = pixels.transpose(transpose)
        if enough and pixels.width * pixels.height > _LARGE_PIXELS:
            # By the same factor both ways: thumbnails keep the proportions.
            pixels = pixels.reduce(max(min(pixels.size) // enough, 1))
        return LoadedImage(pixels, width, height, taken_at)


@contextmanager
def _decodable(
    content: bytes,
    memory: Reservation,
    shrink: Callable[[Image.Image], None],
    *,
    copies: int,
    unknown: str = UNKNOWN,
) -> Iterator[tuple[Image.Image, tuple[int, int]]]:
    """An opened image of a reserved size, to be decoded, and its size in the file."""
    # A photograph whose last bytes are lost is still the photograph: with an end marker the
    # decoder takes what there is.
    lost_end = content.startswith(b"\xff\xd8") and not content.endswith(_END_OF_JPEG)
    memory.reserve((copies + lost_end) * len(content), "its file and copies of it")
    with (
        io.BytesIO(content + _END_OF_JPEG if lost_end else content) as file,
        _opened(file, possible_formats(content[:HEAD_BYTES]), unknown, memory) as image,
    ):
        check_size(image.size, MAX_ENCODED_PIXELS)
        size, overhead = image.size, decoder_overhead(image, file)
        shrink(image)
        check_size(image.size, max_pixels(image))
        memory.reserve(overhead + peak(image), f"{size[0]}x{size[1]} pixels")
        yield image, size


def read_file(path: Path, memory: Reservation | None = None) -> bytes:
    """The content of a file that may be an image; memory for it is reserved, if any is given.

    Raises:
        ImageError: It cannot be read, is empty, or is too large to be an image.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:
                raise ImageError(
                    f"too large: {size_in_words(size)}, at most {size_in_words(MAX_BYTES)}"
                )
            if memory:
                memory.reserve(size, "its file")
            content = file.read(size)
    except PermissionError as error:
        raise ImageError("no permission to read it") from error
    except FileNotFoundError as error:
        raise ImageError("it does not exist") from error
    except OSError as error:
        raise ImageError(f"it cannot be read: {reason_of(error)}") from error
    if not content:
        raise ImageError("the file is empty")
    return content


def image_id(content: bytes) -> str:
    """The id of an image: BLAKE2b-128 of its file's content, 32 hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def file_id(file: IO[bytes]) -> str:
    """The id of an image whose file is open, as ``image_id``; read in pieces to its end."""
    digest = hashlib.blake2b(digest_size=16)
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def is_image(path: Path) -> bool:
    """Whether a file can be read and begins like an image of a known format."""

    def begins(memory: Reservation) -> bool:
        with path.open("rb") as file:
            # Of some formats the whole file is read.
            memory.reserve(os.fstat(file.fileno()).st_size, "its file")
            head = file.read(HEAD_BYTES)
            file.seek(0)
            if is_raw(head) or is_costly_to_open(head):
                return True
            formats = possible_formats(head, path.suffix.lower())
            with _opened(file, formats, UNKNOWN, memory):
                return True

    try:
        return BUDGET.run(begins)
    except (OSError, ImageError):
        return False


def unread_format(path: Path) -> str | None:
    """Name of the picture format of a file that ``is_image`` does not take, such as ``SVG``."""
    try:
        with path.open("rb") as file:
            return unread_name(file.read(HEAD_BYTES), path.suffix.lower())
    except OSError:
        return None


def squash(image: Image.Image, side: int) -> Image.Image:
    """RGB of ``side`` by ``side`` pixels, bicubic, whatever the aspect ratio."""
    return image if image.size == (side, side) else image.resize((side, side))


def fit(image: Image.Image, side: int, *, least: int) -> Image.Image:
    """RGB with the longer side ``side`` pixels long; bicubic, unless it is that already.

    The shorter side has at least ``least`` pixels: only a very long image loses its aspect ratio.
    """
    scale = side / max(image.size)
    width, height = (max(round(length * scale), least) for length in image.size)
    return image if image.size == (width, height) else image.resize((width, height))


def reason_of(error: Exception) -> str:
    """What an error says, in one line of at most 200 characters, without a path."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = " ".join(text.split())[:200]
    if not text:
        return type(error).__name__
    return "it cannot be decoded" if _NOT_FOR_PEOPLE.search(text) else text


@contextmanager
def _opened(
    file: BinaryIO, formats: tuple[str, ...], unknown: str, memory: Reservation
) -> Iterator[Image.Image]:
    _register_plugins()
    try:
        check_header(file, memory)
        with Image.open(file, formats=formats) as image:
            yield image
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError("not enough memory to decode it") from error
    except UnidentifiedImageError as error:
        raise ImageError(unknown) from error
    except Image.DecompressionBombError as error:
        raise ImageError("too large to be decoded safely") from error
    except NotImplementedError as error:
        raise ImageError(f"of a kind that is not read: {reason_of(error)}") from error
    # A decoder fed with damaged data raises whatever its parser stumbles on: struct.error,
    # SyntaxError, IndexError, zlib.error …; each of them means only that this file is damaged.
    except Exception as error:
        raise ImageError(f"damaged: {reason_of(error)}") from error


@cache
def _register_plugins() -> None:
    import pillow_heif
    import pillow_jxl  # noqa: F401 - registers itself

    pillow_heif.register_heif_opener()


def _to_upright(image: Image.Image, otherwise: int | None = None) -> Image.Transpose | None:
    """What turns an image upright by its EXIF orientation, or by another one if it has none."""
    # Pillow reads the orientation of some formats only with the pixels.
    image.load()
    # The decoder of JPEG XL has turned it already, but not the JPEG that may be inside.
    if image.format == "JXL" and not getattr(image, "jpeg", False):
        return None
    try:
        return TO_UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, otherwise))
    # As for the date below; Pillow's own exif_transpose would also write the broken EXIF anew.
    except Exception:
        return TO_UPRIGHT.get(otherwise)


def _taken_at(image: Image.Image) -> str | None:
    try:
        exif = image.getexif()
        value = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
        date, time = str(value).strip("\0 ").split(" ")
        stamp = f"{date.replace(':', '-')}T{time}"
        # NumPy also takes the year 0 and years of five digits, which no calendar has.
        return datetime.fromisoformat(str(np.datetime64(stamp, "s"))).isoformat()
    # Many files carry broken EXIF; a missing date is no reason to leave out the picture.
    except Exception:
        return None
