"""Write the features of a gallery for other programs."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..datasets import FOLDERS, labels_of, teaching
from ..explore import GalleryMap
from ..feature_store import IndexSnapshot
from ..types import Array, Progress, ProgressCallback, Stage
from .folder import Write, check_place, replace_export
from .image_table import write_images
from .projector import (
    CONFIG,
    METADATA,
    SPRITE,
    VECTORS,
    write_config,
    write_metadata,
    write_sprite,
    write_vectors,
)
from .recipe import has_map, recipe
from .small_pictures import SmallPictures

FITTED, EXTRACTED, IMAGES, FIT, MODEL = (
    *("features.npy", "features-extracted.npy", "images.parquet", "fit.npz", "model.json"),
)
FORMAT = "lookalike-export"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Export:
    """What was written.

    Attributes:
        folder: The folder that was given.
        files: Paths in it.
        images: Number of rows.
    """

    folder: Path
    files: tuple[Path, ...]
    images: int


def export(
    folder: Path,
    snapshot: IndexSnapshot,
    extracted: Array,
    gallery_map: GalleryMap | None,
    *,
    gallery: str,
    features: Path,
    libraries: Iterable[Path],
    projector: bool = False,
    thumbnails: bool = False,
    progress: ProgressCallback = lambda _: None,
) -> Export:
    """Write the features of an index, its images and its recipe into a folder.

    The files of an earlier export there are replaced. The kinds of the images are the labels of
    the gallery, else the folders.

    Args:
        folder: Made where there is none.
        snapshot: Its rows must be on this machine.
        extracted: ``(n, d)`` float32, the features as extracted.
        gallery_map: The map, if one was drawn.
        gallery: Its name.
        features: The features folder, which keeps thumbnails.
        libraries: The folders of all galleries.
        projector: Whether to add the files of TensorBoard's projector.
        thumbnails: Whether the table has a JPEG of each image.
        progress: Called for each thumbnail and tile.

    Raises:
        ConfigurationError: The folder is in a library or in the features folder, it has a file
            that no export wrote, or cannot be written.
    """
    check_place(folder, [*libraries, features])
    paths = tuple(snapshot.images.paths)
    kinds = teaching(labels_of(paths, snapshot.chosen.labels or FOLDERS))
    rows, small = snapshot.matrix, SmallPictures(snapshot, features)

    def step(done: int, total: int) -> None:
        progress(Progress(Stage.EXPORTING, done, total))

    files: dict[str, Write] = {
        FITTED: partial(np.save, arr=np.asarray(rows), allow_pickle=False),
        EXTRACTED: partial(np.save, arr=np.asarray(extracted), allow_pickle=False),
        IMAGES: lambda file: write_images(
            file,
            snapshot,
            gallery_map,
            kinds,
            thumbnail=small.jpeg if thumbnails else None,
            progress=step,
        ),
    }
    if has_map(snapshot.fit):
        files[FIT] = partial(_write_fit, snapshot)
    if projector:
        files |= _projector(snapshot, gallery_map, kinds, small, step)
    files[MODEL] = partial(_write_model, snapshot, gallery, [*files])
    replace_export(folder, files)
    return Export(folder, tuple(folder / name for name in files), len(snapshot.images))


def _projector(
    snapshot: IndexSnapshot,
    gallery_map: GalleryMap | None,
    kinds: Sequence[str | None],
    small: SmallPictures,
    step: Callable[[int, int], None],
) -> dict[str, Write]:
    ids = [one.decode() for one in snapshot.images.ids.tolist()]
    return {
        VECTORS: lambda file: write_vectors(file, snapshot.matrix),
        METADATA: lambda file: write_metadata(file, snapshot, gallery_map, kinds),
        SPRITE: lambda file: write_sprite(file, ids, small.picture, progress=step),
        CONFIG: lambda file: write_config(file, len(ids)),
    }


def _write_fit(snapshot: IndexSnapshot, file: BinaryIO) -> None:
    fit = snapshot.fit
    arrays = {"mean": fit.mean} | ({} if fit.axes is None else {"axes": fit.axes})
    np.savez(file, allow_pickle=False, **arrays)


def _write_model(
    snapshot: IndexSnapshot, gallery: str, others: Sequence[str], file: BinaryIO
) -> None:
    rows, columns = snapshot.matrix.shape
    about = {
        FITTED: f"({rows}, {columns}) float32: the features as searches compare them, fitted",
        EXTRACTED: f"({rows}, {snapshot.space.dimension}) float32: the features as extracted",
        IMAGES: "the images in the order of the rows; ids of neighbours are row numbers from 0",
        FIT: "arrays of the fit, float32",
    }
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "gallery": gallery,
        "library": str(snapshot.library),
        "generation": snapshot.generation,
        "published_at": snapshot.published_at,
        "images": rows,
        "files": {name: about[name] for name in others if name in about},
        **recipe(snapshot),
    }
    file.write(json.dumps(content, indent=2).encode())
