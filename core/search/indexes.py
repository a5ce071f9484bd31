"""The search indexes of the galleries: made, kept, and chosen for a search."""

from __future__ import annotations

from core.config import Settings
from core.feature_store import FeaturesFolder, IndexSnapshot
from core.search.approximate import ApproximateIndexes
from core.search.index import SearchIndex
from core.search.local import LocalIndexes
from core.search.milvus import RemoteIndexes


class SearchIndexes:
    """The indexes of the galleries on this machine, and on the server of the settings.

    Args:
        settings: What the user set.
        folder: Of the galleries.

    Attributes:
        remote: Those on the server; false if the settings name none.
    """

    def __init__(self, settings: Settings, folder: FeaturesFolder) -> None:
        self._kind = settings.index
        self._local = LocalIndexes()
        self.remote = RemoteIndexes(settings, folder)

    @property
    def maker(self) -> ApproximateIndexes:
        """Makes the approximate indexes on this machine."""
        return ApproximateIndexes(self._kind)

    def of(self, snapshot: IndexSnapshot, *, exact: bool = False) -> SearchIndex:
        """The index to search with: of the server, if there is one, unless ``exact``."""
        if self.remote and not exact and not snapshot.provisional:
            return self.remote.index(snapshot)
        return self._local.of(snapshot, exact=exact)
