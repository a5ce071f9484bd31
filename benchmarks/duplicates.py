"""How many planted copies are found and ticked, what else is, and how long it takes."""

from __future__ import annotations

import os
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.planted_copies import CHANGES, ORIGINALS, PlantedCopies, plant
from core.config import Settings
from core.duplicates import find_duplicates
from core.duplicates.links import Links
from core.duplicates.relation import Relation
from core.engine import ImageSearchEngine
from core.feature_store import find_neighbours
from core.types import Progress, Stage

ROWS, DIMENSION = 100_000, 512
# Of 64 bits of a perceptual hash, as its users take it.
MOST_BITS = 8
# Two folders of Caltech-101 hold the same photographs, in the second one cropped to the face.
FACES, CROPPED_FACES = f"{ORIGINALS}/caltech101/Faces/", f"{ORIGINALS}/caltech101/Faces_easy/"

Pairs = list[tuple[str, str]]


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
    links = _timed_search(planted)
    paths = {one.id: one.path for one in planted.snapshot.images}

    def named(pairs: Iterable[tuple[str, str]]) -> Pairs:
        return [(paths[one], paths[other]) for one, other in pairs]

    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (one, other), relation in links.relations.items():
        for copy, source in named([(one, other), (other, one)]):
            if planted.sources.get(copy, ("",))[0] == source:
                kinds[planted.sources[copy][1]][relation] += 1
    for change in CHANGES:
        print(f"  {change:18} {dict(kinds[change])}")
    versions = [pair for pair, kind in links.relations.items() if kind is not Relation.OVERLAP]
    _print_recall("found", planted, named(versions))
    _print_pairs(planted, named(versions), folder / "other-pairs.txt")
    ticked = [pair for pair, words in links.differences.items() if not words]
    _print_recall("ticked", planted, named(ticked))
    _print_pairs(planted, named(ticked), folder / "other-ticked-pairs.txt")
    _print_faces(list(planted.snapshot.images.paths), set(named(versions)))
    _print_hash(planted, folder)


def _time_candidates(name: str, matrix: np.ndarray) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    find_neighbours(matrix)
    seconds = time.perf_counter() - start
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(f"candidates of {name}: {seconds:.1f} s, peak memory {more} MB more")


def _timed_search(planted: PlantedCopies) -> Links:
    starts: dict[Stage, float] = {}
    totals: dict[Stage, int] = {}

    def progress(now: Progress) -> None:
        starts.setdefault(now.stage, time.perf_counter())
        totals[now.stage] = now.total

    start, processor = time.perf_counter(), time.process_time()
    links = find_duplicates(planted.snapshot, progress=progress)
    end = time.perf_counter()
    print(
        f"\n{len(planted.snapshot.images):,} images: duplicates found in {end - start:.0f} s, "
        f"{time.process_time() - processor:.0f} s of the processor, load {os.getloadavg()[0]:.1f}"
    )
    ends = [*list(starts.values())[1:], end]
    for (stage, began), ended in zip(starts.items(), ends, strict=True):
        print(f"  {stage.label}: {totals[stage]:,} in {ended - began:.0f} s")
    return links


def _components(pairs: Pairs) -> dict[str, str]:
    root: dict[str, str] = {}

    def find(one: str) -> str:
        while root.setdefault(one, one) != one:
            one = root[one]
        return one

    for one, other in pairs:
        root[find(one)] = find(other)
    return {one: find(one) for one in root}


def _print_recall(what: str, planted: PlantedCopies, pairs: Pairs) -> None:
    sets = _components(pairs)
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for copy, (source, change) in planted.sources.items():
        together = sets.get(copy, copy) == sets.get(source, source)
        found[change].append(together)
    for change in CHANGES:
        print(f"  {change:18} {what} {np.mean(found[change]):.3f} of {len(found[change])}")
    usual = [one for change in list(CHANGES)[:8] for one in found[change]]
    print(f"  {'the first eight':18} {what} {np.mean(usual):.3f} of {len(usual)}")


def _print_pairs(planted: PlantedCopies, pairs: Pairs, file: Path | None = None) -> None:
    def source(path: str) -> str:
        return planted.sources.get(path, (path, ""))[0].replace(CROPPED_FACES, FACES)

    other = {
        tuple(sorted(map(source, pair))) for pair in pairs if source(pair[0]) != source(pair[1])
    }
    right = sum(source(one) == source(two) for one, two in pairs)
    print(f"  {len(pairs):,} pairs, {right:,} of them planted or faces: {right / len(pairs):.3f}; ")
    print(f"  besides, between other photographs: {len(other)}, named in {file}")
    if file:
        file.write_text("\n".join(sorted(" | ".join(pair) for pair in other)))
    folders = Counter(one.split("/")[-2] for one, _ in other)
    print(f"  by folder: {dict(folders.most_common(8))}")


def _print_faces(paths: list[str], pairs: set[tuple[str, str]]) -> None:
    names = [path.removeprefix(FACES) for path in paths if path.startswith(FACES)]
    both = [name for name in names if CROPPED_FACES + name in set(paths)]
    if both:
        together = _components(list(pairs))
        found = [
            together.get(FACES + name, -1) == together.get(CROPPED_FACES + name, -2)
            for name in both
        ]
        print(f"  faces and their crops: found {np.mean(found):.3f} of {len(both)}")


def _print_hash(planted: PlantedCopies, folder: Path) -> None:
    """The same with a perceptual hash of each picture, each compared with all others."""
    import imagehash

    paths = list(planted.snapshot.images.paths)
    start, processor = time.perf_counter(), time.process_time()
    bits = np.array([_hash(imagehash, folder / path) for path in paths])
    numbers = np.packbits(bits, axis=1).view(np.uint64).ravel()
    pairs: Pairs = []
    for row, number in enumerate(numbers):
        near = np.flatnonzero(np.bitwise_count(numbers[row + 1 :] ^ number) <= MOST_BITS)
        pairs += [(paths[row], paths[row + 1 + one]) for one in near.tolist()]
    seconds = time.perf_counter() - start
    print(
        f"\nimagehash.phash, at most {MOST_BITS} of 64 bits: {seconds:.0f} s, "
        f"{time.process_time() - processor:.0f} s of the processor"
    )
    _print_recall("found", planted, pairs)
    _print_pairs(planted, pairs)


def _hash(imagehash: object, path: Path) -> np.ndarray:
    with Image.open(path) as image:
        bits: np.ndarray = imagehash.phash(image).hash.ravel()  # type: ignore[attr-defined]
        return bits
