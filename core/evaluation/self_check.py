"""How good the answers are, measured without labels: a changed image must find its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.errors import ImageError, LibraryError
from core.evaluation.changes import CHANGES, Original
from core.evaluation.intervals import Estimate, estimates
from core.evaluation.labelled import Steps
from core.evaluation.measures import Rankings
from core.evaluation.ranking import blocks, rank
from core.feature_store import IndexSnapshot
from core.images import ENOUGH_SIDE, image_id, load_image, read_file
from core.types import Array, ImageRecord, Skipped

RECALLS = {"recall@1": 1, "recall@30": 30}
DEFAULT_SAMPLE = 100
# As many pictures as fill a batch of the model.
_AT_ONCE = 32 // len(CHANGES)


@dataclass(frozen=True, slots=True)
class ChangedImages:
    """Images of a gallery after each of ``CHANGES``.

    Attributes:
        features: By name of the descriptor, ``(images · changes, d)`` float32 unit rows, all
            changes of the first image first.
        sources: ``(images, n)``: whether each image of the gallery is the source of each, or
            identical to it.
        skipped: Images that could not be read any more.
    """

    features: Mapping[str, Array]
    sources: Rankings
    skipped: tuple[Skipped, ...]


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

    @property
    def recall_at_1(self) -> float:
        """The mean over all changes."""
        return float(np.mean([recalls["recall@1"].mean for recalls in self.changes.values()]))


def change_images(
    snapshot: IndexSnapshot,
    extract: Callable[[Sequence[Image.Image]], Mapping[str, Array]],
    *,
    sample: int = DEFAULT_SAMPLE,
    seed: int = 0,
    progress: Steps = lambda _done, _total: None,
) -> ChangedImages:
    """Change images of a gallery in every way, and describe them.

    Args:
        snapshot: The index.
        extract: Describes ``n`` RGB images of any size by some descriptors: ``(n, d)`` float32 unit
            rows by the name of each.
        sample: Change this many images, drawn at random.
        seed: Of the drawing, and of where crops are taken.
        progress: Called with the images done and their number.

    Returns:
        Their features, of each descriptor.

    Raises:
        LibraryError: Not one of the images can be read.
    """
    chance = np.random.default_rng(seed)
    total = min(sample, len(snapshot.images))
    drawn = sorted(chance.choice(len(snapshot.images), total, replace=False).tolist())
    features: list[Mapping[str, Array]] = []
    sources: list[str] = []
    skipped: list[Skipped] = []
    progress(0, total)
    for start in range(0, total, _AT_ONCE):
        group = [snapshot.images[row] for row in drawn[start : start + _AT_ONCE]]
        pictures: list[Image.Image] = []
        for image in group:
            try:
                original = _original(snapshot, image)
                pictures += [change(original, chance) for change in CHANGES.values()]
                sources.append(image.id)
            except ImageError as error:
                skipped.append(Skipped(image.path, str(error)))
        if pictures:
            features.append(extract(pictures))
        progress(start + len(group), total)
    if not features:
        raise LibraryError(
            f"The self-check is not possible: expected the images in {snapshot.library}. "
            f"Received: {total} that cannot be read, such as {skipped[0].image!r} "
            f"({skipped[0].reason}). Update the index."
        )
    ids = np.array([image.id for image in snapshot.images])
    return ChangedImages(
        {name: np.concatenate([part[name] for part in features]) for name in features[0]},
        np.array(sources)[:, None] == ids,
        tuple(skipped),
    )


def self_check(changed: ChangedImages, queries: Array, matrix: Array) -> SelfCheck:
    """Ask with the changed images; it needs no labels.

    Args:
        changed: The images.
        queries: One of their ``features``, processed as the matrix is.
        matrix: ``(n, d)`` float32 unit rows, one for each image of the gallery.

    Returns:
        The recalls.
    """
    hits = np.empty((len(queries), len(RECALLS)))
    for block in blocks(np.arange(len(queries)), len(matrix)):
        relevant = changed.sources[block // len(CHANGES)]
        ranked, _ = rank(queries[block], matrix, relevant=relevant, ignored=np.zeros_like(relevant))
        hits[block] = np.stack([ranked[:, :k].any(axis=1) for k in RECALLS.values()], axis=1)
    found = iter(estimates(hits.reshape(len(changed.sources), -1)))
    recalls = {change: {recall: next(found) for recall in RECALLS} for change in CHANGES}
    return SelfCheck(len(changed.sources), recalls, changed.skipped)


def _original(snapshot: IndexSnapshot, image: ImageRecord) -> Original:
    content = read_file(snapshot.library / image.path)
    if image_id(content) != image.id:
        raise ImageError("its file has changed since it was indexed")
    return Original(load_image(content, enough=ENOUGH_SIDE), content)
