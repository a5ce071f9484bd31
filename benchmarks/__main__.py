"""``python -m benchmarks``: every measurement, on a folder of images."""

from __future__ import annotations

import argparse
import platform
import tempfile
from pathlib import Path

from benchmarks.indexing import measure_indexing
from benchmarks.loading import measure_loading
from benchmarks.memory import measure_memory
from benchmarks.photographs import measure_photographs
from benchmarks.searching import measure_searching
from core.sample import draw_gallery


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--library", type=Path, help="folder of images (default: drawn flowers)")
    parser.add_argument(
        "--images", type=int, default=192, help="images a round of indexing (default: %(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=2, help="rounds, in turn (default: %(default)s)"
    )
    options = parser.parse_args()
    print(f"machine: {platform.processor() or platform.machine()}, {platform.platform()}")
    with tempfile.TemporaryDirectory() as folder:
        library = options.library
        if library is None:
            library = Path(folder) / "sample"
            draw_gallery(library, count=options.images)
        measure_indexing(library, Path(folder), images=options.images, rounds=options.rounds)
        measure_searching(Path(folder))
        measure_loading()
        measure_photographs(Path(folder))
        measure_memory(Path(folder))


if __name__ == "__main__":
    main()
