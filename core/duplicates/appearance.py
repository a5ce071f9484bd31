"""Whether a picture shows all that a copy of it shows: compared in small regions, in full."""

import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from ..images import load_image
from .jpeg_coding import STEP, JpegCoding, difference_of_colours

Array = NDArray[Any]

# Larger pictures are compared one at a time, for the sake of memory.
_LARGE_PIXELS = 1 << 24
# Side of the tiles that are compared at a time, in pixels.
_TILE = 512
# Sides of the regions in pixels: as small as a digit; and one with little noise in its mean.
_REGION, _WIDE_REGION = 6, 16
# What may be left of the difference of a small region, of 255, root mean square: so much, a share
# of the contrast there, and a multiple of what the copy's format loses there by itself. Nearly all
# copies of photographs as JPEG have less beside the share of the contrast. See
# ``tests/duplicates/not_copies`` for pictures that are no copies.
_LEFT, _LEFT_OF_CONTRAST, _LEFT_OF_LOSS = 3.0, 0.1, 1.5
# Whatever a format loses: letters of icons are no longer to be told apart then.
_MOST_LOSS = 3.0
# Mean step of the luma of a JPEG that is smaller than its original; about quality 75. Coarser ones
# do not tell a pale digit from another.
_COARSEST = 30.0
# Of the mean of a wide region.
_MEAN_LEFT = 4.0
# Share of the regions from which on a difference is one of the whole picture.
_MOST = 0.3
# Pillow's names of formats that do not tell their loss, but can be written as well.
_ENCODED = ("WEBP", "AVIF", "HEIF")
_QUALITIES = (20, 40, 55, 68, 78, 86, 93)
_KERNELS = (
    Image.Resampling.BOX,
    Image.Resampling.BILINEAR,
    Image.Resampling.HAMMING,
    Image.Resampling.BICUBIC,
    Image.Resampling.LANCZOS,
)
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)

_one_large = threading.Lock()


def difference(copy: bytes, kept: bytes) -> str:
    """What of a copy the picture that is kept does not show, for a person; empty if nothing.

    Both are files. The picture that is kept is brought to the size of the copy. No region of some
    pixels may then differ by more than the encoding of the copy explains.
    """
    with _one_large if max(_pixels(copy), _pixels(kept)) > _LARGE_PIXELS else nullcontext():
        first, second = load_image(copy).pixels, load_image(kept).pixels
        words = _difference(first, second, copy, kept)
        if words or (JpegCoding.of(copy) and JpegCoding.of(kept)):
            return words
        on_black = [load_image(content, background="black").pixels for content in (copy, kept)]
        if _is_equal(first, on_black[0]) and _is_equal(second, on_black[1]):
            return ""
        return _difference(on_black[0], on_black[1], copy, kept) and "other transparency"


def _pixels(content: bytes) -> int:
    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.width * image.height
    # As large as it may be: ``load_image`` says what is wrong with it.
    except Exception:
        return _LARGE_PIXELS + 1


def _is_equal(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one, other).getbbox() is None


def _difference(copy: Image.Image, kept: Image.Image, content: bytes, source: bytes) -> str:
    if any(side > most + 1 + most // 500 for side, most in zip(copy.size, kept.size, strict=True)):
        return "more pixels"
    expected = _resized(kept, copy, source)
    coding = JpegCoding.of(content)
    if coding and copy.size != kept.size and coding.coarseness > _COARSEST:
        return "too strongly compressed to tell"
    loss = None if coding else _encoded_likewise(expected, content)
    images = [copy, expected, *([loss] if loss else [])]
    if coding:
        images = [coding.as_stored(image) for image in images]
    regions = np.zeros(3, np.int64)
    for tiles in _tiles(images):
        regions += _differing(coding, *tiles)
    small, wide, total = regions.tolist()
    if not small + wide:
        return ""
    if wide > _MOST * total:
        return "other colours"
    return "a part differs" if small < _MOST * total else "many parts differ"


def _differing(
    coding: JpegCoding | None, copy: Array, expected: Array, loss: Array | None = None
) -> tuple[int, int, int]:
    """The number of small regions that differ, of wide ones, and of all, of ``(h, w, 3)`` RGB."""
    import cv2

    def means(values: Array, side: int) -> Array:
        blurred: Array = cv2.blur(values, tuple(min(side, span) for span in values.shape[1::-1]))
        return blurred

    def widened(values: Array) -> Array:
        largest: Array = cv2.dilate(values, np.ones((_REGION, _REGION), np.uint8))
        return largest

    luma: Array = expected @ _LUMA
    contrast = means(luma**2, _REGION) - means(luma, _REGION) ** 2
    allowed: Array = _LEFT + _LEFT_OF_CONTRAST * np.sqrt(widened(np.maximum(contrast, 0)))
    if loss is not None:
        lost = means(_energy(difference_of_colours(loss, expected)), _REGION)
        allowed += np.minimum(_LEFT_OF_LOSS * np.sqrt(widened(np.maximum(lost, 0))), _MOST_LOSS)

    def counts(residual: Array) -> tuple[int, int, int]:
        small = means(_energy(residual), _REGION) > allowed**2
        wide = (np.abs(means(residual, _WIDE_REGION)) > _MEAN_LEFT) @ np.ones(3, np.float32)
        return int(np.count_nonzero(small)), int(np.count_nonzero(wide)), luma.size

    differing = counts(difference_of_colours(copy, expected))
    # What the encoding explains takes several times as long.
    return counts(coding.residual(copy, expected)) if coding and any(differing[:2]) else differing


def _energy(difference: Array) -> Array:
    energy: Array = np.einsum("ijk,ijk->ij", difference, difference)
    return energy


def _encoded_likewise(expected: Image.Image, content: bytes) -> Image.Image | None:
    """A picture in the format of a file and with as many bytes; ``None`` if that is not known."""
    with Image.open(io.BytesIO(content)) as image:
        format = image.format
    if format not in _ENCODED or expected.width * expected.height > _LARGE_PIXELS:
        return None
    low, high, best = 0, len(_QUALITIES), b""
    while low < high:
        middle = (low + high) // 2
        file = io.BytesIO()
        expected.save(file, format, quality=_QUALITIES[middle])
        if file.tell() <= len(content):
            low, best = middle + 1, file.getvalue()
        else:
            high = middle
    return load_image(best).pixels if best else None


def _resized(kept: Image.Image, copy: Image.Image, source: bytes) -> Image.Image:
    """The picture that is kept in the size of a copy, by the method that makes them most alike."""
    if kept.size == copy.size:
        return kept
    grey = np.asarray(copy.convert("L"), np.int16)

    def error(resized: Image.Image) -> float:
        return float(np.abs(np.asarray(resized.convert("L"), np.int16) - grey).mean())

    return min(_reductions(kept, copy.size, source), key=error)


def _reductions(kept: Image.Image, size: tuple[int, int], source: bytes) -> Iterator[Image.Image]:
    """A picture in a smaller size by the usual methods."""
    import cv2

    for kernel in _KERNELS:
        yield kept.resize(size, kernel)
    yield kept.resize(size, reducing_gap=2.0)
    reduced = kept.reduce(max(round(kept.width / size[0]), 1))
    # Of a side that the factor does not divide, the last pixel is of fewer.
    if reduced.size == size:
        yield reduced
    pixels = np.asarray(kept)
    for interpolation in (cv2.INTER_AREA, cv2.INTER_LINEAR):
        yield Image.fromarray(cv2.resize(pixels, size, interpolation=interpolation))
    if JpegCoding.of(source):
        # As Pillow decodes a JPEG for a thumbnail.
        for share in (1, 2):
            decoded = load_image(source, enough=share * max(size)).pixels
            if decoded.size != kept.size:
                yield decoded.resize(size, reducing_gap=2.0)


def _tiles(images: Sequence[Image.Image]) -> Iterator[list[Array]]:
    """Tiles of images of one size, ``(h, w, 3)`` float32, that overlap by ``STEP``."""
    width, height = images[0].size
    for top in range(0, max(height - STEP, 1), _TILE - STEP):
        for left in range(0, max(width - STEP, 1), _TILE - STEP):
            box = (left, top, min(left + _TILE, width), min(top + _TILE, height))
            yield [np.asarray(image.crop(box), np.float32) for image in images]
