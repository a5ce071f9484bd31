"""Ground truth: the labels of the images of a gallery."""

from dataclasses import dataclass

from ..datasets import FOLDERS, labels_of
from ..feature_store import IndexSnapshot
from .near_copies import KnownCopies, copy_groups


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """Paths, labels, ids and groups of the images of a gallery, in the order of its rows.

    An image without a label is not a query and not relevant. Identical files have the same id, and
    near-copies the same group; by default only identical files are near-copies.
    """

    paths: tuple[str, ...]
    labels: tuple[str | None, ...]
    ids: tuple[str, ...]
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.groups:
            object.__setattr__(self, "groups", self.ids)


NOTHING_KNOWN = KnownCopies()


def ground_truth(
    snapshot: IndexSnapshot, labels: str = FOLDERS, copies: KnownCopies = NOTHING_KNOWN
) -> GroundTruth:
    """Labels of the images of an index, see ``labels_of``, and its near-copies."""
    paths = tuple(image.path for image in snapshot.images)
    return GroundTruth(
        paths,
        labels_of(paths, labels),
        tuple(image.id for image in snapshot.images),
        copy_groups(snapshot, copies),
    )
