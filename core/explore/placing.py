"""Place pictures in a map that was drawn without them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..feature_store import IndexSnapshot, neighbour_weights
from ..types import Array, Progress, ProgressCallback, Rows, Stage
from .storage import StoredMap

NEAREST = 10
# Of the nearest pictures that a picture is placed among, for a map of one picture; it shrinks as
# the pictures get closer together.
_RADIUS = 2
# Inner products that are held at a time.
_PRODUCTS = 1 << 24


def carried(stored: StoredMap, snapshot: IndexSnapshot) -> StoredMap:
    """A map for the rows of another index of the same gallery.

    Pictures that the map has keep their positions and groups; the others are placed.
    """
    old = _rows_in(stored.ids, snapshot.images.ids)
    known, count = old >= 0, len(old)
    positions, group_of = np.full((count, 2), 0.5, np.float32), np.full(count, -1, np.int32)
    drawn = np.zeros(count, bool)
    kept = old[known]
    positions[known], group_of[known] = stored.positions[kept], stored.group_of[kept]
    drawn[known] = stored.drawn[kept]
    if known.any():
        place_others(snapshot, known, positions, group_of)
    ids = snapshot.images.ids
    return StoredMap(snapshot.generation, ids, positions, group_of, drawn, stored.fit)


def place_others(
    snapshot: IndexSnapshot,
    known: NDArray[np.bool_],
    positions: Array,
    group_of: NDArray[np.int32],
    progress: ProgressCallback = lambda _: None,
) -> None:
    """Write the positions and groups of the rows of an index that are not known.

    At least one is ``known`` ``(n,)``. The positions are ``(n, 2)`` float32, the groups ``(n,)``,
    -1 for none. ``progress`` is called after each few rows that have no known neighbour, with the
    stage ``PLACING``.
    """
    others = np.flatnonzero(~known)
    if len(others):
        nearest, similarities = _nearest_known(snapshot, others, known, progress)
        positions[others] = place(positions, nearest, similarities)
        group_of[others] = _vote(group_of, nearest, similarities)


def place(positions: Array, nearest: Rows, similarities: Array) -> Array:
    """Positions ``(m, 2)`` float32 of pictures: by the most central of their nearest ones.

    ``nearest`` are ``(m, k)`` row numbers of the positions ``(n, 2)``, ``similarities`` their
    float32 inner products; 0 for a picture that does not count.
    """
    weights, around = neighbour_weights(similarities), positions[nearest]
    distances = np.linalg.norm(around[:, :, None] - around[:, None], axis=3)
    total = np.einsum("mkj,mj->mk", distances, weights)
    centre = np.where(weights > 0, total, np.inf).argmin(axis=1)
    # The mean of pictures in several parts of the map would be between them, near none.
    radius = _RADIUS / np.sqrt(len(positions))
    near = np.where(distances[np.arange(len(nearest)), centre] <= radius, weights, 0)
    near /= np.maximum(near.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    found: Array = np.einsum("mk,mkd->md", near, around).astype(np.float32)
    return found


def votes(values: NDArray[Any], weights: Array) -> Array:
    """The share of the weights that have the same value as each, ``(m, k)`` float32, 0 to 1.

    Values and weights are ``(m, k)``, the weights not negative. The shares of a row without any
    weight are 0.
    """
    shares = np.stack(
        [np.where(values == one[:, None], weights, 0).sum(axis=1) for one in values.T], axis=1
    )
    total = np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    found: Array = (shares / total).astype(np.float32)
    return found


def _vote(group_of: NDArray[np.int32], nearest: Rows, similarities: Array) -> NDArray[np.int32]:
    """The groups ``(m,)`` that most of the nearest pictures are in; see ``place``."""
    groups = group_of[nearest]
    best = votes(groups, neighbour_weights(similarities)).argmax(axis=1)
    found: NDArray[np.int32] = groups[np.arange(len(groups)), best]
    return found


def _rows_in(ids: NDArray[np.bytes_], wanted: NDArray[np.bytes_]) -> Rows:
    """The row of each wanted id, ``(m,)``, -1 where there is none.

    Of several files with the same content the first has the first row, and so on; where there are
    more of them, they share the last row.
    """
    order = np.argsort(ids, kind="stable")
    first, end = (np.searchsorted(ids[order], wanted, side) for side in ("left", "right"))
    sequence = np.argsort(wanted, kind="stable")
    ascending = wanted[sequence]
    number = np.empty(len(wanted), np.int64)
    number[sequence] = np.arange(len(wanted)) - np.searchsorted(ascending, ascending)
    place_of = np.minimum(first + number, end - 1)
    return np.where(first < end, order[np.maximum(place_of, 0)], -1)


def _nearest_known(
    snapshot: IndexSnapshot, new: Rows, known: NDArray[np.bool_], progress: ProgressCallback
) -> tuple[Rows, Array]:
    """Known rows near each new one, and their inner products, ``(m, k)`` each; 0 for none."""
    neighbours, among = snapshot.label_free_neighbours, np.flatnonzero(known)
    if neighbours is None or not neighbours.rows.shape[1]:
        return _nearest_among(snapshot.label_free_rows(), new, among, NEAREST, progress)
    rows = neighbours.rows[new].astype(np.int64)
    similarities = np.where(known[rows], neighbours.similarities[new], 0)
    alone = np.flatnonzero(~similarities.any(axis=1))
    if len(alone):
        count = rows.shape[1]
        matrix = snapshot.label_free_rows()
        found, products = _nearest_among(matrix, new[alone], among, count, progress)
        rows[alone, : found.shape[1]] = found
        similarities[alone, : found.shape[1]] = products
    return rows, similarities


def _nearest_among(
    matrix: Array, rows: Rows, among: Rows, k: int, progress: ProgressCallback
) -> tuple[Rows, Array]:
    """The ``k`` nearest of some rows of a matrix to others, and their inner products.

    If there are fewer than ``k`` others, all of them; ``(m, k)`` row numbers in no order, and
    ``(m, k)`` float32.
    """
    k = min(k, len(among))
    found, products = np.empty((len(rows), k), np.int64), np.empty((len(rows), k), np.float32)
    columns = np.asarray(matrix)[among].T
    step = max(_PRODUCTS // len(among), 1)
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        block = np.asarray(matrix)[rows[part]] @ columns
        largest = np.argpartition(block, -k, axis=1)[:, -k:]
        found[part] = among[largest]
        products[part] = np.take_along_axis(block, largest, axis=1)
        progress(Progress(Stage.PLACING, min(start + step, len(rows)), len(rows)))
    return found, products
