"""A task: start, progress, cancel, how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import streamlit as st

from core.errors import LookalikeError
from core.jobs import Task, TaskState
from core.ui import state
from core.ui.library.galleries import chosen_gallery
from core.ui.library.job_panel import POLL_SECONDS, describe
from core.ui.resources import engine
from core.ui.sharing import is_owner, require_owner
from core.ui.text import plain


class Runner(Protocol):
    """Runs one task at a time."""

    @property
    def latest(self) -> Task[Any] | None:
        """The running or last task; ``None`` before the first."""

    def cancel(self) -> None:
        """Stop the running task after its current step."""


def start_task(runner: Runner, name: str, start: Callable[[str | None], None]) -> bool:
    """Start a task of the owner and follow it; whether it started. Else the reason is shown.

    Args:
        runner: Runs the task.
        name: See ``task_under_way``.
        start: Gets the name of the gallery that is shown.
    """
    try:
        require_owner()
        start(engine().gallery_name(chosen_gallery()))
    except LookalikeError as error:
        st.error(plain(str(error)))
        return False
    follow_task(runner, name)
    return True


def follow_task(runner: Runner, name: str) -> None:
    """Let this tab tell how the newest task ends, also where that is before it sees it running."""
    if latest := runner.latest:
        st.session_state[state.watched_task(name)] = latest.number


def task_under_way(runner: Runner, name: str, title: str = "") -> bool:
    """Whether a task runs: its progress is shown, and a button for the owner to cancel it.

    Args:
        runner: Runs the task.
        name: Of the kind of task; part of the keys of the panel.
        title: Above the progress.
    """
    latest = runner.latest
    if latest is None or not latest.running:
        return False
    st.fragment(_watch, run_every=POLL_SECONDS)(runner, name, title, latest.number)
    return True


def ended_task(runner: Runner, name: str) -> Task[Any] | None:
    """The task that this tab follows and that has ended; the next time ``None``."""
    latest = runner.latest
    if latest is None or latest.running:
        return None
    return latest if st.session_state.pop(state.watched_task(name), None) == latest.number else None


def show_failure(task: Task[Any]) -> None:
    """Say that a task was cancelled or has failed; nothing of one that is done."""
    if task.state is TaskState.CANCELLED:
        st.info(plain(str(task.error)), icon=":material/stop_circle:")
    elif task.state is TaskState.FAILED:
        st.error(plain(str(task.error)), icon=":material/error:")


def _watch(runner: Runner, name: str, title: str, number: int) -> None:
    follow_task(runner, name)
    latest = runner.latest
    if latest is None or not latest.running or latest.number != number:
        # The whole page changes with the result, not only this panel.
        st.rerun()
        return
    progress = latest.progress
    share = progress.done / progress.total if progress.total else 0.0
    with st.container(border=True, key=f"task_{name}"):
        if title:
            st.markdown(f"**{title}**")
        st.progress(min(share, 1.0), text=describe(progress))
        if is_owner():
            st.button(
                "Stopping …" if latest.stopping else "Cancel",
                disabled=latest.stopping,
                icon=":material/stop_circle:",
                key=f"cancel_{name}",
                on_click=_cancel,
                args=(runner,),
            )


def _cancel(runner: Runner) -> None:
    if is_owner():
        runner.cancel()
