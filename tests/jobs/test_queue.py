"""The queue of searches: one at a time, a few waiting, the others told at once."""

from __future__ import annotations

import threading

import pytest

from core.errors import LookalikeError, QueueFullError
from core.jobs import Turns

SECONDS = 60


class Person(threading.Thread):
    """Wants a turn, and keeps it until it is told to go."""

    def __init__(self, turns: Turns) -> None:
        super().__init__(daemon=True)
        self._turns = turns
        self.has_it = threading.Event()
        self.ended = threading.Event()
        self.may_go = threading.Event()
        self.error: LookalikeError | None = None
        self.start()

    def run(self) -> None:
        try:
            with self._turns.turn():
                self.has_it.set()
                assert self.may_go.wait(SECONDS)
        except LookalikeError as error:
            self.error = error
        finally:
            self.ended.set()


def test_one_at_a_time_and_each_gets_a_turn() -> None:
    turns, inside, most = Turns(waiting=20, seconds=SECONDS), 0, 0
    everybody_is_here = threading.Barrier(20)

    def want() -> None:
        nonlocal inside, most
        everybody_is_here.wait(SECONDS)
        for _ in range(20):
            with turns.turn():
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


def test_who_finds_the_queue_full_is_told_at_once_in_one_line() -> None:
    turns = Turns(waiting=0, seconds=SECONDS)
    first = Person(turns)
    assert first.has_it.wait(SECONDS)
    with pytest.raises(QueueFullError, match="Try again") as caught, turns.turn():
        pass
    assert "\n" not in str(caught.value)
    first.may_go.set()
    assert first.ended.wait(SECONDS)
    with turns.turn():
        pass


def test_nobody_waits_for_ever_and_the_place_is_free_again() -> None:
    turns = Turns(waiting=1, seconds=0.01)
    first = Person(turns)
    assert first.has_it.wait(SECONDS)
    second = Person(turns)
    assert second.ended.wait(SECONDS)
    assert isinstance(second.error, QueueFullError)
    first.may_go.set()
    assert first.ended.wait(SECONDS)
    with turns.turn():
        pass


def test_a_search_that_fails_gives_its_turn_on() -> None:
    turns = Turns(waiting=0)
    with pytest.raises(ZeroDivisionError), turns.turn():
        _ = 1 / 0
    with turns.turn():
        pass
