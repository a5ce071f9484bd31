"""The whole indexing run over 12-megapixel JPEGs against the same run that decodes in full."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.loading import SIZES, THREADS, decode_in_full, flower_photo
from core.config import Settings
from core.engine import ImageSearchEngine
from core.images import ENOUGH_SIDE, LoadedImage, image_id, load_file, read_file, squash
from core.indexing import loading_ahead
from core.model import BATCH_SIZE, INPUT_SIZE, VGG16Extractor, choose_precision, weights
from tests.flowers import KINDS

SIZE = "12 megapixels"

LoadFile = Callable[..., tuple[str, LoadedImage | None]]


def measure_photographs(folder: Path, *, photos: int = 3 * BATCH_SIZE, rounds: int = 2) -> None:
    """Print seconds an image of both runs and of their parts, and the ratio.

    Args:
        folder: For the photographs and what is written.
        photos: How many.
        rounds: How often both runs are measured, in turn.
    """
    library = folder / "photographs"
    _write(library, photos)
    extractor = VGG16Extractor(weights.find_weights("random", base_url=""), descriptor="avg")
    extractor.load()
    ways: dict[str, LoadFile] = {
        "python -m core index": load_file,
        "in full with Pillow, then the same": _load_in_full,
    }
    runs: dict[str, list[float]] = {name: [] for name in ways}
    loads: dict[str, list[float]] = {name: [] for name in ways}
    model: list[float] = []
    for _ in range(rounds):
        for name, load in ways.items():
            runs[name].append(_index(library, folder / "features", extractor, load) / photos)
            loads[name].append(_load(library, load) / photos)
        model.append(_extract(library, extractor))
    precision = choose_precision("auto")
    print(f"\nindexing {photos} JPEGs of {SIZE}, {precision}, median of {rounds} rounds")
    for name in ways:
        run, loading = statistics.median(runs[name]), statistics.median(loads[name])
        print(f"  {name:36} {run:.3f} s an image; loading alone {loading:.3f} s")
    print(f"  {'the model alone':36} {statistics.median(model):.3f} s an image")
    ours, full = runs.values()
    ratio = statistics.median(b / a for a, b in zip(ours, full, strict=True))
    print(f"  in full / index   {ratio:.2f}")


def _write(library: Path, photos: int) -> None:
    library.mkdir()
    contents = [flower_photo(kind, SIZES[SIZE]) for kind in KINDS[:4]]
    for number in range(photos):
        content = contents[number % len(contents)]
        # A comment makes each another file: identical ones would be extracted once.
        comment = b"\xff\xfe\0\x08" + f"{number:06}".encode()
        (library / f"{number:06}.jpg").write_bytes(content[:2] + comment + content[2:])


def _load_in_full(path: Path, **_options: Any) -> tuple[str, LoadedImage]:
    content = read_file(path)
    pixels = decode_in_full(content)
    return image_id(content), LoadedImage(pixels, *SIZES[SIZE], taken_at=None)


def _index(library: Path, features: Path, extractor: VGG16Extractor, load: LoadFile) -> float:
    shutil.rmtree(features, ignore_errors=True)
    engine = ImageSearchEngine(
        Settings(features=features, weights="random"), make_extractor=lambda *_: extractor
    )
    with patch.object(loading_ahead, "load_file", load):
        start = time.perf_counter()
        report = engine.index(library)
    seconds = time.perf_counter() - start
    assert report.extracted == len(list(library.iterdir()))
    return seconds


def _load(library: Path, load: LoadFile) -> float:
    def squashed(path: Path) -> None:
        _, image = load(path, enough=ENOUGH_SIDE)
        assert image is not None
        squash(image.pixels, INPUT_SIZE)

    with ThreadPoolExecutor(THREADS) as pool:
        start = time.perf_counter()
        for _ in pool.map(squashed, library.iterdir()):
            pass
        return time.perf_counter() - start


def _extract(library: Path, extractor: VGG16Extractor) -> float:
    files = sorted(library.iterdir())[:BATCH_SIZE]
    pixels = [decode_in_full(path.read_bytes()) for path in files]
    start = time.perf_counter()
    extractor.extract(pixels)
    return (time.perf_counter() - start) / len(files)
