"""How true a picture is to what the camera saw, judged by its pixels."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .jpeg_coding import COSINES

Pixels = NDArray[np.float32]

# Sharpness is compared at this number of pixels of the longer side.
SIDE = 1024
# Of a large picture the most detailed tiles are looked at: pixels of a side, and how many.
_TILE, _TILES = 192, 12
# What a picture loses where it is reduced by a factor and enlarged again, as a share of what it
# loses by twice the factor. Below the limit it has been enlarged by the factor, or is as soft.
# Of 600 photographs that were made smaller 9 are below one of them; of those that were enlarged by
# 1.25 to 4, bilinear to Lanczos, JPEG 75 to PNG, at most 1 in 10 is not (mostly 0 in 40).
_LIMITS = ((1.25, 2, 0.39), (1.5, 3, 0.36), (2, 4.5, 0.36))
_FACTORS = (1.25, 1.5, 2, 3, 4.5)
# The least side that tells whether a picture is enlarged, and the pixels at an edge that do not.
_LEAST_SIDE, _EDGE = 64, 4
_BLOCK = 16
# JPEG: the frequencies of low order, and their steps by the standard (ITU-T T.81, table K.1),
# whose mean is 57.6 over all 64.
_STEPS = np.array(
    [[16, 11, 10, 16, 24], [12, 12, 14, 19, 26], [14, 13, 16, 24, 40], [14, 17, 22, 29, 51]]
)
_FREQUENCIES = [(row, column) for row in range(4) for column in range(5) if 0 < row + column < 5]
_MEAN_STEP = 57.6
_CANDIDATES = np.arange(2, 81)
# Sizes of values are counted up to 256, in quarters.
_FINENESS, _PLACES = 4, 1024
# Steps that show in so many values, in so many frequencies, count.
_LEAST_VALUES, _LEAST_FREQUENCIES = 24, 4


def sharpness(grey: Image.Image) -> float:
    """Standard deviation of the Laplacian of a grey picture, of 255, at a bounded size."""
    small = grey.copy()
    small.thumbnail((SIDE, SIDE))
    return float(np.std(_laplacian(np.asarray(small, np.float32))))


def enlargement(grey: Image.Image) -> float:
    """By what factor a side of a grey picture has been enlarged, at most; 1 where it is not.

    A soft picture is as one that has been enlarged: a smaller one shows as much.
    """
    factor = 1.0
    while min(grey.size) >= _LEAST_SIDE:
        least = _least_enlargement(grey)
        if least < 2:
            # Between this factor and the next.
            following = {1: 1.25 if factor > 1 else 1, 1.25: 1.5, 1.5: 2.0}
            return factor * following[least]
        grey = grey.resize((grey.width // 2, grey.height // 2), Image.Resampling.LANCZOS)
        factor *= 2
    return factor


def first_loss(grey: Image.Image, steps: NDArray[np.int64]) -> float:
    """Mean step of the coarsest quantisation that the pixels show; 0 if only that by ``steps``.

    What was quantised by long steps and then by shorter ones lies at multiples of the long ones:
    so a JPEG that was saved again at a higher quality, or as PNG, tells where it comes from.

    Args:
        grey: As it is in the file: neither turned nor of another size.
        steps: 8 by 8 steps of its own quantisation; 1 for a format that loses nothing.
    """
    places = np.minimum(np.rint(np.abs(_spectra(grey)) * _FINENESS), _PLACES).astype(np.intp)
    histograms = np.stack(
        [np.bincount(places[:, *one], minlength=_PLACES + 1)[:-1] for one in _FREQUENCIES]
    ).astype(np.float32)
    # For each frequency and step: how many values there are, and how close to the multiples. No
    # matrix product: its threads take longer to wake than this takes.
    values = np.einsum("fp,sp->fs", histograms, _IS_FAR)
    closeness = np.einsum("fp,sp->fs", histograms, _IS_CLOSE) / np.maximum(values, 1)
    own = np.array([steps[frequency] for frequency in _FREQUENCIES])[:, None]
    shows = (closeness > 0.45) & (values >= _LEAST_VALUES) & (1.4 * own < _CANDIDATES)
    longest = np.where(shows, _CANDIDATES, 0).max(axis=1)
    scales = [
        step / _STEPS[frequency]
        for step, frequency in zip(longest, _FREQUENCIES, strict=True)
        if step
    ]
    return float(np.median(scales)) * _MEAN_STEP if len(scales) >= _LEAST_FREQUENCIES else 0.0


def _laplacian(pixels: Pixels) -> Pixels:
    if min(pixels.shape) < 3:
        return np.zeros((1, 1), np.float32)
    around = pixels[:-2, 1:-1] + pixels[2:, 1:-1] + pixels[1:-1, :-2] + pixels[1:-1, 2:]
    return around - 4 * pixels[1:-1, 1:-1]


def _tiles(grey: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    """The boxes of the most detailed tiles; the whole picture where it is small."""
    if grey.width * grey.height <= _TILES * _TILE**2:
        yield (0, 0, *grey.size)
        return
    across, down = (max(side // _TILE, 1) for side in grey.size)
    small = grey.resize((across * 24, down * 24), Image.Resampling.BOX, reducing_gap=1)
    detail = np.abs(_laplacian(np.pad(np.asarray(small, np.float32), 1, "edge")))
    by_tile = detail.reshape(down, 24, across, 24).mean((1, 3))
    width, height = grey.width // across, grey.height // down
    for number in np.argsort(by_tile.ravel())[-_TILES:]:
        # In steps of a block of JPEG.
        left, top = int(number % across) * width // 8 * 8, int(number // across) * height // 8 * 8
        yield left, top, left + min(_TILE, width), top + min(_TILE, height)


def _least_enlargement(grey: Image.Image) -> float:
    crops = (grey.crop(box).convert("F") for box in _tiles(grey))
    lost = [np.concatenate(one) for one in zip(*map(_losses, crops), strict=True)]
    # Only where there is detail does the loss tell something.
    coarse = lost[_FACTORS.index(3)]
    detailed = np.argsort(coarse)[-max(len(coarse) // 8, 4) :]
    by_factor = {
        factor: float(np.sqrt(one[detailed].mean()))
        for factor, one in zip(_FACTORS, lost, strict=True)
    }
    least = 1.0
    for factor, other, limit in _LIMITS:
        if by_factor[factor] < limit * by_factor[other]:
            least = factor
    return least


def _losses(tile: Image.Image) -> list[Pixels]:
    """What each factor loses in each block of a tile: mean squares."""
    pixels = np.asarray(tile)
    losses = []
    for factor in _FACTORS:
        size = (max(round(tile.width / factor), 1), max(round(tile.height / factor), 1))
        back = tile.resize(size, Image.Resampling.LANCZOS).resize(tile.size)
        lost = np.square(pixels - np.asarray(back))[_EDGE:-_EDGE, _EDGE:-_EDGE]
        losses.append(_by_block(lost, _BLOCK).mean((1, 2)))
    return losses


def _by_block(pixels: Pixels, side: int) -> Pixels:
    """Whole blocks, number × side × side."""
    height, width = (length // side * side for length in pixels.shape)
    blocks = pixels[:height, :width].reshape(height // side, side, width // side, side)
    return blocks.swapaxes(1, 2).reshape(-1, side, side)


def _spectra(grey: Image.Image) -> Pixels:
    """The discrete cosine transform of each block of 8 by 8 pixels that is hardly clipped."""
    tiles = [np.asarray(grey.crop(box), np.float32) for box in _tiles(grey)]
    blocks = np.concatenate([_by_block(tile, 8) for tile in tiles])
    clipped = ((blocks <= 1) | (blocks >= 254)).mean((1, 2))
    spectra: Pixels = COSINES @ (blocks[clipped <= 0.5] - 128) @ COSINES.T
    return spectra


def _combs() -> tuple[Pixels, Pixels]:
    """Of each candidate and size: whether it counts, and if so how close it is to a multiple."""
    sizes, steps = np.arange(_PLACES) / _FINENESS, _CANDIDATES[:, None]
    # Values near 0 are at a multiple of every step.
    far = sizes > np.maximum(0.3 * steps, 0.75)
    close = np.where(far, np.cos(2 * np.pi * sizes / steps), 0)
    return far.astype(np.float32), close.astype(np.float32)


_IS_FAR, _IS_CLOSE = _combs()
