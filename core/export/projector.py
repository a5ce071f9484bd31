"""The files of TensorBoard's projector, which ``tensorboard --logdir`` on the folder shows."""

import math
from collections.abc import Callable, Sequence
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from ..explore import GalleryMap
from ..feature_store import IndexSnapshot
from ..types import Array

VECTORS, METADATA, SPRITE, CONFIG = (
    *("vectors.tsv", "metadata.tsv", "sprite.jpg", "projector_config.pbtxt"),
)
COLUMNS = ("path", "folder", "kind", "group")
_LARGEST_TILE = 64
# What browsers draw of a texture.
_LARGEST_SPRITE = 8192
_NO_PICTURE = (128, 128, 128)
_QUALITY = 85
# A name may hold what separates lines and columns.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write_vectors(file: BinaryIO, rows: Array) -> None:
    """Write rows ``(n, d)``, a line each."""
    np.savetxt(file, rows, "%.7g", "\t")


def write_metadata(
    file: BinaryIO,
    snapshot: IndexSnapshot,
    gallery_map: GalleryMap | None,
    kinds: Sequence[str | None],
) -> None:
    """Write a line for each image below that of the names of the columns.

    A tab or a line break in a name is written as in Python.
    """
    lines: list[Sequence[str]] = [COLUMNS]
    for row, path in enumerate(snapshot.images.paths):
        name = gallery_map and gallery_map.group_name(row)
        lines.append((path, path.rpartition("/")[0], kinds[row] or "", name or ""))
    for line in lines:
        text = "\t".join(value.translate(_ESCAPES) for value in line) + "\n"
        file.write(text.encode("utf-8", "replace"))


def write_sprite(
    file: BinaryIO,
    ids: Sequence[str],
    picture: Callable[[str], Image.Image | None],
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> None:
    """Write a square JPEG with a tile for each image, row by row, grey where there is none."""
    columns, side = sprite_columns(len(ids)), tile_side(len(ids))
    sprite = Image.new("RGB", (columns * side, columns * side), _NO_PICTURE)
    for place, image_id in enumerate(ids):
        progress(place, len(ids))
        if small := picture(image_id):
            tile = ImageOps.fit(small, (side, side))
            sprite.paste(tile, (place % columns * side, place // columns * side))
    sprite.save(file, "JPEG", quality=_QUALITY)


def sprite_columns(count: int) -> int:
    """Tiles in a row of the sprite of so many images, at least 1."""
    return math.isqrt(max(count - 1, 0)) + 1


def tile_side(count: int) -> int:
    """Pixels of a tile's side in the sprite of so many images, 1 to 64."""
    return max(min(_LARGEST_TILE, _LARGEST_SPRITE // sprite_columns(count)), 1)


def write_config(file: BinaryIO, count: int) -> None:
    """Write what names the other files, in the text format of Protocol Buffers."""
    side = tile_side(count)
    text = f"""embeddings {{
  tensor_name: "features"
  tensor_path: "{VECTORS}"
  metadata_path: "{METADATA}"
  sprite {{
    image_path: "{SPRITE}"
    single_image_dim: {side}
    single_image_dim: {side}
  }}
}}
"""
    file.write(text.encode())
