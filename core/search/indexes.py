"""The search indexes of the galleries, on this machine and on the server of the settings."""

import threading
from pathlib import Path

from ..config import Settings
from ..errors import ConfigurationError
from ..feature_store import LARGE, FeaturesFolder, IndexSnapshot
from ..types import FeatureSpace, ProgressCallback
from .approximate import ApproximateIndex
from .index import SearchIndex
from .inverted_lists import faiss, installed
from .local import LocalIndex
from .milvus.collections import RemoteInfo, check_kind
from .milvus.connection import MilvusConnection, ServerAccess
from .milvus.index import MilvusIndex
from .milvus.publishing import Difference, difference, publish

AUTO, EXACT, APPROXIMATE = INDEXES = ("auto", "exact", "approximate")


class SearchIndexes:
    """Gives the index of a snapshot, makes the approximate ones, and brings the server up to date.

    The ``IndexMaker`` of publications. Safe to share between threads.

    Args:
        settings: The kind of the indexes, on this machine one of ``INDEXES``: an approximate one
            always, never, or from ``LARGE`` images on where FAISS is installed; and the server.
        folder: Has the names of the galleries.

    Raises:
        ConfigurationError: There is no such kind, or the address of the server has another form.
    """

    def __init__(self, settings: Settings, folder: FeaturesFolder) -> None:
        if settings.index not in INDEXES:
            raise ConfigurationError(
                f"Expected an index of the kind {', '.join(INDEXES)}. "
                f"Received: index={settings.index!r}"
            )
        check_kind(settings.index_kind)
        self._settings = settings
        self._folder = folder
        self._server = None
        if settings.index_url:
            access = ServerAccess(settings.index_url, settings.index_token)
            self._server = MilvusConnection(access)
        self._lock = threading.Lock()
        # Of the newest snapshot of each gallery.
        self._local: dict[tuple[Path, FeatureSpace], LocalIndex] = {}

    def of(self, snapshot: IndexSnapshot, *, exact: bool = False) -> SearchIndex:
        """The index of a snapshot: on the server, if there is one, unless ``exact``."""
        if self._server and not exact and not snapshot.provisional:
            return MilvusIndex(self._server, self._gallery(snapshot), snapshot)
        key = snapshot.library, snapshot.space
        with self._lock:
            index = self._local.get(key)
            if index is None or index.snapshot is not snapshot:
                index = self._local[key] = LocalIndex(snapshot)
            return index

    def check(self) -> None:
        """Raise where the index that the settings name cannot be made, before long work for it.

        Raises:
            ConfigurationError: FAISS is always needed and not installed.
            IndexServerError: The server does not answer.
        """
        if self._settings.index == APPROXIMATE:
            faiss()
        if self._server:
            self._server.ask("get_server_version")

    def wanted(self, images: int) -> bool:
        """Whether a gallery of so many images gets an approximate index."""
        kind = self._settings.index
        return kind == APPROXIMATE or (kind == AUTO and images >= LARGE and installed())

    make = staticmethod(ApproximateIndex.of)
    problem = staticmethod(ApproximateIndex.problem)

    @property
    def remote(self) -> bool:
        """Whether there is a server."""
        return self._server is not None

    def publish(
        self,
        snapshot: IndexSnapshot,
        *,
        rebuild: bool = False,
        progress: ProgressCallback = lambda _: None,
    ) -> None:
        """Bring the index on the server, if there is one, up to date; see ``publish``."""
        if self._server:
            gallery, kind = self._gallery(snapshot), self._settings.index_kind
            publish(self._server, gallery, snapshot, kind=kind, rebuild=rebuild, progress=progress)

    def difference(self, snapshot: IndexSnapshot) -> Difference | None:
        """How the index on the server differs, image by image; ``None`` without a server."""
        return difference(self._server, self._gallery(snapshot), snapshot) if self._server else None

    def describe(self, snapshot: IndexSnapshot) -> RemoteInfo | None:
        """Describe the index on the server; ``None`` without a server."""
        if self._server is None:
            return None
        return MilvusIndex(self._server, self._gallery(snapshot), snapshot).describe()

    def _gallery(self, snapshot: IndexSnapshot) -> str:
        return self._folder.gallery_of(snapshot.library, snapshot.space)
