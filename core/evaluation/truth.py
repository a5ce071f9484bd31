"""Ground truth: the labels of the images of a gallery."""

from dataclasses import dataclass

from ..datasets import FOLDERS, labels_of
from ..feature_store import IndexSnapshot


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """Paths, labels and ids of the images of a gallery, in the order of its rows.

    An image without a label is not a query and not relevant. Identical files have the same id.
    """

    paths: tuple[str, ...]
    labels: tuple[str | None, ...]
    ids: tuple[str, ...]


def ground_truth(snapshot: IndexSnapshot, labels: str = FOLDERS) -> GroundTruth:
    """Labels of the images of an index, see ``labels_of``."""
    paths = tuple(image.path for image in snapshot.images)
    return GroundTruth(
        paths, labels_of(paths, labels), tuple(image.id for image in snapshot.images)
    )
