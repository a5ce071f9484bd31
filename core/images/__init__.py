"""Open any image safely: upright, in RGB, of a size that can be handled."""

from core.images.loading import (
    EXTENSIONS,
    FORMATS,
    MAX_PIXELS,
    LoadedImage,
    fit,
    image_id,
    is_image,
    load_file,
    load_image,
    read_file,
    squash,
)

__all__ = [
    "EXTENSIONS",
    "FORMATS",
    "MAX_PIXELS",
    "LoadedImage",
    "fit",
    "image_id",
    "is_image",
    "load_file",
    "load_image",
    "read_file",
    "squash",
]
