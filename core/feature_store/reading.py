"""Read the features of many images of a store."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from ..types import Array, ImageRecord, Progress, ProgressCallback, Stage
from .store import FeatureStore

_IMAGES_A_STEP = 1_024
# Several reads wait for the disk at once: twice as fast where the files are not in memory.
_THREADS = 4

Loaded = TypeVar("Loaded")


def load_each(
    load: Callable[[ImageRecord], Loaded], images: Sequence[ImageRecord]
) -> Iterator[Loaded]:
    """What a function loads for each image, in their order; it is called in several threads."""
    with ThreadPoolExecutor(_THREADS) as threads:
        for start in range(0, len(images), _IMAGES_A_STEP):
            step = images[start : start + _IMAGES_A_STEP]
            size = -(-len(step) // _THREADS)
            parts = [step[first : first + size] for first in range(0, len(step), size)]
            for loaded in threads.map(lambda part: [load(image) for image in part], parts):
                yield from loaded


def read_features(
    store: FeatureStore, images: Sequence[ImageRecord], progress: ProgressCallback
) -> Mapping[str, Array]:
    """The saved features of ``n`` images by descriptor, that of the store first.

    Each is ``(n, d)`` float32 unit rows in the order of the images. Descriptors that not all images
    have are left out.
    """
    store.require_arrays()
    features: dict[str, Array] = {}
    for row, saved in enumerate(load_each(store.load_all, images)):
        if row % _IMAGES_A_STEP == 0:
            progress(Progress(Stage.READING, row, len(images)))
        if row == 0:
            shape = (len(images), store.space.dimension)
            features = {name: np.empty(shape, np.float32) for name in saved}
        features = {name: rows for name, rows in features.items() if name in saved}
        for name, rows in features.items():
            rows[row] = saved[name]
    return features
