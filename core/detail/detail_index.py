"""Search of the regions of all pictures, in two steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..types import Array, Rows
from .code_table import CodeTable
from .compression import Codes, Compression
from .regions import Boxes, all_regions

# Pictures whose small regions are compared, best by their large ones.
PROBED = 300
# Codes that are turned into numbers at a time: they stay in the cache of a core.
_CODES_AT_ONCE = 2048


@dataclass(frozen=True)
class Found:
    """The regions that match best, of each picture one, nearest first, ``(k, …)``.

    Attributes:
        rows: Row numbers of the pictures in the table.
        distances: Euclidean, between unit rows, 0 to 2.
        regions: Number of the region among ``all_regions`` of the picture.
        products: For each picture ``(r, q)``, the inner products of its regions with the queries.
    """

    rows: Rows
    distances: Array
    regions: Rows
    products: tuple[Array, ...]


class DetailIndex:
    """The regions of a gallery: a table of their codes, and the compression that made them."""

    def __init__(self, table: CodeTable, compression: Compression) -> None:
        self.table = table
        self.compression = compression

    def search(
        self, queries: Array, k: int, *, among: Rows | None = None, probed: int = PROBED
    ) -> Found:
        """The pictures with the regions nearest to any of some queries.

        Args:
            queries: ``(q, d)`` float32 unit rows, reduced: one thing at several sizes.
            k: Number of pictures; fewer if there are fewer.
            among: Rows of the pictures to compare, ascending; by default all.
            probed: Number of pictures whose small regions are compared; with as many as there are,
                the result is that of comparing all regions.
        """
        rows = np.arange(len(self.table)) if among is None else among
        coarse = self._best_coarse(queries, rows)
        if len(rows) > max(k, probed):
            best = np.argpartition(-coarse, max(k, probed) - 1)[: max(k, probed)]
            rows = rows[np.sort(best)]
        products = [self._products(queries, row) for row in rows.tolist()]
        regions = np.array([one.max(axis=1).argmax() for one in products], np.int64)
        distances = self._distances(queries, rows, regions)
        order = np.argsort(distances, kind="stable")[:k]
        return Found(
            rows[order], distances[order], regions[order], tuple(products[i] for i in order)
        )

    def _best_coarse(self, queries: Array, rows: Rows) -> Array:
        """The largest product of a large region of each picture with a query, ``(m,)``."""
        best = np.empty(len(rows), np.float32)
        for first, last, codes, starts in self._blocks(rows):
            products = self.compression.products(codes, queries).max(axis=1)
            best[first:last] = np.maximum.reduceat(products, starts)
        return best

    def _blocks(self, rows: Rows) -> Iterator[tuple[int, int, Codes, Rows]]:
        """Blocks of pictures: the first and last, their large regions, and where each starts."""
        ends = self.table.ends[:, 0]
        starts = np.concatenate([[0], ends[:-1]])
        counts = (ends - starts)[rows]
        blocks = np.cumsum(counts) // _CODES_AT_ONCE
        edges = [0, *(np.flatnonzero(np.diff(blocks)) + 1).tolist(), len(rows)]
        for first, last in pairwise(edges):
            part = rows[first:last]
            if not len(part):
                continue
            offsets = np.concatenate([[0], np.cumsum(counts[first:last])[:-1]])
            if part[-1] - part[0] == len(part) - 1:
                codes = self.table.coarse[starts[part[0]] : ends[part[-1]]]
            else:
                own = [np.arange(starts[row], ends[row]) for row in part]
                codes = self.table.coarse[np.concatenate(own)]
            yield first, last, codes, offsets

    def _products(self, queries: Array, row: int) -> Array:
        return self.compression.products(np.concatenate(self.table.regions_of(row)), queries)

    def _distances(self, queries: Array, rows: Rows, regions: Rows) -> Array:
        """The distance of one region of each picture to the nearest query, ``(m,)`` float32."""
        pairs = zip(rows.tolist(), regions.tolist(), strict=True)
        codes = [np.concatenate(self.table.regions_of(row))[region] for row, region in pairs]
        if not codes:
            return np.empty(0, np.float32)
        products = (self.compression.decode(np.stack(codes)) @ queries.T).max(axis=1)
        distances: Array = np.sqrt(np.maximum(2 - 2 * products, 0))
        return distances

    def boxes_of(self, row: int) -> Boxes:
        """The regions of a picture in positions of its maps, see ``all_regions``."""
        height, width = self.table.sizes[row].tolist()
        return all_regions(height, width)
