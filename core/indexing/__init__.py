"""The Offline part of the paper.

In go a folder of images and a feature extractor; out comes an updated store with a published index.
"""

from core.indexing.first_look import index_by_colours
from core.indexing.scan import Patterns, Scan, scan
from core.indexing.update import update_store
from core.indexing.watch import LibraryWatch

__all__ = [
    "LibraryWatch",
    "Patterns",
    "Scan",
    "index_by_colours",
    "scan",
    "update_store",
]
