"""Indexing against the bare compiled model and against the ancestor's way."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from core.config import Settings
from core.engine import ImageSearchEngine
from core.indexing import scan
from core.model import BATCH_SIZE, INPUT_SIZE, VGG16Extractor, choose_precision, weights


def measure_indexing(library: Path, folder: Path, *, images: int, rounds: int) -> None:
    """Print images per second and ratios; the same random weights serve all three ways.

    Args:
        library: Folder of at least ``images`` images.
        folder: For what is written.
        images: Number of images a round.
        rounds: How often the three ways are measured, in turn.
    """
    part = folder / "part"
    for file in scan(library).files[:images]:
        target = part / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(library / file.path, target)
    kernels = weights.find_weights("random", base_url="")
    extractor = VGG16Extractor(kernels, descriptor="avg")
    extractor.load()
    ways: dict[str, Callable[[], float]] = {
        "bare compiled model, ready batches of 32": _bare_model(),
        "python -m core index": _index(part, folder / "features", extractor),
        "ancestor: open, resize, predict, np.save": _ancestor(part, folder / "ancestor"),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            rates[name].append(way())
    print(f"\nindexing, {images} images, {choose_precision('auto')}, median of {rounds} rounds")
    for name, values in rates.items():
        print(f"  {name:42} {statistics.median(values):7.2f} images/s")
    bare, ours, ancestor = rates.values()
    print(f"  index / bare model  {_ratio(ours, bare):.2f}")
    print(f"  index / ancestor    {_ratio(ours, ancestor):.2f}")


def _ratio(ours: list[float], baseline: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, baseline, strict=True))


def _bare_model(batches: int = 3) -> Callable[[], float]:
    import keras
    import tensorflow as tf
    from keras.applications.vgg16 import VGG16, preprocess_input

    keras.config.set_dtype_policy(choose_precision("auto"))
    model = VGG16(weights=None, include_top=False, input_shape=(INPUT_SIZE, INPUT_SIZE, 3))
    keras.config.set_dtype_policy("float32")
    forward = tf.function(lambda x: model(preprocess_input(tf.cast(x, tf.float32))))
    pixels = np.random.default_rng(0).integers(
        0, 256, (BATCH_SIZE, INPUT_SIZE, INPUT_SIZE, 3), np.uint8
    )
    forward(pixels)

    def run() -> float:
        start = time.perf_counter()
        for _ in range(batches):
            forward(pixels).numpy()
        return batches * BATCH_SIZE / (time.perf_counter() - start)

    return run


def _index(library: Path, features: Path, extractor: VGG16Extractor) -> Callable[[], float]:
    def run() -> float:
        shutil.rmtree(features, ignore_errors=True)
        engine = ImageSearchEngine(
            Settings(features=features, weights="random"), make_extractor=lambda *_: extractor
        )
        report = engine.index(library)
        return report.extracted / report.seconds

    return run


def _ancestor(library: Path, features: Path) -> Callable[[], float]:
    from keras.applications.vgg16 import VGG16, preprocess_input

    model = VGG16(weights=None, include_top=False, pooling="avg")
    features.mkdir()

    def run(images: int = 24) -> float:
        files = [library / file.path for file in scan(library).files[:images]]
        start = time.perf_counter()
        for number, file in enumerate(files):
            image = Image.open(file).resize((INPUT_SIZE, INPUT_SIZE)).convert("RGB")
            batch = np.expand_dims(np.asarray(image, np.float32), axis=0)
            feature = model.predict(preprocess_input(batch), verbose=0)[0]
            np.save(features / f"{number}.npy", feature / np.linalg.norm(feature))
        return len(files) / (time.perf_counter() - start)

    run(1)
    return run
