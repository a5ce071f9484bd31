"""Threads that load images share a budget of memory, and never wait for each other for good."""

from __future__ import annotations

import os
import random
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import ImageError
from core.images.memory import MemoryBudget, Reservation
from tests.fakes import picture
from tests.images.test_loading import encode
from tests.images.test_mutants import SECONDS_A_TASK, facts

# Of a test that would hang for good without.
SECONDS = 60


class Content:
    """Something that can be seen to be gone."""


def test_what_is_reserved_is_given_back_also_after_an_error() -> None:
    budget = MemoryBudget(100)

    def fail(memory: Reservation) -> None:
        memory.reserve(100, "it")
        raise ImageError("damaged")

    for _ in range(3):
        with pytest.raises(ImageError, match="damaged"):
            budget.run(fail)
        assert budget.run(lambda memory: memory.reserve(100, "it")) is None


def test_more_than_there_is_in_all_is_refused_at_once() -> None:
    budget = MemoryBudget(100_000_000)

    def grow(memory: Reservation) -> None:
        memory.reserve(60_000_000, "its file")
        memory.reserve(41_000_000, "4x3 pixels")

    with pytest.raises(ImageError, match=r"^too large: 4x3 pixels take 101 MB .* at most 100 MB$"):
        budget.run(grow)


def test_two_that_need_more_than_is_left_do_not_wait_for_each_other() -> None:
    budget = MemoryBudget(100)
    both_have_some = threading.Barrier(2)
    runs: dict[int, list[weakref.ref[Content]]] = {0: [], 1: []}

    def load(name: int, memory: Reservation) -> int:
        first = not runs[name]
        if not first:
            # What was read before is gone while it waited.
            assert runs[name][-1]() is None
        memory.reserve(50, "its file")
        content = Content()
        runs[name].append(weakref.ref(content))
        if first:
            both_have_some.wait(SECONDS)
        memory.reserve(40, "its pixels")
        return memory.held

    with ThreadPoolExecutor(2) as pool:
        loads = [
            pool.submit(budget.run, lambda memory, name=name: load(name, memory)) for name in runs
        ]
        assert [done.result(SECONDS) for done in loads] == [90, 90]
    assert sum(map(len, runs.values())) > 2


def test_many_threads_never_have_more_than_there_is() -> None:
    budget, total = MemoryBudget(1_000), 1_000
    lock = threading.Lock()
    now = most = 0

    def load(seed: int) -> bool:
        rng = random.Random(seed)
        steps = [rng.choice((1, 10, 100, 300)) for _ in range(3)]

        def use(memory: Reservation) -> bool:
            nonlocal now, most
            held = 0
            try:
                for step in steps:
                    memory.reserve(step, "it")
                    held += step
                    with lock:
                        now += step
                        most = max(most, now)
                return True
            finally:
                with lock:
                    now -= held

        return budget.run(use)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(load, range(2_000), timeout=SECONDS))
    assert total / 2 < most <= total


def test_a_large_one_that_waits_is_not_passed_by_small_ones() -> None:
    budget = MemoryBudget(100)
    has_some, go_on = threading.Event(), threading.Event()
    order = []

    def hold(memory: Reservation) -> None:
        memory.reserve(60, "it")
        has_some.set()
        assert go_on.wait(SECONDS)

    def load(count: int, memory: Reservation) -> None:
        memory.reserve(count, "it")
        order.append(count)

    with ThreadPoolExecutor(3) as pool:
        loads = [pool.submit(budget.run, hold)]
        assert has_some.wait(SECONDS)
        loads.append(pool.submit(budget.run, lambda memory: load(80, memory)))
        while not budget._queue.locked():
            os.sched_yield()
        loads.append(pool.submit(budget.run, lambda memory: load(10, memory)))
        go_on.set()
        for done in loads:
            done.result(SECONDS)
    assert order == [80, 10]


@pytest.mark.skipif(os.name != "posix", reason="the files need a disk that leaves out zeros")
def test_large_files_share_the_memory(tmp_path: Path) -> None:
    # That most of them are no images shows only once all of it is read, or a copy made.
    photo = encode(picture(1), "JPEG")[:-2]
    heads = (photo, b"RIFF\xff\xff\xff\x0fWEBPVP8 ", b"not an image", b"BM")
    for number, head in enumerate(heads * 2):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(head)
        os.truncate(path, 390_000_000 if number < 4 else 250_000_000)
    told = list(facts("together", tmp_path, seconds=SECONDS_A_TASK))
    outcomes = told[0]["outcomes"]
    assert outcomes[0] == outcomes[4] == [64, 48]
    reasons = outcomes[1:4] + outcomes[5:]
    expected = ("too large: its file and copies", "not an", "damaged")
    assert all(reason.startswith(expected) for reason in reasons), reasons
    assert 400_000_000 < told[-1]["peak"] < 1_100_000_000
