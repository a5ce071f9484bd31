"""The Offline part of the paper.

In go a folder of images and a feature extractor; out comes an updated store with a published index.
"""

from core.indexing.scan import Patterns, Scan, scan
from core.indexing.update import update_store
from core.indexing.watch import LibraryWatch

__all__ = [
    "LibraryWatch",
    "Patterns",
    "Scan",
    "scan",
    "update_store",
]
