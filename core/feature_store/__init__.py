"""The features and records of the images of each gallery, on the disk.

A store holds one array an image, a catalog, and the published index, whose snapshot is searched.
The features folder holds the stores of all galleries and lets one run write at a time.
"""

from core.feature_store.catalog import Catalog
from core.feature_store.distances import Distances
from core.feature_store.galleries import FeaturesFolder
from core.feature_store.image_table import ImageTable
from core.feature_store.info import IndexInfo, index_info
from core.feature_store.library_files import library_file, library_files
from core.feature_store.neighbours import NEIGHBOURS, Neighbours, find_neighbours
from core.feature_store.neighbours import weights_of as neighbour_weights
from core.feature_store.publication import LARGE, IndexMaker, keeps_fit, publish
from core.feature_store.reading import read_features
from core.feature_store.repair import delete_damaged, find_damage
from core.feature_store.snapshot import IndexSnapshot
from core.feature_store.snapshot_cache import SnapshotCache
from core.feature_store.store import FeatureStore

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
