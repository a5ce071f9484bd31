"""What of a file, beside its number of pixels, tells which of several copies is the best."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from core.images import load_image, read_indexed

_LOSSLESS = ("BMP", "PNG", "PPM", "TIFF")
# Sharpness is compared at this number of pixels of the longer side.
_SIDE = 1024


@dataclass(frozen=True, slots=True)
class Condition:
    """Condition of a file.

    Attributes:
        loss: Mean step of the JPEG quantisation, at least 1; 0 where nothing is lost; ``None``
            where the format does not tell.
        sharpness: Standard deviation of the Laplacian of the grey picture, of 255.
        camera: Whether the EXIF data names a camera or a date.
    """

    loss: float | None
    sharpness: float
    camera: bool


def condition_of(path: Path, identity: str) -> Condition:
    """The condition of the file with an id; ``ImageError`` if it is another one now."""
    content = read_indexed(path, identity)
    grey = load_image(content, enough=_SIDE).pixels.convert("L")
    grey.thumbnail((_SIDE, _SIDE))
    pixels = np.asarray(grey, np.float32)
    inner = pixels[1:-1, 1:-1]
    around = pixels[:-2, 1:-1] + pixels[2:, 1:-1] + pixels[1:-1, :-2] + pixels[1:-1, 2:]
    sharpness = float(np.std(around - 4 * inner)) if inner.size else 0.0
    loss, camera = _encoding(content)
    return Condition(loss, sharpness, camera)


def _encoding(content: bytes) -> tuple[float | None, bool]:
    try:
        with Image.open(io.BytesIO(content)) as image:
            exif = image.getexif()
            camera = bool(exif.get(ExifTags.Base.Model) or exif.get(ExifTags.Base.DateTime))
            tables = getattr(image, "quantization", None)
            if tables:
                return float(np.mean(list(tables[0]))), camera
            return 0.0 if image.format in _LOSSLESS else None, camera
    # Raw files, and damaged EXIF data of any kind: the picture was read all the same.
    except Exception:
        return None, False
