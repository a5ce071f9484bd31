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
    """The saved features of ``n`` images by descriptor, that of the store first.

    Each is ``(n, d)`` float32 unit rows in the order of the images. Descriptors that not all images
    have, because an older version indexed some, are left out.
    """
    store.require_arrays()
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
