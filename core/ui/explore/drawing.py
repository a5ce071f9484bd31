"""The drawing of the map: start, progress, cancel, how it ended."""

import streamlit as st

from ...explore import GalleryMap
from ...feature_store import IndexSnapshot
from ...jobs import Task, TaskState
from ..library import job_panel, show_failure, shown_gallery, start_job
from ..resources import engine, jobs
from ..sharing import errors_shown, is_owner

_NAME = "drawing"


def map_of(snapshot: IndexSnapshot) -> GalleryMap | None:
    """The map of an index; ``None`` where there is none, which the drawing panel then offers."""
    with errors_shown():
        return engine().maps.of(snapshot)
    return None


def drawing_panel(label: str, reason: str) -> None:
    """Say why there is a map to draw, with a button for the owner, or show the progress."""
    if job_panel(jobs().maps, _NAME, "**Drawing the map**", show_end=_show_end):
        return
    st.info(reason, icon=":material/map:")
    if (
        is_owner()
        and st.button(label, type="primary", icon=":material/draw:", key="draw_map")
        and start_job(jobs().maps, _NAME, lambda: jobs().maps.draw(shown_gallery()))
    ):
        st.rerun()


def _show_end(task: Task[GalleryMap]) -> None:
    # What went wrong names folders.
    if is_owner() or task.state is TaskState.CANCELLED:
        show_failure(task)
