"""The queue of searches: one runs, a few wait, the others are refused at once."""

from __future__ import annotations

import threading

import pytest

from core.errors import LookalikeError, QueueFullError
from core.jobs import SearchQueue

SECONDS = 60


class Person(threading.Thread):
    """Waits for a place in the queue and keeps it until ``may_go`` is set."""

    def __init__(self, queue: SearchQueue) -> None:
        super().__init__(daemon=True)
        self._queue = queue
        self.has_it = threading.Event()
        self.ended = threading.Event()
        self.may_go = threading.Event()
        self.error: LookalikeError | None = None
        self.start()

    def run(self) -> None:
        try:
            with self._queue.place():
                self.has_it.set()
                assert self.may_go.wait(SECONDS)
        except LookalikeError as error:
            self.error = error
        finally:
            self.ended.set()


def test_one_at_a_time_and_each_gets_a_place() -> None:
    queue, inside, most = SearchQueue(waiting=20, seconds=SECONDS), 0, 0
    everybody_is_here = threading.Barrier(20)

    def want() -> None:
        nonlocal inside, most
        everybody_is_here.wait(SECONDS)
        for _ in range(20):
            with queue.place():
                inside += 1
                most = max(most, inside)
                inside -= 1
                done.append(1)

    done: list[int] = []
    people = [threading.Thread(target=want, daemon=True) for _ in range(20)]
    for person in people:
        person.start()
    for person in people:
        person.join(SECONDS)
    assert (len(done), most) == (400, 1)


def test_a_full_queue_refuses_at_once_in_one_line() -> None:
    queue = SearchQueue(waiting=0, seconds=SECONDS)
    first = Person(queue)
    assert first.has_it.wait(SECONDS)
    with pytest.raises(QueueFullError, match="Try again") as caught, queue.place():
        pass
    assert "\n" not in str(caught.value)
    first.may_go.set()
    assert first.ended.wait(SECONDS)
    with queue.place():
        pass


def test_a_wait_ends_and_its_place_is_free_again() -> None:
    queue = SearchQueue(waiting=1, seconds=0.01)
    first = Person(queue)
    assert first.has_it.wait(SECONDS)
    second = Person(queue)
    assert second.ended.wait(SECONDS)
    assert isinstance(second.error, QueueFullError)
    first.may_go.set()
    assert first.ended.wait(SECONDS)
    with queue.place():
        pass


def test_a_failed_search_frees_its_place() -> None:
    queue = SearchQueue(waiting=0)
    with pytest.raises(ZeroDivisionError), queue.place():
        _ = 1 / 0
    with queue.place():
        pass
