"""Notice that files of a library come, go and change."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from watchdog.events import DirCreatedEvent as FolderCreated
from watchdog.events import DirDeletedEvent as FolderDeleted
from watchdog.events import DirMovedEvent as FolderMoved
from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from core.errors import LibraryError

# A copy of many files is one change: it counts once nothing has happened for this long.
QUIET_SECONDS = 1.0
_CHANGES = (
    *(FileCreatedEvent, FileClosedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent),
    *(FolderCreated, FolderDeleted, FolderMoved),
)


class LibraryWatch:
    """Watches a folder of images and its subfolders; a context manager.

    Args:
        library: The folder.
        leave_out: A folder whose changes do not count.

    Raises:
        LibraryError: On entering, the folder cannot be watched.
    """

    def __init__(self, library: Path, *, leave_out: Path) -> None:
        self._library = library
        self._leave_out = leave_out.resolve()
        self._events: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._observer = Observer()

    def __enter__(self) -> LibraryWatch:
        handler = _Handler(self._events, self._leave_out)
        try:
            self._observer.schedule(handler, str(self._library), recursive=True)
            self._observer.start()
        except OSError as error:
            raise LibraryError(
                f"The folder of images cannot be watched: expected a folder that can be read. "
                f"Received: {self._library} ({error.strerror or error})."
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop watching; ``changes`` ends."""
        self._observer.stop()
        self._events.put(False)

    def changes(self) -> Iterator[None]:
        """Wait for changes: yields each time the library has changed and is quiet again."""
        while self._events.get():
            try:
                while self._events.get(timeout=QUIET_SECONDS):
                    continue
                return
            except queue.Empty:
                yield


class _Handler(FileSystemEventHandler):
    def __init__(self, events: queue.SimpleQueue[bool], leave_out: Path) -> None:
        self._events = events
        self._leave_out = leave_out

    def on_any_event(self, event: FileSystemEvent) -> None:
        path = Path(str(event.src_path))
        if isinstance(event, _CHANGES) and not path.resolve().is_relative_to(self._leave_out):
            self._events.put(True)
