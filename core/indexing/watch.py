"""Notice that files of a library are added, changed, moved and deleted."""

import os
import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from ..errors import LibraryError

# A copy of many files is one change: it is reported when nothing has happened for this long,
QUIET_SECONDS = 1.0
# or, in a folder that never rests, when this long has passed since the first of its files.
LONGEST_SECONDS = 30.0
# A Ctrl-C that comes in the moment before a wait is noticed only after it.
_WAIT_SECONDS = 1.0
_CHANGES = ("created", "closed", "deleted", "modified", "moved")


class LibraryWatch:
    """Watches a folder of images and its subfolders; a context manager.

    Changes of the folder ``leave_out`` are ignored. Changes are reported when there was none for
    ``quiet_seconds``; those that go on, after ``longest_seconds``.

    Raises:
        LibraryError: On entering, the folder cannot be watched.
    """

    def __init__(
        self,
        library: Path,
        *,
        leave_out: Path,
        quiet_seconds: float = QUIET_SECONDS,
        longest_seconds: float = LONGEST_SECONDS,
    ) -> None:
        self._library = library
        self._leave_out = os.path.realpath(leave_out)
        self._quiet_seconds = quiet_seconds
        self._longest_seconds = longest_seconds
        self._events: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._observer = Observer()

    def __enter__(self) -> Self:
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

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop watching; ``changes`` ends."""
        self._observer.stop()
        self._events.put(False)

    def changes(self) -> Iterator[None]:
        """Yield when the library has changed and is quiet again, or has changed for long."""
        while self._next():
            latest = time.monotonic() + self._longest_seconds
            try:
                while (left := latest - time.monotonic()) > 0:
                    if not self._events.get(timeout=min(self._quiet_seconds, left)):
                        return
            except queue.Empty:
                pass
            yield

    def _next(self) -> bool:
        """Whether there is a change; false once the watch was closed."""
        while True:
            try:
                return self._events.get(timeout=_WAIT_SECONDS)
            except queue.Empty:
                continue


class _Handler(FileSystemEventHandler):
    def __init__(self, events: queue.SimpleQueue[bool], leave_out: str) -> None:
        self._events = events
        self._leave_out = leave_out

    def on_any_event(self, event: FileSystemEvent) -> None:
        # A folder is modified by what happens in it, which has an event of its own.
        kind = event.event_type
        if kind not in _CHANGES or (event.is_directory and kind == "modified"):
            return
        # Path.resolve raises for a link to itself, which would end the watching.
        path = Path(os.path.realpath(os.fsdecode(event.src_path)))
        if not path.is_relative_to(self._leave_out):
            self._events.put(True)
