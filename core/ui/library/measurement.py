"""The measurement: start, progress, cancel, how it ended."""

from __future__ import annotations

from collections.abc import Callable

from core.ui.library.task_panel import ended_task, show_failure, start_task, task_under_way
from core.ui.resources import measuring

_NAME = "measuring"


def start_measurement(start: Callable[[str | None], None]) -> bool:
    """Start a measurement; see ``start_task``."""
    return start_task(measuring(), _NAME, start)


def measurement_under_way() -> bool:
    """Whether a measurement runs: its progress is shown, and once how the last one failed."""
    if ended := ended_task(measuring(), _NAME):
        show_failure(ended)
    return task_under_way(measuring(), _NAME, "Measuring")
