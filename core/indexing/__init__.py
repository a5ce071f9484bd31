"""The Offline part of the paper: brings a store in line with its folder of images."""

from core.indexing.dask_workers import extraction_workers
from core.indexing.loading_ahead import IMAGES_AHEAD, batches_of, map_ahead
from core.indexing.provisional import index_by_colours
from core.indexing.scanning import Patterns, Scan, check_folder, scan
from core.indexing.update import StoreUpdate
from core.indexing.watch import LibraryWatch
from core.indexing.workers import LocalWorkers

__all__ = [
    "IMAGES_AHEAD",
    "LibraryWatch",
    "LocalWorkers",
    "Patterns",
    "Scan",
    "StoreUpdate",
    "batches_of",
    "check_folder",
    "extraction_workers",
    "index_by_colours",
    "map_ahead",
    "scan",
]
