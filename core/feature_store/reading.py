"""Read the features of all images of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.feature_store.store import FeatureStore
from core.types import Array, ImageRecord, Progress, ProgressCallback, Stage

_IMAGES_A_STEP = 1_000


def read_features(
    store: FeatureStore, images: Sequence[ImageRecord], progress: ProgressCallback
) -> Mapping[str, Array]:
    """The features of images for each descriptor that one pass gave.

    Args:
        store: Where they are.
        images: ``n`` images with a feature.
        progress: Called after each thousand images.

    Returns:
        ``(n, d)`` float32 unit rows in the order of the images, as extracted, by the name of the
        descriptor, that of the store first. Images that an older version indexed have one
        descriptor only; then the others are left out.
    """
    features: dict[str, Array] = {}
    for row, image in enumerate(images):
        if row % _IMAGES_A_STEP == 0:
            progress(Progress(Stage.READING, row, len(images)))
        saved = store.load_all(image)
        if row == 0:
            shape = (len(images), store.space.dimension)
            features = {name: np.empty(shape, np.float32) for name in saved}
        features = {name: rows for name, rows in features.items() if name in saved}
        for name, rows in features.items():
            rows[row] = saved[name]
    return features
