"""The newest snapshot of each store, in memory."""

import threading

from .snapshot import IndexSnapshot
from .store import FeatureStore


class SnapshotCache:
    """The newest snapshot of each store, read anew only after a publication; thread-safe.

    For ``needs_rows`` see ``read_index``.
    """

    def __init__(self, *, needs_rows: bool = True) -> None:
        self._needs_rows = needs_rows
        self._lock = threading.Lock()
        self._known: dict[str, tuple[object, IndexSnapshot | None]] = {}

    def newest(self, store: FeatureStore) -> IndexSnapshot | None:
        """The published index of a store; ``None`` where there is none yet."""
        publication = store.publication_id()
        with self._lock:
            known, snapshot = self._known.get(store.folder.name, (None, None))
            if publication != known:
                snapshot = store.snapshot(needs_rows=self._needs_rows)
                self._known[store.folder.name] = (publication, snapshot)
            return snapshot
