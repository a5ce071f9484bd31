"""Retrieval quality without labels: transformed images must find their source."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..errors import ImageError, LibraryError
from ..feature_store import IndexSnapshot
from ..images import ENOUGH_SIDE, load_image, read_indexed
from ..types import Array, ImageRecord, Skipped
from .intervals import Estimate, estimates
from .labelled import Steps
from .measures import Rankings
from .ranking import blocks, rank
from .scores import Scorer
from .transformations import TRANSFORMATIONS, Original

RECALLS = {"recall@1": 1, "recall@30": 30}
DEFAULT_SAMPLE = 100
# Their transformations fill a batch of the model.
_IMAGES_PER_BATCH = 32 // len(TRANSFORMATIONS)


@dataclass(frozen=True, slots=True)
class TransformedImages:
    """Features of images of a gallery after each of ``TRANSFORMATIONS``.

    Attributes:
        features: By descriptor, ``(images · transformations, d)`` float32 unit rows, all
            transformations of the first image first.
        sources: ``(images, n)``: whether each image of the gallery is the source, or identical.
        skipped: Images that cannot be read any more.
    """

    features: Mapping[str, Array]
    sources: Rankings
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """How often transformed images of a gallery found their source.

    Attributes:
        recalls: By transformation and by name of ``RECALLS``: the share of the images whose source,
            or an identical file, was among the first matches.
        skipped: Images that cannot be read any more.
    """

    images: int
    recalls: Mapping[str, Mapping[str, Estimate]]
    skipped: tuple[Skipped, ...]

    @property
    def recall_at_1(self) -> float:
        """Mean over all transformations, 0 to 1."""
        return float(np.mean([recalls["recall@1"].mean for recalls in self.recalls.values()]))


def transform_images(
    snapshot: IndexSnapshot,
    extract: Callable[[Sequence[Image.Image]], Mapping[str, Array]],
    *,
    sample: int = DEFAULT_SAMPLE,
    seed: int = 0,
    progress: Steps = lambda _done, _total: None,
) -> TransformedImages:
    """Features of ``sample`` random images of a gallery after each transformation.

    ``extract`` describes ``n`` RGB images of any size: ``(n, d)`` float32 unit rows by descriptor.

    Raises:
        LibraryError: None of the images can be read.
    """
    rng = np.random.default_rng(seed)
    total = min(sample, len(snapshot.images))
    drawn = sorted(rng.choice(len(snapshot.images), total, replace=False).tolist())
    features: list[Mapping[str, Array]] = []
    sources: list[str] = []
    skipped: list[Skipped] = []
    progress(0, total)
    for start in range(0, total, _IMAGES_PER_BATCH):
        group = [snapshot.images[row] for row in drawn[start : start + _IMAGES_PER_BATCH]]
        pictures: list[Image.Image] = []
        for image in group:
            try:
                original = _original(snapshot, image)
                pictures += [transform(original, rng) for transform in TRANSFORMATIONS.values()]
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
    return TransformedImages(
        {name: np.concatenate([part[name] for part in features]) for name in features[0]},
        np.array(sources)[:, None] == ids,
        tuple(skipped),
    )


def self_check(transformed: TransformedImages, queries: Array, scorer: Scorer) -> SelfCheck:
    """Recalls of searches with transformed images.

    ``queries`` are their features of one descriptor, fitted like the rows that are scored.
    """
    hits = np.empty((len(queries), len(RECALLS)))
    for block in blocks(np.arange(len(queries)), len(scorer.matrix)):
        relevant = transformed.sources[block // len(TRANSFORMATIONS)]
        scores = scorer.scores(queries[block])
        ranked, _ = rank(scores, relevant=relevant, ignored=np.zeros_like(relevant))
        hits[block] = np.stack([ranked[:, :k].any(axis=1) for k in RECALLS.values()], axis=1)
    found = iter(estimates(hits.reshape(len(transformed.sources), -1)))
    recalls = {name: {recall: next(found) for recall in RECALLS} for name in TRANSFORMATIONS}
    return SelfCheck(len(transformed.sources), recalls, transformed.skipped)


def _original(snapshot: IndexSnapshot, image: ImageRecord) -> Original:
    content = read_indexed(snapshot.library / image.path, image.id)
    return Original(load_image(content, enough=ENOUGH_SIDE), content)
