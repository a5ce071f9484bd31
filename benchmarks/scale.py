"""A large gallery: an update that finds nothing new, and its publication.

The files of the library are empty and never opened; the features are drawn.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.limits import tell
from core.config import DEFAULT_WEIGHTS_URL, Settings
from core.engine import ImageSearchEngine
from core.feature_store import FeaturesFolder
from core.feature_store.arrays import checksum
from core.model import feature_space, find_weights, l2_normalise
from core.types import ImageRecord

ROWS = 1_000_000
_FOLDERS = 1_000
_AT_ONCE = 10_000
WIDTH = 512


def measure_scale(folder: Path, rows: int = ROWS) -> None:
    """Print the seconds and the peak memory of both.

    Args:
        folder: For the gallery; 4 kB a row are needed.
        rows: How many images.
    """
    library, features = folder / "large", folder / "large-features"
    print(f"\na gallery of {rows:,} images, features of {WIDTH} numbers drawn")
    _make(library, features, rows)
    share = rows / ROWS
    for name, limit in (("publication", 200.0), ("an update that finds nothing new", 60.0)):
        script = [sys.executable, "-m", "benchmarks.scale", str(library), str(features)]
        run = subprocess.run(script, check=True, capture_output=True, text=True)
        seconds, peak = map(float, run.stdout.split()[-2:])
        tell(name, seconds, "s", limit=limit * share)
        tell("  peak memory", peak, "MB", limit=3_000)


def _make(library: Path, features: Path, rows: int) -> None:
    """Files, their records and their arrays, as an indexing run leaves them unpublished."""
    space = feature_space(find_weights("imagenet", base_url=DEFAULT_WEIGHTS_URL), "rmac")
    library.mkdir(parents=True)
    store = FeaturesFolder(features).store_for(library.resolve(), space)
    for number in range(_FOLDERS):
        (library / f"{number:03}").mkdir()
        (store.arrays / f"{number:03}").mkdir(parents=True)
    rng = np.random.default_rng(0)
    centres = l2_normalise(rng.standard_normal((2_000, WIDTH), np.float32))
    with store.catalog() as catalog:
        for start in range(0, rows, _AT_ONCE):
            count = min(_AT_ONCE, rows - start)
            near = centres[rng.integers(len(centres), size=count)]
            drawn = l2_normalise(near + 0.03 * rng.standard_normal(near.shape, np.float32))
            records = []
            for number, feature in enumerate(drawn, start):
                path = f"{number % _FOLDERS:03}/{number:07}.jpg"
                (library / path).touch()
                np.save(store.array_path(path), feature, allow_pickle=False)
                status = (library / path).stat()
                record = ImageRecord(
                    path, 0, status.st_mtime_ns, f"{number:032x}", 640, 480, None, checksum(feature)
                )
                records.append(record)
            catalog.add_images(records)


def main() -> None:
    """Update the gallery of the arguments; print seconds and megabytes."""
    library, features = map(Path, sys.argv[1:])
    started = time.perf_counter()
    report = ImageSearchEngine(Settings(features=features)).index(library)
    assert report.extracted == 0, report
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(time.perf_counter() - started, peak)
    os._exit(0)


if __name__ == "__main__":
    main()
