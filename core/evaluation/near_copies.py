"""Which pictures of a gallery are nearly the same one: bursts, resized and recompressed files."""

from dataclasses import dataclass

import numpy as np

from ..feature_store import IndexSnapshot
from ..model import DESCRIPTORS, near_copies
from ..types import Rows

# Cosine of centred features from which on two pictures are nearly the same one. It was chosen on
# photographs: above it most pairs are one picture, below it most are two of a kind. A fifth of the
# copies of half the size lie below.
NEAR_COPY = 0.9


@dataclass(frozen=True, slots=True)
class KnownCopies:
    """What a search for duplicates says of a gallery.

    Attributes:
        sets: Ids of images that show the same picture or moment.
        examined: Ids of the images that were compared among themselves.
    """

    sets: tuple[frozenset[str], ...] = ()
    examined: frozenset[str] = frozenset()


def copy_groups(snapshot: IndexSnapshot, known: KnownCopies) -> tuple[str, ...]:
    """A name for each image of an index, which is that of its near-copies too.

    Images that a search for duplicates compared are near-copies where it said so. Others are by
    their features, which are compared with those of the ten nearest images. Identical files always
    have the same name: the smallest id of the group.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    contents, content_of = np.unique(snapshot.images.ids, return_inverse=True)
    ids = [content.decode() for content in contents.tolist()]
    numbers = {image_id: number for number, image_id in enumerate(ids)}
    sets = [made for made in known.sets if numbers.keys() & made]
    linked = [
        (numbers[first], numbers[other])
        for first, *others in (sorted(numbers.keys() & made) for made in sets)
        for other in others
    ]
    is_examined = np.array([image_id in known.examined for image_id in ids])
    near = content_of[_near(snapshot)]
    near = near[~is_examined[near].all(axis=1)]
    one, other = np.concatenate([np.array(linked, np.intp).reshape(-1, 2), near]).T
    graph = csr_array((np.ones(len(one)), (one, other)), (len(ids), len(ids)))
    _, group_of = connected_components(graph, directed=False)
    _, first = np.unique(group_of, return_index=True)
    return tuple(ids[number] for number in first[group_of[content_of]].tolist())


def _near(snapshot: IndexSnapshot) -> Rows:
    """Pairs of rows; none where features are no measure of that, or are on another machine."""
    neighbours = snapshot.label_free_neighbours
    by_network = DESCRIPTORS[snapshot.space.descriptor].layer is not None
    if neighbours is None or not by_network or not snapshot.space.trained:
        return np.empty((0, 2), np.intp)
    return near_copies(neighbours.rows, neighbours.similarities, NEAR_COPY)
