"""The running indexing job: progress, rate, time left, cancel."""

from __future__ import annotations

import streamlit as st

from core.detail import DetailReport
from core.jobs import Task, TaskState
from core.sizes import size_in_words
from core.types import IndexReport, Progress
from core.ui import state
from core.ui.resources import jobs
from core.ui.sharing import is_owner
from core.ui.text import code, plain

POLL_SECONDS = 1.0


def job_panel() -> None:
    """Show the job while it runs, and once how it ended."""
    job = jobs().latest
    if job and job.running:
        looked = jobs().first_look is not None
        st.fragment(_watch, run_every=POLL_SECONDS)(job.number, looked)
        return
    if job and st.session_state.get(state.WATCHED_JOB) == job.number:
        _show_outcome(job)
    if jobs().watching:
        st.fragment(_await_job, run_every=POLL_SECONDS)(job.number if job else 0)


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
        parts.append(f"{_duration(progress.seconds_left)} left")
    if progress.skipped:
        parts.append(f"{progress.skipped:,} skipped")
    return " · ".join(parts)


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
        f"in {_duration(report.seconds)}."
    )


def _watch(number: int, looked: bool) -> None:
    job = jobs().latest
    st.session_state[state.WATCHED_JOB] = number
    can_search = (jobs().first_look is not None) != looked
    if job is None or not job.running or job.number != number or can_search:
        # The whole page changes with the new index, not only this panel.
        st.rerun()
        return
    share = job.progress.done / job.progress.total if job.progress.total else 0.0
    with st.container(border=True, key="job"):
        st.markdown(f"**Indexing** {code(str(job.subject))}" if is_owner() else "**Indexing**")
        st.progress(min(share, 1.0), text=describe(job.progress))
        if is_owner() and st.button(
            "Stopping …" if job.stopping else "Cancel",
            disabled=job.stopping,
            icon=":material/stop_circle:",
            key="cancel_job",
        ):
            jobs().cancel()
            st.rerun(scope="fragment")


def _await_job(last: int) -> None:
    job = jobs().latest
    if job and job.number != last:
        st.rerun()


def _show_outcome(job: Task[IndexReport | DetailReport]) -> None:
    if job.state is TaskState.DONE and job.result:
        told = summary(job.result) if isinstance(job.result, IndexReport) else str(job.result)
        st.success(told, icon=":material/check_circle:")
    elif not is_owner():
        # What went wrong names folders.
        pass
    elif job.state is TaskState.CANCELLED:
        st.info(plain(str(job.error)), icon=":material/stop_circle:")
    else:
        st.error(plain(str(job.error)), icon=":material/error:")
    # Shown once; the Index page keeps the last run.
    del st.session_state[state.WATCHED_JOB]


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
