"""Queue of searches: one runs, a few wait for a limited time, others are refused."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import QueueFullError

# Enough for twenty people who search at the same moment.
WAITING = 24
SECONDS = 20.0


class SearchQueue:
    """Lets threads search one after the other.

    Args:
        waiting: Number of threads that may wait.
        seconds: Longest time that a thread waits.
    """

    def __init__(self, *, waiting: int = WAITING, seconds: float = SECONDS) -> None:
        self._places = threading.BoundedSemaphore(waiting + 1)
        self._searching = threading.Lock()
        self._seconds = seconds

    @contextmanager
    def place(self) -> Iterator[None]:
        """Wait for the other searches; while the block runs no other search does.

        Raises:
            QueueFullError: Too many threads wait, or the wait took too long.
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
