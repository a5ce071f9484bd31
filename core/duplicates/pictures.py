"""The local features of the pictures of a gallery, found once each."""

import pickle
import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import Executor

from ..errors import FeatureStoreError, ImageError
from ..feature_store import IndexSnapshot
from ..images import load_file
from .local_features import SIDE, LocalFeatures, local_features


class Pictures:
    """Local features by row, in a temporary file: memory would not hold those of a large gallery.

    The file vanishes with the process. Each picture takes some 45 kB.
    """

    def __init__(self, snapshot: IndexSnapshot, pool: Executor) -> None:
        self._snapshot = snapshot
        self._pool = pool
        self._file = tempfile.TemporaryFile(prefix="lookalike-")  # noqa: SIM115 - see ``close``
        # Offset and length; ``None`` of a picture that cannot be read.
        self._places: dict[int, tuple[int, int] | None] = {}
        self._lock = threading.Lock()

    def read(self, rows: Iterable[int]) -> None:
        """Find the local features of pictures that have none yet.

        Raises:
            FeatureStoreError: The temporary file cannot be written.
        """
        new = [row for row in dict.fromkeys(rows) if row not in self._places]
        try:
            for row, content in zip(new, self._pool.map(self._found, new), strict=True):
                end = self._file.seek(0, 2)
                self._file.write(content)
                self._places[row] = (end, len(content)) if content else None
            self._file.flush()
        except OSError as error:
            raise FeatureStoreError(
                f"Expected room for temporary files. Received: {tempfile.gettempdir()} "
                f"({error.strerror or error}). Free some space, or set TMPDIR to another folder."
            ) from error

    def of(self, row: int) -> LocalFeatures | None:
        """The local features of a row that was read; ``None`` if its file cannot be used."""
        place = self._places[row]
        if place is None:
            return None
        with self._lock:
            self._file.seek(place[0])
            content = self._file.read(place[1])
        features: LocalFeatures = pickle.loads(content)
        return features

    def unreadable(self) -> set[str]:
        """The ids of the images that were read, but whose file cannot be used."""
        return {self._snapshot.images[row].id for row, at in self._places.items() if at is None}

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()

    def _found(self, row: int) -> bytes:
        image = self._snapshot.images[row]
        try:
            _, loaded = load_file(
                self._snapshot.library / image.path,
                enough=SIDE,
                unless=lambda identity: identity != image.id,
            )
        except ImageError:
            return b""
        return pickle.dumps(local_features(loaded.pixels)) if loaded else b""
