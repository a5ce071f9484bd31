"""The queue of the searches: one at a time, a few waiting, none for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import QueueFullError

# Twenty people who drop a picture at the same moment are all answered.
WAITING = 24
SECONDS = 20.0


class SearchQueue:
    """Lets threads search one after the other.

    Args:
        waiting: How many may wait beside the one that searches.
        seconds: How long each waits at most.
    """

    def __init__(self, *, waiting: int = WAITING, seconds: float = SECONDS) -> None:
        self._places = threading.BoundedSemaphore(waiting + 1)
        self._searching = threading.Lock()
        self._seconds = seconds

    @contextmanager
    def place(self) -> Iterator[None]:
        """Wait until nobody else searches, and keep it so until the end of the block.

        Raises:
            QueueFullError: Too many wait already, or it took too long.
        """
        if not self._places.acquire(blocking=False):
            raise _busy()
        try:
            if not self._searching.acquire(timeout=self._seconds):
                raise _busy()
            try:
                yield
            finally:
                self._searching.release()
        finally:
            self._places.release()


def _busy() -> QueueFullError:
    return QueueFullError(
        "Busy: expected a free place in the queue of searches. Received: more searches than can "
        "be answered soon. Try again in a moment."
    )
