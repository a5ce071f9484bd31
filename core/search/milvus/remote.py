"""The indexes of the galleries on the server that the settings name."""

from __future__ import annotations

from core.config import Settings
from core.feature_store import FeaturesFolder, IndexSnapshot
from core.search.milvus.collections import Identity, check_kind
from core.search.milvus.connection import MilvusConnection, ServerAccess
from core.search.milvus.index import MilvusIndex
from core.search.milvus.info import RemoteInfo
from core.search.milvus.publishing import Difference, Published, difference, publish
from core.types import ProgressCallback


class RemoteIndexes:
    """The indexes on the server of the settings; false, and nothing happens, if these name none.

    Args:
        settings: Address, token and kind of the index.
        folder: Has the names of the galleries.

    Raises:
        ConfigurationError: The address of the server is not of the right form, or there is no such
            kind of index.
    """

    def __init__(self, settings: Settings, folder: FeaturesFolder) -> None:
        check_kind(settings.index_kind)
        self._kind = settings.index_kind
        self._folder = folder
        self._server = None
        if settings.index_url:
            access = ServerAccess(settings.index_url, settings.index_token)
            self._server = MilvusConnection(access)

    def __bool__(self) -> bool:
        return self._server is not None

    def check(self) -> None:
        """Raise ``IndexServerError`` where the server does not answer, before long work for it."""
        if self._server:
            self._server.ask("get_server_version")

    def index(self, snapshot: IndexSnapshot) -> MilvusIndex:
        """The index of the gallery of a snapshot, for queries of its space and its fit."""
        assert self._server, "expected settings that name a server"
        identity = Identity.of(snapshot.space, snapshot.fit)
        return MilvusIndex(self._server, self._gallery(snapshot), identity)

    def publish(
        self,
        snapshot: IndexSnapshot,
        *,
        rebuild: bool = False,
        progress: ProgressCallback = lambda _: None,
    ) -> Published | None:
        """Bring the index of the gallery up to date; see ``publishing.publish``."""
        if self._server is None:
            return None
        name, kind = self._gallery(snapshot), self._kind
        return publish(self._server, name, snapshot, kind=kind, rebuild=rebuild, progress=progress)

    def difference(self, snapshot: IndexSnapshot) -> Difference | None:
        """How the index of the gallery differs from a snapshot, image by image."""
        return difference(self._server, self._gallery(snapshot), snapshot) if self._server else None

    def info(self, snapshot: IndexSnapshot) -> RemoteInfo | None:
        """Describe the index of the gallery."""
        return self.index(snapshot).describe(snapshot.generation) if self else None

    def _gallery(self, snapshot: IndexSnapshot) -> str:
        return self._folder.gallery_of(snapshot.library, snapshot.space)
