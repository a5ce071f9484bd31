"""A provisional index by colours, made in seconds, to search while VGG16 describes the images."""

from dataclasses import replace
from pathlib import Path

from ..feature_store import FeaturesFolder, IndexSnapshot
from ..model import FIRST_LOOK_DESCRIPTOR, NONE, Chosen, FitChoice, PixelExtractor
from ..types import Progress, ProgressCallback, Stage
from .scanning import Scan
from .update import StoreUpdate
from .workers import LocalWorkers


def index_by_colours(
    folder: FeaturesFolder, library: Path, found: Scan, progress: ProgressCallback
) -> IndexSnapshot | None:
    """A provisional index of a scanned library, which belongs to no gallery.

    Nobody else may write to the folder meanwhile. The stage of the progress is ``LOOKING``.
    """
    extractor = PixelExtractor(FIRST_LOOK_DESCRIPTOR)
    store = folder.store_for(library, extractor.space)

    def report(step: Progress) -> None:
        progress(replace(step, stage=Stage.LOOKING))

    workers, chosen = LocalWorkers(extractor), Chosen(fit=FitChoice(NONE))
    StoreUpdate(store, found, workers, chosen=chosen, progress=report).run()
    snapshot = store.snapshot()
    return snapshot and replace(snapshot, provisional=True)
