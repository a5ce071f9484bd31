"""Removals and undos in any order, with faults, other programs and drives that come and go."""

from __future__ import annotations

import errno
import sys

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.trash.machine import Removals
from tests.trash.world import can_mount

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the trash of freedesktop.org"),
    pytest.mark.skipif(not can_mount(), reason="only root can mount drives"),
]


def run(number: int, examples: int) -> None:
    """Run the machine with the examples of a seed."""
    machine = seed(number)(type("Removals", (Removals,), {}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nothing_is_lost() -> None:
    run(0, 120)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 6))
def test_nothing_is_lost_in_many_runs(number: int) -> None:
    run(number, 1000)


@pytest.mark.parametrize("at", range(6))
def test_an_undo_that_cannot_read_something_forgets_nothing(at: int) -> None:
    state = Removals()
    state.begin(on_drive=False, chosen={"a.jpg", "b.jpg", "A.JPG"})
    # It dies when the file is in the trash and the journal does not know where.
    state.remove(going=[0, 1], stays=0, into="", features=0, fault=(22, "death"))
    state.undo(features=0, fault=(at, errno.EIO))
    state.no_journal_forgets()
    state.teardown()
