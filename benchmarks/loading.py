"""Loading large photographs against decoding them in full."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from core.images import ENOUGH_SIDE, load_image, squash
from core.model import INPUT_SIZE
from tests.flowers import KINDS, sample_flower

# As many as an indexing run has.
THREADS = os.cpu_count() or 2
SIZES = {"12 megapixels": (4000, 3000), "48 megapixels": (8000, 6000)}


def measure_loading(photos: int = 12) -> None:
    """Print images per second, JPEG to 224x224, with as many threads as an indexing run has.

    Args:
        photos: How many of each size.
    """
    print("\nloading large JPEGs, as many threads as processors, without the model")
    for name, size in SIZES.items():
        contents = [flower_photo(kind, size) for kind in KINDS[:4]]
        contents = (contents * photos)[:photos]
        ours, full = _rate(_reduced, contents), _rate(decode_in_full, contents)
        print(
            f"  {name}: at reduced scale {ours:6.1f} images/s, in full with Pillow {full:6.1f}, "
            f"{ours / full:.1f} times as fast"
        )


def flower_photo(kind: str, size: tuple[int, int]) -> bytes:
    """A drawn flower at the size of a camera, with the noise of a sensor."""
    flower = np.asarray(sample_flower(kind, 1).resize(size), np.int16)
    noise = np.random.default_rng(0).normal(0, 6, (size[1] // 4, size[0] // 4, 1))
    grain = np.tile(noise.astype(np.int16), (4, 4, 1))
    buffer = io.BytesIO()
    Image.fromarray((flower + grain).clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _reduced(content: bytes) -> Image.Image:
    return squash(load_image(content, enough=ENOUGH_SIDE).pixels, INPUT_SIZE)


def decode_in_full(content: bytes) -> Image.Image:
    """The baseline: what most programs do with an image file."""
    return Image.open(io.BytesIO(content)).convert("RGB").resize((INPUT_SIZE, INPUT_SIZE))


def _rate(load: Callable[[bytes], Image.Image], contents: list[bytes]) -> float:
    with ThreadPoolExecutor(THREADS) as pool:
        start = time.perf_counter()
        for _ in pool.map(load, contents):
            pass
        return len(contents) / (time.perf_counter() - start)
