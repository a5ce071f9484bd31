"""The features and records of the images of each gallery, on the disk.

A store holds one array an image, a catalog, and the published index, whose snapshot is searched.
The features folder holds the stores of all galleries and lets one run write at a time.
"""

from .catalog import Catalog
from .distances import Distances
from .galleries import FeaturesFolder
from .image_table import ImageTable
from .info import IndexInfo, index_info
from .library_files import library_file, library_files
from .neighbours import NEIGHBOURS, Neighbours, find_neighbours
from .neighbours import weights_of as neighbour_weights
from .publication import LARGE, IndexMaker, keeps_fit, publish
from .reading import read_features
from .repair import delete_damaged, find_damage
from .snapshot import IndexSnapshot
from .snapshot_cache import SnapshotCache
from .store import FeatureStore

__all__ = [
    "LARGE",
    "NEIGHBOURS",
    "Catalog",
    "Distances",
    "FeatureStore",
    "FeaturesFolder",
    "ImageTable",
    "IndexInfo",
    "IndexMaker",
    "IndexSnapshot",
    "Neighbours",
    "SnapshotCache",
    "delete_damaged",
    "find_damage",
    "find_neighbours",
    "index_info",
    "keeps_fit",
    "library_file",
    "library_files",
    "neighbour_weights",
    "publish",
    "read_features",
]
