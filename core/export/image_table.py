"""``images.parquet``: what an index and its map say of each image, a row each."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, BinaryIO

import numpy as np

from ..explore import GalleryMap
from ..feature_store import IndexSnapshot, Neighbours
from ..types import Array

# The thumbnails of so many rows are in memory at once.
ROWS_A_GROUP = 1000

Thumbnail = Callable[[str], bytes | None]


def write_images(
    file: BinaryIO,
    snapshot: IndexSnapshot,
    gallery_map: GalleryMap | None,
    kinds: Sequence[str | None],
    *,
    thumbnail: Thumbnail | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> None:
    """Write the table, in the order of the rows of the index.

    Args:
        file: Open for writing.
        snapshot: Of ``n`` images.
        gallery_map: Its map; without one the columns ``group``, ``x`` and ``y`` are null.
        kinds: The label of each image, ``n``.
        thumbnail: Gives the JPEG of an id; without it there is no such column.
        progress: Called with the rows done and their number.
    """
    import pyarrow as pa
    from pyarrow import parquet

    fields = [
        *((name, pa.string()) for name in ("id", "path", "folder")),
        ("taken_at", pa.timestamp("ms")),
        ("bytes", pa.int64()),
        *((name, pa.int32()) for name in ("width", "height")),
        ("kind", pa.string()),
        ("group", pa.string()),
        *((name, pa.float32()) for name in ("x", "y")),
        (
            "neighbours",
            pa.struct([("ids", pa.list_(pa.int32())), ("distances", pa.list_(pa.float32()))]),
        ),
        *([("thumbnail", pa.binary())] if thumbnail else []),
    ]
    schema, count = pa.schema(fields), len(snapshot.images)
    with parquet.ParquetWriter(file, schema) as writer:
        for start in range(0, count, ROWS_A_GROUP):
            rows = range(start, min(start + ROWS_A_GROUP, count))
            records = []
            for row in rows:
                progress(row, count)
                records.append(_facts(snapshot, row, gallery_map, kinds[row], thumbnail))
            writer.write_table(pa.Table.from_pylist(records, schema=schema))


def _facts(
    snapshot: IndexSnapshot,
    row: int,
    gallery_map: GalleryMap | None,
    kind: str | None,
    thumbnail: Thumbnail | None,
) -> dict[str, Any]:
    image, near = snapshot.images[row], snapshot.neighbours
    x, y = (None, None) if gallery_map is None else gallery_map.positions[row].tolist()
    return {
        "id": image.id,
        "path": image.path,
        "folder": image.path.rpartition("/")[0],
        "taken_at": _time(image.taken_at),
        "bytes": image.size,
        "width": image.width,
        "height": image.height,
        "kind": _text(kind),
        "group": gallery_map and _text(gallery_map.group_name(row)),
        "x": x,
        "y": y,
        "neighbours": near and _nearest(near, np.asarray(snapshot.matrix), row),
        "thumbnail": thumbnail and thumbnail(image.id),
    }


def _nearest(neighbours: Neighbours, matrix: Array, row: int) -> dict[str, list[Any]]:
    rows, products = neighbours.rows[row], neighbours.similarities[row]
    # An approximate search may have found fewer.
    rows = rows[(rows != 0) | (products != 0)]
    # Computed directly: inner products lose half of the digits of a small distance.
    distances = np.linalg.norm(matrix[rows] - matrix[row], axis=1)
    return {"ids": rows.tolist(), "distances": distances.tolist()}


def _time(taken_at: str | None) -> datetime | None:
    # A camera may write a day that no month has.
    with suppress(ValueError):
        return datetime.fromisoformat(taken_at) if taken_at else None
    return None


def _text(name: str | None) -> str | None:
    """A name that a person gave, as UTF-8 can hold it."""
    return name and name.encode("utf-8", "replace").decode()
