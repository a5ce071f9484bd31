"""How good the answers are, measured without labels: a changed image must find its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.descriptors import Array
from core.errors import ImageError, LibraryError
from core.evaluation.changes import CHANGES, Original
from core.evaluation.intervals import Estimate, estimates
from core.evaluation.labelled import Steps
from core.evaluation.ranking import rank
from core.extractor import ENOUGH_SIDE
from core.feature_store import IndexSnapshot
from core.images import image_id, load_image, read_file
from core.types import ImageRecord, Skipped

RECALLS = {"recall@1": 1, "recall@30": 30}
DEFAULT_SAMPLE = 100
# As many pictures as fill a batch of the model.
_AT_ONCE = 32 // len(CHANGES)


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """How often changed images of a gallery found their source.

    Attributes:
        images: Images that were changed.
        changes: By kind of change, each of ``RECALLS``: the share of the images whose source, or a
            file identical to it, was among that many closest.
        skipped: Images that could not be read any more.
    """

    images: int
    changes: Mapping[str, Mapping[str, Estimate]]
    skipped: tuple[Skipped, ...]


def self_check(
    snapshot: IndexSnapshot,
    extract: Callable[[Sequence[Image.Image]], Array],
    *,
    sample: int = DEFAULT_SAMPLE,
    seed: int = 0,
    progress: Steps = lambda _done, _total: None,
) -> SelfCheck:
    """Ask with changed images of the gallery; it needs no labels.

    Args:
        snapshot: The index.
        extract: Describes ``n`` RGB images of any size in the space of its matrix: ``(n, d)``
            float32 unit rows.
        sample: Change this many images, drawn at random.
        seed: Of the drawing, and of where crops are taken.
        progress: Called with the images done and their number.

    Returns:
        The recalls.

    Raises:
        LibraryError: Not one of the images can be read.
    """
    chance = np.random.default_rng(seed)
    total = min(sample, len(snapshot.images))
    drawn = sorted(chance.choice(len(snapshot.images), total, replace=False).tolist())
    ids = np.array([image.id for image in snapshot.images])
    found: list[np.ndarray] = []
    skipped: list[Skipped] = []
    progress(0, total)
    for start in range(0, total, _AT_ONCE):
        group = [snapshot.images[row] for row in drawn[start : start + _AT_ONCE]]
        sources, pictures = [], []
        for image in group:
            try:
                original = _original(snapshot, image)
                pictures += [change(original, chance) for change in CHANGES.values()]
                sources.append(image.id)
            except ImageError as error:
                skipped.append(Skipped(image.path, str(error)))
        if sources:
            relevant = np.repeat(sources, len(CHANGES))[:, None] == ids
            ranked, _ = rank(
                extract(pictures),
                snapshot.matrix,
                relevant=relevant,
                ignored=np.zeros_like(relevant),
            )
            hits = np.stack([ranked[:, :k].any(axis=1) for k in RECALLS.values()], axis=1)
            found.append(hits.reshape(len(sources), -1))
        progress(start + len(group), total)
    if not found:
        raise LibraryError(
            f"The self-check is not possible: expected the images in {snapshot.library}. "
            f"Received: {total} that cannot be read, such as {skipped[0].image!r} "
            f"({skipped[0].reason}). Update the index."
        )
    return SelfCheck(total - len(skipped), _by_change(np.concatenate(found)), tuple(skipped))


def _original(snapshot: IndexSnapshot, image: ImageRecord) -> Original:
    content = read_file(snapshot.library / image.path)
    if image_id(content) != image.id:
        raise ImageError("its file has changed since it was indexed")
    return Original(load_image(content, enough=ENOUGH_SIDE), content)


def _by_change(hits: np.ndarray) -> dict[str, dict[str, Estimate]]:
    """From ``(images, changes · recalls)``."""
    found = iter(estimates(hits.astype(np.float64)))
    return {change: {recall: next(found) for recall in RECALLS} for change in CHANGES}
