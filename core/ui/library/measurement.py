"""The running measurement: progress, cancel, how it ended."""

from __future__ import annotations

from core.ui.library.task_panel import ended_task, follow_task, show_failure, task_under_way
from core.ui.resources import measuring

_NAME = "measuring"


def follow_measurement() -> None:
    """Let this tab tell how the measurement that was just started ends."""
    follow_task(measuring(), _NAME)


def measurement_under_way() -> bool:
    """Whether a measurement runs: its progress is shown, and once how the last one failed."""
    if ended := ended_task(measuring(), _NAME):
        show_failure(ended)
    return task_under_way(measuring(), _NAME, "Measuring")
