"""The features of the queries of a protocol."""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from ..errors import ImageError, LibraryError
from ..feature_store import IndexSnapshot
from ..images import ENOUGH_SIDE, Framing, box_of, load_image, read_indexed
from ..types import Array
from .protocol import Box, Query

_PARTS_A_CALL = 16

Describe = Callable[[Sequence[Image.Image]], Array]
"""The features of RGB pictures, ``(n, d)``, as the rows of an index are."""
Steps = Callable[[int, int], None]


class Asking:
    """Describes queries, each picture and box once.

    A whole picture of the library has its row. A box is cut from the picture and described like an
    uploaded picture.

    Args:
        snapshot: The index of the library.
        describe: Describes the cut parts.
    """

    def __init__(self, snapshot: IndexSnapshot, describe: Describe) -> None:
        self._snapshot = snapshot
        self._describe = describe
        self._rows = {image.path: row for row, image in enumerate(snapshot.images)}
        self._parts: dict[tuple[str, Box], Array] = {}

    def features(self, queries: Sequence[Query], progress: Steps = lambda *_: None) -> Array:
        """``(q, d)`` float32 unit rows.

        Raises:
            LibraryError: A picture that is to be cut cannot be read, or has no such box.
        """
        asked = dict.fromkeys((query.image, query.box) for query in queries if query.box)
        new = [part for part in asked if part not in self._parts]
        for start in range(0, len(new), _PARTS_A_CALL):
            progress(start, len(new))
            some = new[start : start + _PARTS_A_CALL]
            pictures = [self._part(image, box) for image, box in some]
            self._parts.update(zip(some, self._describe(pictures), strict=True))
        return np.array([self._feature(query) for query in queries], np.float32)

    def _feature(self, query: Query) -> Array:
        if query.box:
            return self._parts[query.image, query.box]
        feature: Array = self._snapshot.matrix[self._rows[query.image]]
        return feature

    def _part(self, image: str, box: Box) -> Image.Image:
        record = self._snapshot.record(image)
        edges = tuple(
            edge / side for edge, side in zip(box, (record.width, record.height) * 2, strict=True)
        )
        if (inside := box_of(edges)) is None:
            raise LibraryError(
                f"Expected a box in the {record.width} x {record.height} pixels of {image!r}. "
                f"Received: {' '.join(f'{edge:g}' for edge in box)}. Is it the published picture?"
            )
        try:
            content = read_indexed(self._snapshot.library / image, record.id)
            picture = load_image(content, enough=ENOUGH_SIDE)
            return Framing(box=inside).apply(picture, content)
        except ImageError as error:
            raise LibraryError(
                f"Expected the picture {image!r} of a query as it was indexed. Received: {error}. "
                "Update the index."
            ) from error
