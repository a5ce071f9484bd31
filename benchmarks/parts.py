"""Things planted into pictures of a gallery: whether they are found, where, how fast, how large."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.limits import tell
from core.config import Settings
from core.detail import details_store, open_details
from core.detail.code_table import CodeTable
from core.detail.detail_index import DetailIndex
from core.detail.localisation import Box, locate
from core.detail.part_search import describe_query
from core.detail.regions import PICTURE_SIDE, all_regions, pool_regions
from core.engine import ImageSearchEngine
from core.feature_store import IndexSnapshot
from core.images import fit, load_image
from core.model import BATCH_SIZE, INPUT_SIZE, STRIDE, FeatureExtractor

# Share of the side of the picture that the longer side of the thing takes, and the least shares of
# things that must come first and among the first ten.
LIMITS = {0.5: (0.90, 0.97), 0.35: (0.80, 0.92), 0.25: (0.60, 0.80)}
A_FOLDER = 3
GALLERY = 9409
QUERIES = 20
# Of the model at the size of the details.
BATCH = BATCH_SIZE * INPUT_SIZE**2 // PICTURE_SIDE**2
ROUNDS, ROUND_BATCHES = 3, 4


def measure_parts(library: Path, objects: Path, features: Path) -> None:
    """Print what a search for parts finds, and what it costs.

    Args:
        library: Folder of the pictures that the things are planted into.
        objects: Folders of pictures that are each filled by a thing.
        features: Gets the features and the details of the library; what is there already serves,
            so a run that was stopped goes on.
    """
    engine = ImageSearchEngine(Settings(features=features))
    engine.index(library)
    snapshot = engine.require_snapshot()
    extractor = engine.extractor_of(snapshot)
    report = engine.parts.update(snapshot)
    _tell_rate(extractor, report.images_per_second)
    measure_planted(engine, snapshot, extractor, objects)


def measure_planted(
    engine: ImageSearchEngine,
    snapshot: IndexSnapshot,
    extractor: FeatureExtractor,
    objects: Path,
) -> None:
    """Print what a search for parts finds in a gallery with details, of any size."""
    details = open_details(details_store(engine.folder, snapshot))
    rng = random.Random(17)
    folders = sorted(path for path in objects.iterdir() if path.is_dir())
    files = [path for folder in folders for path in rng.sample(sorted(folder.iterdir()), A_FOLDER)]
    hosts = rng.sample(range(len(snapshot.images)), len(files))
    things = [load_image(path).pixels for path in files]
    queries = [describe_query(thing, extractor, details.compression) for thing in things]
    size = details_store(engine.folder, snapshot).size / len(details.table)
    print(
        f"\nparts: {len(things)} things planted into a gallery of {len(details.table):,} pictures"
    )
    tell("size of a picture's details", size / 1000, "kB", limit=12)
    for fraction, (first, among_ten) in LIMITS.items():
        planted = [
            plant(
                load_image(snapshot.library / snapshot.images[host].path).pixels, thing, fraction, n
            )
            for n, (host, thing) in enumerate(zip(hosts, things, strict=True))
        ]
        index = _planted(details, snapshot, hosts, [image for image, _ in planted], extractor)
        ranks, overlaps = _search(index, queries, [box for _, box in planted])
        print(f" at {fraction:.0%} of the side")
        tell("found first", 100 * _share(ranks, 1), "%", limit=100 * first, least=True)
        tell("among the first ten", 100 * _share(ranks, 10), "%", limit=100 * among_ten, least=True)
        tell("in the two steps at all (best 300)", 100 * _share(ranks, 300), "%")
        tell(
            "median overlap of the box, in percent",
            100 * statistics.median(overlaps),
            "%",
            limit=50,
            least=True,
        )
    _tell_speed(details, things, extractor)


def plant(
    host: Image.Image, thing: Image.Image, fraction: float, number: int
) -> tuple[Image.Image, Box]:
    """A picture, as large as the network sees it, with a thing pasted in, and where it is."""
    rng = random.Random(1000 * number + int(fraction * 100))
    host = fit(host, PICTURE_SIDE, least=STRIDE).copy()
    scale = fraction * min(host.size) / max(thing.size)
    width, height = (max(round(side * scale), 1) for side in thing.size)
    left, top = rng.randint(0, host.width - width), rng.randint(0, host.height - height)
    host.paste(thing.resize((width, height)), (left, top))
    edges = (left / host.width, top / host.height)
    return host, (*edges, (left + width) / host.width, (top + height) / host.height)


def _planted(
    details: DetailIndex,
    snapshot: IndexSnapshot,
    hosts: Sequence[int],
    images: Sequence[Image.Image],
    extractor: FeatureExtractor,
) -> DetailIndex:
    """The gallery with the planted pictures, which come first, in place of their hosts."""
    ids, sizes, codes = [], [], []
    for start in range(0, len(images), BATCH):
        for number, maps in enumerate(
            extractor.maps(images[start : start + BATCH], PICTURE_SIDE), start
        ):
            height, width, _ = maps.shape
            regions = pool_regions(maps, all_regions(height, width))
            ids.append(f"{number:032x}")
            sizes.append((height, width))
            codes.append(details.compression.encode(regions))
    table = details.table
    without = {snapshot.images[host].id.encode() for host in hosts}
    for row, identity in enumerate(table.ids.tolist()):
        if identity not in without:
            ids.append(identity.decode())
            sizes.append(tuple(table.sizes[row].tolist()))
            codes.append(np.concatenate(table.regions_of(row)))
    return DetailIndex(CodeTable.of(ids, sizes, codes), details.compression)


def _search(
    index: DetailIndex, queries: Sequence[tuple[np.ndarray, np.ndarray]], boxes: Sequence[Box]
) -> tuple[list[int], list[float]]:
    """The rank of the picture that shows each thing, 301 for none, and how its box overlaps."""
    ranks, overlaps = [], []
    for number, ((query, sizes), box) in enumerate(zip(queries, boxes, strict=True)):
        found = index.search(query, 300)
        places = np.flatnonzero(found.rows == number)
        ranks.append(int(places[0]) + 1 if len(places) else 301)
        if len(places):
            products = found.products[int(places[0])]
            overlaps.append(overlap(locate(products, index.boxes_of(number), sizes), box))
        else:
            overlaps.append(0.0)
    return ranks, overlaps


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared)


def _share(ranks: Sequence[int], most: int) -> float:
    return sum(rank <= most for rank in ranks) / len(ranks)


def _tell_speed(
    details: DetailIndex, things: Sequence[Image.Image], extractor: FeatureExtractor
) -> None:
    """Time the search of as many pictures as the largest folder of the measurements has."""
    table = details.table
    rows = [row % len(table) for row in range(GALLERY)]
    large = CodeTable.of(
        [f"{number:032x}" for number in range(GALLERY)],
        [tuple(table.sizes[row].tolist()) for row in rows],
        [np.concatenate(table.regions_of(row)) for row in rows],
    )
    index = DetailIndex(large, details.compression)
    model, search = [], []
    for thing in things[:QUERIES]:
        start = time.perf_counter()
        query, _ = describe_query(thing, extractor, details.compression)
        model.append(time.perf_counter() - start)
        start = time.perf_counter()
        index.search(query, 30)
        search.append(time.perf_counter() - start)
    print(f" {GALLERY:,} pictures, median of {QUERIES} searches")
    tell("search beside the model", 1000 * statistics.median(search), "ms", limit=150)
    tell("the model, four sizes of the query", 1000 * statistics.median(model), "ms")


def _tell_rate(extractor: FeatureExtractor, rate: float) -> None:
    """Compare the rate of the details, if any were made, with that of the bare model."""
    image = Image.effect_noise((PICTURE_SIDE, PICTURE_SIDE), 60).convert("RGB")
    extractor.maps([image] * BATCH, PICTURE_SIDE)
    bare = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(ROUND_BATCHES):
            extractor.maps([image] * BATCH, PICTURE_SIDE)
        bare.append(ROUND_BATCHES * BATCH / (time.perf_counter() - start))
    print(f"\ndetails, {PICTURE_SIDE} pixels")
    tell("bare model", statistics.median(bare), "images/s")
    if rate:
        tell("index --detail", rate, "images/s")
        tell(
            "index --detail / bare model", rate / statistics.median(bare), "", limit=0.9, least=True
        )
