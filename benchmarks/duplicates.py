"""How many planted copies are found, what else is, and how long it takes."""

from __future__ import annotations

import resource
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from benchmarks.planted_copies import CHANGES, ORIGINALS, PlantedCopies, plant
from core.config import Settings
from core.duplicates import SAME, duplicate_sets, find_duplicates
from core.engine import ImageSearchEngine
from core.feature_store import find_neighbours

ROWS, DIMENSION = 100_000, 512
# Two folders of Caltech-101 hold the same photographs, in the second one cropped to the face.
FACES, CROPPED_FACES = f"{ORIGINALS}/caltech101/Faces/", f"{ORIGINALS}/caltech101/Faces_easy/"


def measure_duplicates(features: Path, folder: Path) -> None:
    """Print recall and precision with planted copies, and the time of each part.

    Args:
        features: Features folder with a finished index.
        folder: Gets the copies, and the names of other pairs that were found.
    """
    engine = ImageSearchEngine(Settings(features=features))
    snapshot = engine.require_snapshot()
    _time_candidates(f"{len(snapshot.images):,} images", np.asarray(snapshot.matrix))
    drawn = np.random.default_rng(0).normal(size=(ROWS, DIMENSION)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    _time_candidates(f"{ROWS:,} drawn vectors", drawn)
    planted = plant(engine, folder)
    start = time.perf_counter()
    links = find_duplicates(planted.snapshot)
    seconds = time.perf_counter() - start
    print(f"\n{len(planted.snapshot.images):,} images: duplicates found in {seconds:.0f} s")
    images = planted.snapshot.images
    paths = {one.id: one.path for one in images}
    pairs = [(paths[one], paths[other]) for one, other in links.same]
    sets = [one for one in duplicate_sets(images, links) if one.tier == SAME]
    together = {image.image: number for number, found in enumerate(sets) for image in found.images}
    _print_recall(planted, together)
    _print_pairs(planted, pairs, folder)
    _print_faces(list(images.paths), together)


def _time_candidates(name: str, matrix: np.ndarray) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    find_neighbours(matrix)
    seconds = time.perf_counter() - start
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(f"candidates of {name}: {seconds:.1f} s, peak memory {more} MB more")


def _print_recall(planted: PlantedCopies, together: dict[str, int]) -> None:
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for copy, (source, change) in planted.sources.items():
        found[change].append(together.get(copy, -1) == together.get(source, -2))
    for change in CHANGES:
        print(f"  {change:18} recall {np.mean(found[change]):.3f} of {len(found[change])}")
    usual = [one for change in list(CHANGES)[:8] for one in found[change]]
    print(f"  {'the first eight':18} recall {np.mean(usual):.3f} of {len(usual)}")


def _print_pairs(planted: PlantedCopies, pairs: list[tuple[str, str]], folder: Path) -> None:
    def source(path: str) -> str:
        return planted.sources.get(path, (path, ""))[0].replace(CROPPED_FACES, FACES)

    other = {
        tuple(sorted(map(source, pair))) for pair in pairs if source(pair[0]) != source(pair[1])
    }
    right = sum(source(one) == source(two) for one, two in pairs)
    lines = sorted(" | ".join(pair) for pair in other)
    (folder / "other-pairs.txt").write_text("\n".join(lines))
    print(f"  {len(pairs):,} pairs, {right:,} of them planted or faces; besides, between other")
    print(f"  photographs: {len(other)}, named in {folder / 'other-pairs.txt'}")
    folders = Counter(one.split("/")[-2] for one, _ in other)
    print(f"  by folder: {dict(folders.most_common(8))}")


def _print_faces(paths: list[str], together: dict[str, int]) -> None:
    names = [path.removeprefix(FACES) for path in paths if path.startswith(FACES)]
    both = [name for name in names if CROPPED_FACES + name in set(paths)]
    if both:
        found = [
            together.get(FACES + name, -1) == together.get(CROPPED_FACES + name, -2)
            for name in both
        ]
        print(f"  faces and their crops: found {np.mean(found):.3f} of {len(both)}")
