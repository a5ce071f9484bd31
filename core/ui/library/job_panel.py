"""A job on a page: its start, its progress, Cancel, how it ended; the same for every kind."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from ...jobs import Background, Task, TaskState
from ...sizes import size_in_words
from ...types import Progress
from .. import state
from ..sharing import errors_shown, is_owner, require_owner
from ..text import plain

POLL_SECONDS = 1.0


def start_job(job: Background[Any], name: str, start: Callable[[], None]) -> bool:
    """Start a task of the owner; whether it started. Else the reason is shown."""
    with errors_shown():
        require_owner()
        start()
        _follow(job, name)
        return True
    return False


def show_failure(task: Task[Any]) -> None:
    """Say that a task was cancelled or has failed; nothing of one that is done."""
    if task.state is TaskState.CANCELLED:
        st.info(plain(str(task.error)), icon=":material/stop_circle:")
    elif task.state is TaskState.FAILED:
        st.error(plain(str(task.error)), icon=":material/error:")


def job_panel(
    job: Background[Any],
    name: str,
    title: str = "",
    *,
    show_end: Callable[[Task[Any]], None] = show_failure,
    also_shown: Callable[[], object] = lambda: None,
) -> bool:
    """Show the progress of the running task, or once how it ended; return whether one runs.

    Args:
        job: Runs the task.
        name: Of the kind of job; part of the keys of the panel.
        title: Markdown above the progress.
        show_end: Called once in each tab that followed the task.
        also_shown: What else the page shows of the job: it is run anew when this value changes.
    """
    task = job.latest
    if task is None:
        return False
    if task.running:
        shown = task.number, also_shown()
        st.fragment(_watch, run_every=POLL_SECONDS)(job, name, title, also_shown, shown)
        return True
    if st.session_state.pop(state.watched_job(name), None) == task.number:
        show_end(task)
    return False


def describe(progress: Progress) -> str:
    """One line on where a run stands."""
    stage = progress.stage.label
    if not progress.total:
        return f"{stage} …"
    if progress.stage.in_bytes:
        done, total = (size_in_words(size) for size in (progress.done, progress.total))
    else:
        done, total = f"{progress.done:,}", f"{progress.total:,}"
    parts = [f"{stage}: {done} of {total}"]
    if progress.images_per_second:
        parts.append(f"{progress.images_per_second:.1f} images/s")
    if progress.workers:
        parts.append(f"{progress.workers:,} worker{'' if progress.workers == 1 else 's'}")
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    if progress.skipped:
        parts.append(f"{progress.skipped:,} skipped")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """A duration in words."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _watch(
    job: Background[Any],
    name: str,
    title: str,
    also_shown: Callable[[], object],
    shown: tuple[int, object],
) -> None:
    _follow(job, name)
    task = job.latest
    if task is None or not task.running or (task.number, also_shown()) != shown:
        # The whole page changes with the result, not only this panel.
        st.rerun()
        return
    progress = task.progress
    share = progress.done / progress.total if progress.total else 0.0
    with st.container(border=True, key=name):
        if title:
            st.markdown(title)
        st.progress(min(share, 1.0), text=describe(progress))
        if is_owner():
            st.button(
                "Stopping …" if task.stopping else "Cancel",
                disabled=task.stopping,
                icon=":material/stop_circle:",
                key=f"cancel_{name}",
                on_click=_cancel,
                args=(job,),
            )


def _follow(job: Background[Any], name: str) -> None:
    """Let this tab tell how the newest task ends, also where that is before it sees it running."""
    if task := job.latest:
        st.session_state[state.watched_job(name)] = task.number


def _cancel(job: Background[Any]) -> None:
    with errors_shown():
        require_owner()
        job.cancel()
