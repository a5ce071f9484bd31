"""The Offline part of the paper: brings a store in line with its folder of images."""

from .dask_workers import extraction_workers
from .loading_ahead import batches_ahead
from .provisional import index_by_colours
from .scanning import Patterns, Scan, check_folder, scan
from .update import StoreUpdate
from .watch import LibraryWatch
from .workers import LocalWorkers

__all__ = [
    "LibraryWatch",
    "LocalWorkers",
    "Patterns",
    "Scan",
    "StoreUpdate",
    "batches_ahead",
    "check_folder",
    "extraction_workers",
    "index_by_colours",
    "scan",
]
