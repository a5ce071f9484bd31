"""Baselines to measure the network against: descriptors of the pixels alone."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HASH_BITS = 64


def colour_histogram(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Histogram ``(n, 128)`` float32 over hue, saturation and value in 8 by 4 by 4 bins.

    Of RGB pixels ``(n, height, width, 3)`` uint8 (Swain, Ballard 1991). The square root of each
    share is taken, so that the Euclidean distance is Hellinger's (RootSIFT; Arandjelovic, Zisserman
    2012).
    """
    histograms = np.empty((len(pixels), 128), np.float32)
    for row, image in zip(histograms, pixels, strict=True):
        hue, saturation, value = np.moveaxis(
            np.asarray(Image.fromarray(image).convert("HSV")), 2, 0
        )
        bins = (hue // 32).astype(np.intp) * 16 + saturation // 64 * 4 + value // 64
        row[:] = np.sqrt(np.bincount(bins.ravel(), minlength=128) / bins.size)
    return histograms


def perceptual_hash(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The 64 bits of pHash (Zauner 2010, section 3.2.1) as -1 and 1, ``(n, 64)`` float32.

    Of RGB pixels ``(n, height, width, 3)`` uint8. The Euclidean distance of the unit vectors is a
    quarter of the square root of the Hamming distance.
    """
    import imagehash

    bits = np.empty((len(pixels), HASH_BITS), bool)
    for row, image in zip(bits, pixels, strict=True):
        row[:] = imagehash.phash(Image.fromarray(image)).hash.ravel()
    return np.where(bits, np.float32(1), np.float32(-1))
