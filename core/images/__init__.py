"""Open any picture safely.

In goes a file or its bytes; out comes upright RGB of a bounded size, or an ``ImageError`` with the
reason. All threads share one budget of memory.
"""

from .colour_ramp import colour_ramp
from .cropping import Framing, box_of
from .formats import EXTENSIONS, FORMATS
from .loading import (
    ENOUGH_SIDE,
    TO_UPRIGHT,
    LoadedImage,
    examine,
    file_id,
    fit,
    image_id,
    is_image,
    load_file,
    load_image,
    load_indexed,
    read_file,
    read_indexed,
    squash,
    unread_format,
)
from .query_picture import QueryPicture
from .raw import is_raw
from .rotation import rotate

__all__ = [
    "ENOUGH_SIDE",
    "EXTENSIONS",
    "FORMATS",
    "TO_UPRIGHT",
    "Framing",
    "LoadedImage",
    "QueryPicture",
    "box_of",
    "colour_ramp",
    "examine",
    "file_id",
    "fit",
    "image_id",
    "is_image",
    "is_raw",
    "load_file",
    "load_image",
    "load_indexed",
    "read_file",
    "read_indexed",
    "rotate",
    "squash",
    "unread_format",
]
