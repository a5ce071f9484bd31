"""The features folder: one array an image, the catalog, the stacked matrix."""

from core.feature_store.catalog import Catalog
from core.feature_store.check import check, mend
from core.feature_store.folder import FeaturesFolder
from core.feature_store.snapshot import IndexSnapshot
from core.feature_store.store import FeatureStore

__all__ = ["Catalog", "FeatureStore", "FeaturesFolder", "IndexSnapshot", "check", "mend"]
