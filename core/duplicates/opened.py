"""What Pillow tells of a picture file, beside its pixels in RGB."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LOSSLESS = ("BMP", "PNG", "PPM", "TIFF")
_ALPHA_SIDE = 8
_ADOBE_LAYERS = 37724
_BITS_PER_SAMPLE = 258


@dataclass(frozen=True, slots=True)
class Opened:
    """What Pillow tells of a file; see also ``Contents``.

    Attributes:
        format: As Pillow calls it.
        size: Width and height in pixels, as stored.
        parts: See ``Contents``, also for ``bits``, ``cmyk`` and ``alpha``.
        layered: Whether it holds the layers of Photoshop.
        profile: The ICC profile; empty if there is none.
        steps: 8 by 8 steps of the quantisation, 1 where nothing is lost; ``None`` where the format
            does not tell.
        grey: The grey picture of a JPEG as it is stored, else ``None``.
    """

    format: str
    size: tuple[int, int]
    parts: int
    layered: bool
    bits: int
    cmyk: bool
    alpha: str
    profile: bytes
    steps: NDArray[np.int64] | None
    grey: Image.Image | None


def opened(image: Image.Image, size: tuple[int, int]) -> Opened:
    """What Pillow tells of an image that is not yet decoded, and has a size in its file."""
    format, mode = image.format or "", image.mode
    parts = _parts(image, format)
    tables = getattr(image, "quantization", None)
    steps = None
    if tables:
        steps = np.array(tables[0], np.int64).reshape(8, 8)
    elif format in LOSSLESS:
        steps = np.ones((8, 8), np.int64)
    if format in ("JPEG", "MPO"):
        image.draft("L", image.size)
    return Opened(
        format=format,
        size=size,
        parts=parts,
        layered=format == "PSD" or _ADOBE_LAYERS in getattr(image, "tag_v2", ()),
        bits=_bits(image, format),
        cmyk=mode == "CMYK",
        alpha=_alpha(image),
        profile=image.info.get("icc_profile") or b"",
        steps=steps,
        grey=image.convert("L") if format in ("JPEG", "MPO") else None,
    )


def _parts(image: Image.Image, format: str) -> int:
    if format == "ICO":
        return len(image.info.get("sizes", ()))
    if format in ("JPEG", "MPO", "HEIF", "GIF"):
        # The pieces tell.
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    # Of pages that cannot be read nobody knows how many there are.
    except Exception:
        return 2


def _bits(image: Image.Image, format: str) -> int:
    if format == "TIFF":
        bits: tuple[int, ...] = getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, ())
        return max(8, *bits)
    deep = {"I": 32, "F": 32} if format != "PNG" else {}
    return 16 if image.mode.startswith("I;16") else deep.get(image.mode, 8)


def _alpha(image: Image.Image) -> str:
    if not image.has_transparency_data:
        return ""
    bands = image.getbands()
    alpha = (image if "A" in bands else image.convert("RGBA")).getchannel("A")
    if alpha.getextrema() == (255, 255):
        return ""
    return alpha.resize((_ALPHA_SIDE, _ALPHA_SIDE), Image.Resampling.BOX).tobytes().hex()
