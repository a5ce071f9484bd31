"""Pictures to try things with: those of the sample gallery."""

from __future__ import annotations

import io

from PIL import Image

from core.datasets import SAMPLE_GALLERY

KINDS = sorted(path.name for path in SAMPLE_GALLERY.iterdir() if path.is_dir())


def sample_file(kind: str, number: int) -> bytes:
    """The JPEG of a flower: one of ``KINDS``, number 1 to 15."""
    return (SAMPLE_GALLERY / kind / f"{kind}-{number:03}.jpg").read_bytes()


def sample_flower(kind: str, number: int) -> Image.Image:
    """A flower, RGB of 384×384, 400×300 or 300×400 pixels; arguments as of ``sample_file``."""
    with Image.open(io.BytesIO(sample_file(kind, number))) as image:
        return image.convert("RGB")
