"""Turns: one at a time, a few waiting, none for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import QueueFullError

# Twenty people who drop a picture at the same moment are all answered.
WAITING = 24
SECONDS = 20.0


class Turns:
    """Lets threads do something one after the other.

    Args:
        waiting: How many may wait beside the one whose turn it is.
        seconds: How long each waits at most.
    """

    def __init__(self, *, waiting: int = WAITING, seconds: float = SECONDS) -> None:
        self._places = threading.BoundedSemaphore(waiting + 1)
        self._turn = threading.Lock()
        self._seconds = seconds

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, have it, and give it to the next at the end.

        Raises:
            QueueFullError: Too many wait already, or it took too long.
        """
        if not self._places.acquire(blocking=False):
            raise _busy()
        try:
            if not self._turn.acquire(timeout=self._seconds):
                raise _busy()
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._places.release()


def _busy() -> QueueFullError:
    return QueueFullError(
        "Busy: expected a free place in the queue of searches. Received: more searches than can "
        "be answered soon. Try again in a moment."
    )
