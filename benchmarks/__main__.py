"""``python -m benchmarks``: every measurement, or those that are named, on a folder of images."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from benchmarks.approximate import measure_approximate
from benchmarks.crowd import measure_crowd, measure_endurance
from benchmarks.duplicates import measure_duplicates
from benchmarks.explaining import measure_explaining
from benchmarks.explore import measure_explore
from benchmarks.explore_map import measure_explore_map
from benchmarks.feedback import measure_sample_feedback
from benchmarks.grid import measure_grid
from benchmarks.how_it_works import measure_how_it_works
from benchmarks.indexing import measure_indexing
from benchmarks.learning import measure_learning
from benchmarks.loading import measure_loading
from benchmarks.memory import measure_memory
from benchmarks.parts import measure_parts
from benchmarks.photographs import measure_photographs
from benchmarks.quality import measure_quality
from benchmarks.reruns import measure_reruns
from benchmarks.scale import ROWS, measure_scale
from benchmarks.searching import measure_searching
from benchmarks.serving import Demo
from benchmarks.starting import measure_starting
from benchmarks.switching import measure_switching
from benchmarks.uploading import measure_uploading
from benchmarks.watching import measure_watching
from core.datasets import copy_sample

NAMES = (
    "indexing",
    "searching",
    "approximate",
    "scale",
    "explore",
    "loading",
    "photographs",
    "parts",
    "memory",
    "switching",
    "grid",
    "map",
    "feedback",
    "learning",
    "quality",
    "duplicates",
    "starting",
    "uploading",
    "reruns",
    "explaining",
    "how_it_works",
    "watching",
    "crowd",
    "endurance",
)
ALL = "all"


def main() -> None:
    """Measure and print."""
    options = _parser().parse_args()
    print(f"machine: {os.cpu_count()} of {_processor()}, {platform.platform()}")
    with tempfile.TemporaryDirectory() as temporary:
        measurements = _measurements(options, Path(temporary))
        for name in NAMES if ALL in options.names else options.names:
            measurements[name]()


def _measurements(options: argparse.Namespace, folder: Path) -> dict[str, Callable[[], None]]:
    library = options.library
    if library is None:
        library = folder / "sample"
        copy_sample(library, count=options.images)

    @cache
    def demo() -> Demo:
        return Demo.of(library, folder / "serving", features=options.features)

    return {
        "indexing": lambda: measure_indexing(
            library, folder, images=options.images, rounds=options.rounds
        ),
        "searching": lambda: measure_searching(folder),
        "approximate": lambda: measure_approximate(demo().engine, folder),
        "scale": lambda: measure_scale(folder, options.rows),
        "explore": lambda: measure_explore(demo(), folder),
        "loading": measure_loading,
        "photographs": lambda: measure_photographs(folder),
        "parts": lambda: measure_parts(
            library, options.queries or library, options.features or folder / "parts"
        ),
        "memory": lambda: measure_memory(folder),
        "switching": measure_switching,
        "grid": lambda: measure_grid(folder),
        "map": lambda: measure_explore_map(folder),
        "feedback": lambda: measure_sample_feedback(folder),
        "learning": lambda: measure_learning(
            library,
            folder,
            features=options.features,
            within=options.within,
            queries=options.queries,
        ),
        "quality": lambda: measure_quality(options.galleries or [demo().features]),
        "duplicates": lambda: measure_duplicates(demo().features, folder / "planted"),
        "starting": lambda: measure_starting(demo()),
        "uploading": lambda: measure_uploading(demo()),
        "reruns": lambda: measure_reruns(demo()),
        "explaining": lambda: measure_explaining(demo()),
        "how_it_works": lambda: measure_how_it_works(demo()),
        "watching": lambda: measure_watching(library, folder),
        "crowd": lambda: measure_crowd(demo()),
        "endurance": lambda: measure_endurance(demo()),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        choices=(*NAMES, ALL),
        default=ALL,
        help=f"one of {', '.join(NAMES)}; all of them by default",
    )
    parser.add_argument("--library", type=Path, help="folder of images (default: the sample)")
    parser.add_argument(
        "--features", type=Path, help="features folder with a finished index of it, to save time"
    )
    parser.add_argument(
        "--images", type=int, default=192, help="images a round of indexing (default: %(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=2, help="rounds, in turn (default: %(default)s)"
    )
    parser.add_argument(
        "--rows", type=int, default=ROWS, help="scale: images of the gallery (default: %(default)s)"
    )
    parser.add_argument(
        "--within", default="", help="learning: only this folder of the library is the gallery"
    )
    parser.add_argument(
        "--queries", type=Path, help="learning, parts: folder of other pictures to ask with"
    )
    parser.add_argument(
        "--galleries",
        type=Path,
        nargs="*",
        metavar="FEATURES",
        help="quality: features folders, a column of the table each (default: that of the library)",
    )
    return parser


def _processor() -> str:
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
