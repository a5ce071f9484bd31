"""What learning from the folders of a gallery gains, by how many images each folder has.

The first table asks with images of the gallery that were held out of the learning (5-fold
cross-validation). The second asks with other pictures of the same kinds, in folders of the same
names, which the gallery does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.config import Settings
from core.engine import ImageSearchEngine
from core.evaluation import (
    MEASURES,
    Estimate,
    GroundTruth,
    Scorer,
    estimates,
    evaluate_held_out,
    ground_truth,
    rank,
)
from core.feature_store import IndexSnapshot, find_neighbours
from core.model import FITS, FOLDERS, NEIGHBOURS, FitChoice, learn_fit
from core.types import NEIGHBOURHOOD, RANKINGS, Array

IMAGES_A_FOLDER = (5, 10, 20, 50, None)
QUERIES = 500
SHOWN = ("mAP", "precision@1", "precision@30")


def measure_learning(
    library: Path,
    folder: Path,
    *,
    features: Path | None = None,
    within: str = "",
    queries: Path | None = None,
) -> None:
    """Print both tables.

    Args:
        library: Folder of images, one folder for each kind.
        folder: For what is written.
        features: A features folder with an index of it; by default one is made.
        within: The gallery is this folder of the library, with what is below it; by default all.
        queries: Folder of other pictures, for the second table.
    """
    engine = ImageSearchEngine(Settings(features=features or folder / "learning"))
    if features is None:
        engine.index(library)
    snapshot, read = engine.features()
    descriptor = snapshot.space.descriptor
    truth = ground_truth(snapshot)
    rows = [row for row, path in enumerate(truth.paths) if path.startswith(within)]
    truth = GroundTruth(
        *(tuple(part[row] for row in rows) for part in (truth.paths, truth.labels, truth.ids))
    )
    raw = read[descriptor][rows]
    kinds = len(set(truth.labels))
    print(f"\nlearning from {kinds} folders of {len(rows):,} images; {snapshot.space}")
    print(f"  {'':24} {'  '.join(SHOWN)}")
    _held_out(raw, truth)
    if queries:
        _new_pictures(engine, snapshot, raw, truth, queries, folder / "learning-queries")


def _held_out(raw: Array, truth: GroundTruth) -> None:
    before = evaluate_held_out(raw, truth, FitChoice.of(NEIGHBOURS), sample=QUERIES)
    print(f" asked with {before.queries} images that were held out")
    _show(NEIGHBOURS, before.measures)
    for images in IMAGES_A_FOLDER:
        choice = FitChoice.of(FOLDERS)
        found = evaluate_held_out(raw, truth, choice, images_a_label=images, sample=QUERIES)
        gain = found.gain_over(before)
        taught = f"{images} images each" if images else "all images"
        _show(
            f"{FOLDERS}, {taught}",
            found.measures,
            f"mAP {gain.mean:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})",
        )


def _new_pictures(
    engine: ImageSearchEngine,
    snapshot: IndexSnapshot,
    raw: Array,
    truth: GroundTruth,
    queries: Path,
    folder: Path,
) -> None:
    space = snapshot.space
    other = ImageSearchEngine(
        replace(
            engine.settings,
            features=folder,
            weights=space.weights,
            descriptor=space.descriptor,
            size=space.input_size,
        )
    )
    other.index(queries)
    new, read = other.features()
    asked = np.array([_kind(label) for label in ground_truth(new).labels])
    relevant = asked[:, None] == np.array([_kind(label) for label in truth.labels])
    print(f" asked with {len(asked)} other pictures")
    for choice in map(FitChoice.of, FITS):
        fit = learn_fit(raw, choice, truth.labels)
        matrix, fitted = fit.apply(raw), fit.apply(read[space.descriptor])
        for ranking in RANKINGS:
            near = find_neighbours(matrix) if ranking == NEIGHBOURHOOD else None
            scores = Scorer(matrix, near).scores(fitted)
            ranked, _ = rank(scores, relevant=relevant, ignored=np.zeros_like(relevant))
            values = np.stack([measure(ranked) for measure in MEASURES.values()], axis=1)
            found = dict(zip(MEASURES, estimates(values), strict=True))
            _show(f"{choice}, {ranking}", found)


def _kind(label: str | None) -> str:
    """The name of the folder, wherever it is."""
    return (label or "").rpartition("/")[2]


def _show(name: str, measures: Mapping[str, Estimate], more: str = "") -> None:
    numbers = "  ".join(f"{measures[one].mean:{len(one)}.3f}" for one in SHOWN)
    print(f"  {name:24} {numbers}  {more}".rstrip())
