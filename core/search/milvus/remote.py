"""The indexes of the galleries on the server that the settings name."""

from __future__ import annotations

from core.config import Settings
from core.feature_store import IndexSnapshot
from core.search.milvus.collections import Identity, check_kind
from core.search.milvus.connection import MilvusConnection, ServerAccess
from core.search.milvus.index import MilvusIndex
from core.search.milvus.info import RemoteInfo
from core.search.milvus.publishing import Difference, Published, difference, publish
from core.types import ProgressCallback


class RemoteIndexes:
    """The indexes on the server of the settings; false, and nothing happens, if these name none.

    Raises:
        ConfigurationError: The address of the server is not of the right form, or there is no such
            kind of index.
    """

    def __init__(self, settings: Settings) -> None:
        check_kind(settings.index_kind)
        self._kind = settings.index_kind
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

    def index(self, gallery: str, snapshot: IndexSnapshot) -> MilvusIndex:
        """The index to search, for queries of the space and the fit of a snapshot."""
        assert self._server, "expected settings that name a server"
        return MilvusIndex(self._server, gallery, Identity.of(snapshot.space, snapshot.fit))

    def publish(
        self,
        gallery: str,
        snapshot: IndexSnapshot,
        *,
        rebuild: bool = False,
        progress: ProgressCallback = lambda _: None,
    ) -> Published | None:
        """Bring the index of a gallery up to date; see ``publishing.publish``."""
        if self._server is None:
            return None
        return publish(
            self._server, gallery, snapshot, kind=self._kind, rebuild=rebuild, progress=progress
        )

    def difference(self, gallery: str, snapshot: IndexSnapshot) -> Difference | None:
        """How the index of a gallery differs from a snapshot, image by image."""
        return difference(self._server, gallery, snapshot) if self._server else None

    def info(self, gallery: str, snapshot: IndexSnapshot) -> RemoteInfo | None:
        """Describe the index of a gallery."""
        return self.index(gallery, snapshot).describe(snapshot.generation) if self else None
