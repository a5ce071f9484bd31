"""Finding duplicates: the button, the progress, what was found."""

from collections.abc import Sequence

import streamlit as st

from ...duplicates import DuplicateSet
from ...engine import Outcome
from ...errors import LookalikeError
from ...feature_store import IndexSnapshot
from ...jobs import Task
from ...sizes import size_in_words
from ...trash import RemovalReport, UndoReport
from ...types import Skipped
from .. import state
from ..library import job_panel, show_failure, shown_gallery, start_job
from ..resources import engine, index_key, jobs
from ..text import plain

NAME = "duplicates"
# Chosen in place of a folder; no folder has this name. ``None`` could be cleared.
BEST = "/"
_MOST_LISTED = 10


def job_under_way() -> bool:
    """Whether duplicates are looked for or moved: shows the progress, and once the outcome."""
    return job_panel(jobs().duplicates, NAME, show_end=_show_outcome)


def folder_to_keep() -> str | None:
    """The folder whose images are kept, as it was chosen; ``None`` for the best image."""
    folder: str = st.session_state.get(state.KEEP_FOLDER, BEST)
    return None if folder == BEST else folder


def sets_of(snapshot: IndexSnapshot, keep_folder: str | None) -> tuple[DuplicateSet, ...] | None:
    """The sets of duplicates; ``None`` where nobody has looked for any. An error ends the page."""
    try:
        return state.once(
            state.KNOWN_SETS,
            (index_key(snapshot), keep_folder, engine().duplicates.state(snapshot)),
            lambda: engine().duplicates.sets(snapshot, keep_folder=keep_folder),
        )
    except LookalikeError as error:
        st.error(plain(str(error)))
        st.stop()


def find_button(label: str, *, first: bool, disabled: bool) -> None:
    """Offer to look for duplicates; the first time as the main thing to do."""
    st.button(
        label,
        type="primary" if first else "secondary",
        icon=":material/search:",
        key="find_duplicates",
        disabled=disabled,
        on_click=find,
    )


def find() -> None:
    """Start to look for duplicates; copies are compared in detail with what is kept now."""
    job = jobs().duplicates
    start_job(job, NAME, lambda: job.find(shown_gallery(), keep_folder=folder_to_keep()))


def _show_outcome(task: Task[Outcome[RemovalReport] | Outcome[UndoReport] | None]) -> None:
    show_failure(task)
    if task.result is None:
        return
    report = task.result.report
    if isinstance(report, RemovalReport):
        if report.moved:
            sidecars = f" and {len(report.sidecars):,} sidecars" if report.sidecars else ""
            st.success(
                f"Moved {len(report.moved):,} pictures{sidecars}, {size_in_words(report.bytes)}.",
                icon=":material/check_circle:",
            )
        _list("stayed", report.refused)
    else:
        if report.restored:
            st.success(
                f"{len(report.restored):,} pictures are back.", icon=":material/check_circle:"
            )
        _list("are not back", report.missing)
    for note in report.notes:
        st.info(plain(note), icon=":material/info:")
    for problem in filter(None, (report.problem, task.result.index_problem)):
        st.error(plain(problem), icon=":material/error:")


def _list(what: str, images: Sequence[Skipped]) -> None:
    if images:
        lines = [
            f"- {plain(skipped.image)}: {plain(skipped.reason)}"
            for skipped in images[:_MOST_LISTED]
        ]
        st.warning(f"{len(images):,} pictures {what}:\n" + "\n".join(lines))
