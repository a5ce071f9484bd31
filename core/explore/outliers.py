"""Pictures that belong nowhere, and pictures that seem to be in the wrong folder."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..feature_store import IndexSnapshot, Neighbours
from ..types import Array, Rows
from .gallery_map import GalleryMap
from .placing import votes

# A picture is odd if it is farther from its nearest ones than this share of the pictures.
_ODD = 0.95
# Least share of the nearest pictures that are in the folder that fits, and most in its own.
_FITS, _OWN = 0.7, 0.1
# Least share of the nearest pictures that are in the same folder, for all pictures of a folder:
# with less it holds mixed things.
_AGREES = 0.5
# Least score. Of pictures that were moved on purpose nearly all score more, most others less: those
# of two things, and folders of which one shows parts of the other.
_CLOSER = 0.2
_CACHED = 2


@dataclass(frozen=True, slots=True)
class Misfiled:
    """A picture that seems to be in a wrong folder.

    Attributes:
        row: Of an index.
        fits: The folder that fits better, relative to the library.
        score: How much closer the picture is, in cosine, to the mean of that folder than to that of
            its own; more than 0.2, at most 2.
    """

    row: int
    fits: str
    score: float


def odd_ones(snapshot: IndexSnapshot, found: GalleryMap) -> Rows:
    """The rows of pictures that are in no group and far from all others, the farthest first."""
    neighbours = snapshot.label_free_neighbours
    if neighbours is None or not neighbours.rows.shape[1]:
        return np.empty(0, np.int64)
    distances = np.sqrt(np.maximum(2 - 2 * neighbours.similarities, 0)).mean(axis=1)
    far = distances > np.quantile(distances, _ODD)
    odd = np.flatnonzero(far & (found.group_of < 0))
    return odd[np.argsort(-distances[odd], kind="stable")]


# A page asks for them again at each click.
@lru_cache(_CACHED)
def misfiled(snapshot: IndexSnapshot) -> tuple[Misfiled, ...]:
    """Pictures whose nearest ones are nearly all in another folder, the clearest first.

    Both folders hold pictures that belong together: most of the pictures nearest to theirs are in
    the same folder. The picture is also clearly closer to the mean of the other one.
    """
    # Rows that learnt from the folders would agree with them, right or wrong.
    neighbours = snapshot.label_free_neighbours
    paths = [path.rpartition("/")[0] for path in snapshot.images.paths]
    names, folder_of = np.unique(np.array(paths), return_inverse=True)
    if neighbours is None or len(names) < 2 or not neighbours.rows.shape[1]:
        return ()
    rows, best = _outvoted(neighbours, folder_of)
    matrix = np.asarray(snapshot.label_free_rows())
    closer = _cosines(matrix, rows, best, folder_of) - _cosines(
        matrix, rows, folder_of[rows], folder_of
    )
    order = np.argsort(-closer, kind="stable")
    return tuple(
        Misfiled(int(rows[number]), str(names[best[number]]), float(closer[number]))
        for number in order[closer[order] > _CLOSER]
    )


def _outvoted(neighbours: Neighbours, folder_of: NDArray[np.intp]) -> tuple[Rows, NDArray[np.intp]]:
    """Rows that nearly all of their nearest ones have another folder than, and that folder."""
    around = folder_of[neighbours.rows]
    own = np.where(around == folder_of[:, None], neighbours.weights, 0).sum(axis=1)
    own /= np.maximum(neighbours.weights.sum(axis=1), np.finfo(np.float32).tiny)
    agreement = np.bincount(folder_of, own) / np.bincount(folder_of)
    shares = votes(around, np.where(around == folder_of[:, None], 0, neighbours.weights))
    shares *= (1 - own)[:, None]
    place = shares.argmax(axis=1)
    every = np.arange(len(around))
    best = around[every, place]
    clear = (shares[every, place] >= _FITS) & (own <= _OWN)
    sound = np.minimum(agreement[folder_of], agreement[best]) >= _AGREES
    rows = np.flatnonzero(clear & sound)
    return rows, best[rows]


def _cosines(
    matrix: Array, rows: Rows, folders: NDArray[np.intp], folder_of: NDArray[np.intp]
) -> Array:
    """The cosine of some rows with the mean of a folder each, ``(m,)`` float32."""
    means = {folder: matrix[folder_of == folder].mean(axis=0) for folder in np.unique(folders)}
    return np.array(
        [
            matrix[row] @ means[folder] / np.linalg.norm(means[folder])
            for row, folder in zip(rows.tolist(), folders.tolist(), strict=True)
        ],
        np.float32,
    )
