"""Finding duplicates: the button, the progress, what was found."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.duplicates import DuplicateSet, known_sets
from core.errors import LookalikeError
from core.feature_store import IndexSnapshot
from core.jobs import Task
from core.trash import RemovalReport, UndoReport
from core.ui.library import ended_task, follow_task, show_failure, start_task, task_under_way
from core.ui.resources import deduplicating, engine
from core.ui.text import plain, text

_NAME = "duplicates"


def job_under_way() -> bool:
    """Whether duplicates are looked for or moved: shows the progress, and once the outcome."""
    if ended := ended_task(deduplicating(), _NAME):
        _show_outcome(ended)
    return task_under_way(deduplicating(), _NAME)


def start_job(start: Callable[[str | None], None]) -> bool:
    """Start to look for duplicates or to move them; see ``start_task``."""
    return start_task(deduplicating(), _NAME, start)


def follow_job() -> None:
    """Let this tab tell how what was just started ends."""
    follow_task(deduplicating(), _NAME)


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
    start_job(deduplicating().find)


def _show_outcome(task: Task[RemovalReport | UndoReport | None]) -> None:
    show_failure(task)
    result = task.result
    if isinstance(result, RemovalReport):
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
