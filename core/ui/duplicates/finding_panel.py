"""Finding duplicates: the button, the progress, what was found."""

from __future__ import annotations

import streamlit as st

from core.duplicates import DuplicateSet, known_sets
from core.errors import LookalikeError
from core.feature_store import IndexSnapshot
from core.jobs import Task, TaskState
from core.trash import RemovalReport, UndoReport
from core.ui import state
from core.ui.library import POLL_SECONDS, chosen_gallery, describe
from core.ui.resources import deduplicating, engine
from core.ui.sharing import is_owner, require_owner
from core.ui.text import plain, text


def job_under_way() -> bool:
    """Whether duplicates are looked for or moved: shows the progress, and once the outcome."""
    latest = deduplicating().latest
    if latest is None:
        return False
    if latest.running:
        st.fragment(_watch, run_every=POLL_SECONDS)(latest.number)
    elif st.session_state.pop(state.WATCHED_DUPLICATES, None) == latest.number:
        _show_outcome(latest)
    return latest.running


def sets_of(snapshot: IndexSnapshot, keep_folder: str | None) -> tuple[DuplicateSet, ...] | None:
    """The sets of duplicates; ``None`` where nobody has looked for any. An error ends the page."""
    try:
        return known_sets(engine(), snapshot, keep_folder=keep_folder)
    except LookalikeError as error:
        st.error(text(str(error)))
        st.stop()


def find_button(label: str, *, first: bool, disabled: bool) -> None:
    """Offer to look for duplicates; the first time as the main thing to do."""
    st.button(
        label,
        type="primary" if first else "secondary",
        icon=":material/search:",
        key="find_duplicates",
        disabled=disabled,
        on_click=_find,
    )


def _find() -> None:
    try:
        require_owner()
        deduplicating().find(engine().gallery_name(chosen_gallery()))
    except LookalikeError as error:
        st.error(text(str(error)))


def _watch(number: int) -> None:
    latest = deduplicating().latest
    st.session_state[state.WATCHED_DUPLICATES] = number
    if latest is None or not latest.running or latest.number != number:
        # The whole page changes with the result, not only this panel.
        st.rerun()
        return
    progress = latest.progress
    share = progress.done / progress.total if progress.total else 0.0
    with st.container(border=True, key="deduplicating"):
        st.progress(min(share, 1.0), text=describe(progress))
        st.button(
            "Stopping …" if latest.stopping else "Cancel",
            disabled=latest.stopping,
            icon=":material/stop_circle:",
            key="cancel_duplicates",
            on_click=_cancel,
        )


def _cancel() -> None:
    if is_owner():
        deduplicating().cancel()


def _show_outcome(task: Task[RemovalReport | UndoReport | None]) -> None:
    result = task.result
    if task.state is TaskState.CANCELLED:
        st.info(text(str(task.error)), icon=":material/stop_circle:")
    elif task.state is TaskState.FAILED:
        st.error(text(str(task.error)), icon=":material/error:")
    elif isinstance(result, RemovalReport):
        if result.moved:
            st.success(
                f"Moved {len(result.moved):,} pictures, {result.bytes / 1e6:.1f} MB.",
                icon=":material/check_circle:",
            )
        if result.problem:
            st.error(plain(text(result.problem)), icon=":material/error:")
        _list("stayed", [(one.image, one.reason) for one in result.refused])
    elif isinstance(result, UndoReport):
        if result.restored:
            st.success(
                f"{len(result.restored):,} pictures are back.", icon=":material/check_circle:"
            )
        _list("are not back", [(one.image, one.reason) for one in result.missing])


def _list(what: str, images: list[tuple[str, str]]) -> None:
    if images:
        lines = [f"- {plain(text(image))}: {reason}" for image, reason in images[:10]]
        st.warning(f"{len(images):,} pictures {what}:\n" + "\n".join(lines))
