"""An index by colours, made in seconds, to search while VGG16 describes the images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.feature_store import FeaturesFolder, IndexSnapshot
from core.indexing.scan import Scan
from core.indexing.update import update_store
from core.model import FIRST_LOOK_DESCRIPTOR, PixelExtractor
from core.types import Progress, ProgressCallback, Stage


def index_by_colours(
    folder: FeaturesFolder, library: Path, found: Scan, progress: ProgressCallback
) -> IndexSnapshot | None:
    """Index a library by its colours, without making a gallery of it.

    Args:
        folder: The features folder; nobody else writes to it meanwhile.
        library: Folder of images.
        found: What it holds.
        progress: Called after each step, with the stage ``LOOKING``.

    Returns:
        The provisional index.
    """
    extractor = PixelExtractor(FIRST_LOOK_DESCRIPTOR)
    store = folder.store_for(library, extractor.space)

    def step(now: Progress) -> None:
        progress(replace(now, stage=Stage.LOOKING))

    update_store(store, found, extractor, progress=step)
    snapshot = store.snapshot()
    return snapshot and replace(snapshot, provisional=True)
