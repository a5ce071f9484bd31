"""The indexing run on every page: its start, its progress, how it ended."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from ...jobs import Task
from ...types import IndexReport
from ..resources import jobs
from ..sharing import is_owner
from ..text import code
from .galleries import follow_run
from .job_panel import POLL_SECONDS, duration, job_panel, show_failure, start_job

_NAME = "job"


def start_run(start: Callable[[], None]) -> None:
    """Start an indexing run and show the page with its progress, or the error.

    This session goes over to its gallery when it ends.
    """
    if start_job(jobs().indexing, _NAME, start):
        follow_run()
        st.rerun()


def indexing_panel() -> None:
    """Show the run while there is one, and once how it ended."""
    task, indexing = jobs().indexing.latest, jobs().indexing
    subject = f" {code(task.subject)}" if task and is_owner() else ""
    running = job_panel(
        indexing,
        _NAME,
        f"**Indexing**{subject}",
        show_end=_show_end,
        # With the first look one can search.
        also_shown=lambda: indexing.first_look is not None,
    )
    if indexing.watching and not running:
        st.fragment(_await_run, run_every=POLL_SECONDS)(task.number if task else 0)


def summary(report: IndexReport) -> str:
    """One line on what a run did."""
    counts = {
        "extracted": report.extracted,
        "moved": report.moved,
        "removed": report.removed,
        "skipped": len(report.skipped),
    }
    changes = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    return (
        f"The index is ready: {report.images:,} images, {changes or 'nothing has changed'}, "
        f"in {duration(report.seconds)}."
    )


def _await_run(last: int) -> None:
    task = jobs().indexing.latest
    if task and task.number != last:
        st.rerun()


def _show_end(task: Task[Any]) -> None:
    if task.result:
        told = summary(task.result) if isinstance(task.result, IndexReport) else str(task.result)
        st.success(told, icon=":material/check_circle:")
    # What went wrong names folders.
    elif is_owner():
        show_failure(task)
