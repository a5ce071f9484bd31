"""One task at a time in a thread: its state, its end and its time left."""

from __future__ import annotations

import threading

import pytest

from core.errors import BusyError, LibraryError
from core.jobs.background import Background, TaskState
from core.types import Progress, ProgressCallback, Stage


def test_a_task_ends_with_its_result_and_the_next_has_the_next_number() -> None:
    background = Background[int]("a count")
    assert background.latest is None
    for number in (1, 2):
        background.start("numbers", lambda _, number=number: 10 * number)
        background.wait()
        task = background.latest
        assert task is not None
        assert (task.number, task.subject, task.state) == (number, "numbers", TaskState.DONE)
        assert (task.result, task.error, task.running) == (10 * number, None, False)


def test_a_second_task_is_refused_while_one_runs() -> None:
    background, go_on = Background[bool]("a count"), threading.Event()
    background.start("numbers", lambda _: go_on.wait(60))
    with pytest.raises(BusyError, match="A count is under way in numbers: expected to be the only"):
        background.start("letters", lambda _: True)
    go_on.set()
    background.wait()
    background.start("letters", lambda _: True)
    background.wait()
    assert background.latest is not None
    assert background.latest.subject == "letters"


def test_a_cancelled_task_ends_at_its_next_step_with_the_message_of_the_work() -> None:
    background, reached, go_on = Background[None]("a count"), threading.Event(), threading.Event()

    def work(progress: ProgressCallback) -> None:
        reached.set()
        assert go_on.wait(60)
        progress(Progress(Stage.READING, 2, 5))
        raise AssertionError("a cancelled task went on")

    background.cancel()
    background.start("numbers", work, stopped="Stopped: two are counted.")
    assert reached.wait(60)
    background.cancel()
    task = background.latest
    assert task is not None
    assert (task.running, task.stopping) == (True, True)
    go_on.set()
    background.wait()
    task = background.latest
    assert task is not None
    assert (task.state, task.error) == (TaskState.CANCELLED, "Stopped: two are counted.")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (LibraryError("No images found."), "No images found."),
        (ZeroDivisionError("defect"), "Unexpected error: ZeroDivisionError('defect'). Try again;"),
    ],
)
def test_a_failed_task_tells_why(error: Exception, told: str) -> None:
    background = Background[None]("a count")

    def work(_: ProgressCallback) -> None:
        raise error

    background.start("numbers", work)
    background.wait()
    task = background.latest
    assert task is not None
    assert task.state is TaskState.FAILED
    assert str(task.error).startswith(told)


def test_time_left_is_estimated_from_the_second_step_of_a_stage_unless_the_work_gives_it() -> None:
    background, told = Background[None]("a count"), []

    def work(progress: ProgressCallback) -> None:
        for step in (
            Progress(Stage.FLOWERS, 50, 100),  # continued: these 50 took no time
            Progress(Stage.FLOWERS, 75, 100),
            Progress(Stage.FLOWERS, 100, 100),
            Progress(Stage.READING, 0, 4),
            Progress(Stage.READING, 1, 4, seconds_left=7.0),
        ):
            progress(step)
            assert background.latest is not None
            told.append(background.latest.progress.seconds_left)

    background.start("numbers", work)
    background.wait()
    assert background.latest is not None
    assert background.latest.error is None
    assert told[0] is None
    assert told[1] > 0
    assert told[2:] == [0, None, 7.0]
