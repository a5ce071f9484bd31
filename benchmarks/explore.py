"""The map of a gallery, its groups, new pictures on it, and searches while it is drawn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from sklearn.metrics import adjusted_mutual_info_score

from benchmarks.limits import tell
from benchmarks.serving import Demo
from core.engine import ImageSearchEngine
from core.explore import GalleryMap, draw_map, gallery_map, misfiled
from core.feature_store import ImageTable, IndexSnapshot, Neighbours
from core.images import load_image
from core.jobs import Jobs
from core.types import ImageRecord

_NEAREST = 10
_NEW = 200
_PLANTED = 50
_SEARCHES = 40


def measure_explore(demo: Demo, folder: Path) -> None:
    """Print the time of a map and how well it keeps folders together.

    Args:
        demo: An index of pictures that are sorted into folders.
        folder: For maps of parts of the gallery.
    """
    snapshot, engine = demo.snapshot, demo.engine
    folders = _folders(snapshot)
    print(f"\nexplore: the map of {len(snapshot.images):,} pictures in {len(set(folders))} folders")
    alone = _search_ms(engine, snapshot, lambda: False)
    job, started = Jobs(engine).maps, time.perf_counter()
    job.draw(None)
    beside = _search_ms(engine, snapshot, lambda: not job.running)
    job.wait()
    tell("drawn, with searches beside it", time.perf_counter() - started, "s", limit=90)
    print(f"  a search: {alone:.0f} ms alone, {beside:.0f} ms beside the drawing (medians)")
    found = gallery_map(snapshot)
    assert found is not None
    _tell_quality(found, folders)
    _tell_new(snapshot, folders, folder)
    _tell_misfiled(snapshot)


def _tell_quality(found: GalleryMap, folders: NDArray[np.str_]) -> None:
    every = np.arange(len(folders))
    share = _share(found, folders, every)
    print(f"  {share:.3f} of the {_NEAREST} nearest on the map are of the same folder (asked: .78)")
    grouped = found.group_of >= 0
    agreement = adjusted_mutual_info_score(folders, found.group_of)
    within = adjusted_mutual_info_score(folders[grouped], found.group_of[grouped])
    print(
        f"  {len(found.groups)} groups with {grouped.mean():.0%} of the pictures; adjusted mutual "
        f"information with the folders {agreement:.3f}, of the grouped pictures {within:.3f}"
    )


def _tell_new(snapshot: IndexSnapshot, folders: NDArray[np.str_], folder: Path) -> None:
    new = np.random.default_rng(0).choice(len(folders), _NEW, replace=False)
    old = np.setdiff1d(np.arange(len(folders)), new)
    store = folder / "store"
    store.mkdir()
    draw_map(
        replace(
            snapshot,
            folder=store,
            images=ImageTable.of([snapshot.images[row] for row in old.tolist()]),
            rows=np.asarray(snapshot.matrix)[old],
        )
    )
    started = time.perf_counter()
    found = gallery_map(replace(snapshot, folder=store, generation=snapshot.generation + 1))
    assert found is not None
    tell(f"{_NEW} new pictures placed", time.perf_counter() - started, "s", limit=10)
    print(
        f"  of the nearest to them on the map {_share(found, folders, new):.3f} are of the same "
        f"folder, of those to the others {_share(found, folders, old):.3f}"
    )


def _tell_misfiled(snapshot: IndexSnapshot) -> None:
    """Move pictures into other folders, and look whether they are found."""
    rng = np.random.default_rng(0)
    records, folders = list(snapshot.images), _folders(snapshot).tolist()
    known = sorted(set(folders))
    before = len(misfiled(snapshot))
    right: dict[str, str] = {}
    for row in rng.choice(len(records), _PLANTED, replace=False).tolist():
        other = rng.choice([one for one in known if one != folders[row]])
        records[row] = replace(records[row], path=f"{other}/moved-{row}.jpg")
        right[records[row].path] = folders[row]
    found = misfiled(_in_order(snapshot, records))
    paths = sorted(record.path for record in records)
    hits = [paths[one.row] in right for one in found]
    fitting = sum(right.get(paths[one.row]) == one.fits for one in found)
    print(
        f"  {_PLANTED} pictures moved into other folders: {sum(hits)} found, {fitting} with their "
        f"folder; {sum(hits[:30])} of the first 30 that are listed, {len(found)} in all, {before} "
        "before the moves"
    )


def _in_order(snapshot: IndexSnapshot, records: list[ImageRecord]) -> IndexSnapshot:
    """The index with other paths, its rows in their order."""
    order = np.array(sorted(range(len(records)), key=lambda row: records[row].path))
    place = np.argsort(order).astype(np.int32)
    old = snapshot.neighbours
    assert old is not None
    return replace(
        snapshot,
        images=ImageTable.of([records[row] for row in order.tolist()]),
        rows=np.asarray(snapshot.matrix)[order],
        neighbours=Neighbours(place[old.rows[order]], old.similarities[order], old.lengths[order]),
    )


def _search_ms(
    engine: ImageSearchEngine, snapshot: IndexSnapshot, ended: Callable[[], bool]
) -> float:
    """Median of searches with pictures of the gallery."""
    rows = np.random.default_rng(0).choice(len(snapshot.images), _SEARCHES, replace=False)
    pictures = [load_image(snapshot.library / snapshot.images[row].path).pixels for row in rows]
    engine.search(pictures[0], snapshot=snapshot)
    times = []
    for picture in pictures:
        if ended():
            break
        started = time.perf_counter()
        engine.search(picture, snapshot=snapshot)
        times.append(time.perf_counter() - started)
        # A person looks at the answer.
        time.sleep(0.2)
    return 1000 * statistics.median(times)


def _share(found: GalleryMap, folders: NDArray[np.str_], rows: NDArray[np.int64]) -> float:
    """The share of the nearest on the map that are of the same folder."""
    _, nearest = cKDTree(found.positions).query(found.positions[rows], k=_NEAREST + 1)
    others = [near[near != row][:_NEAREST] for row, near in zip(rows, nearest, strict=True)]
    return float(
        np.mean([folders[near] == folders[row] for row, near in zip(rows, others, strict=True)])
    )


def _folders(snapshot: IndexSnapshot) -> NDArray[np.str_]:
    return np.array([path.rpartition("/")[0] for path in snapshot.images.paths])
