"""Descriptors of the pixels, which a gallery can be compared with."""

from collections.abc import Iterable

import numpy as np

from ..errors import ImageError
from ..feature_store import IndexSnapshot
from ..images import ENOUGH_SIDE, load_file
from ..model import DESCRIPTORS, PixelExtractor
from ..types import Array, Progress, ProgressCallback, Stage

BASELINES = tuple(name for name, one in DESCRIPTORS.items() if one.layer is None)
_IMAGES_PER_STEP = 100


def baseline_features(
    snapshot: IndexSnapshot, names: Iterable[str], progress: ProgressCallback
) -> dict[str, Array]:
    """Features by descriptor; zeros, which are far from all others, for unreadable images."""
    extractors = [PixelExtractor(name) for name in names]
    total = len(snapshot.images)
    features = {
        one.space.descriptor: np.zeros((total, one.space.dimension), np.float32)
        for one in extractors
    }
    for row, image in enumerate(snapshot.images):
        if row % _IMAGES_PER_STEP == 0:
            progress(Progress(Stage.EXTRACTING, row, total))
        try:
            _, loaded = load_file(snapshot.library / image.path, enough=ENOUGH_SIDE)
        except ImageError:
            continue
        if loaded:
            for one in extractors:
                features[one.space.descriptor][row] = one.extract([loaded.pixels])[0]
    return features
