"""The Offline part of the paper: brings a store in line with its folder of images."""

from .dask_workers import extraction_workers
from .loading_ahead import IMAGES_AHEAD, batches_of, map_ahead
from .provisional import index_by_colours
from .scanning import Patterns, Scan, check_folder, scan
from .update import StoreUpdate
from .watch import LibraryWatch
from .workers import LocalWorkers

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
