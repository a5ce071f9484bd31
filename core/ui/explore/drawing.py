"""The drawing of the map: start, progress, cancel, how it ended."""

from __future__ import annotations

import streamlit as st

from core.errors import LookalikeError
from core.explore import GalleryMap, gallery_map
from core.feature_store import IndexSnapshot
from core.jobs import TaskState
from core.ui import state
from core.ui.library import POLL_SECONDS, chosen_gallery, describe
from core.ui.resources import engine, mapping
from core.ui.sharing import is_owner, require_owner, told
from core.ui.text import text


def map_of(snapshot: IndexSnapshot) -> GalleryMap | None:
    """The map of an index; ``None`` where there is none, which the drawing panel then offers."""
    try:
        return gallery_map(snapshot)
    except LookalikeError as error:
        st.error(told(error))
        return None


def drawing_panel(label: str, reason: str) -> None:
    """Offer the owner to draw the map, or show the progress of the drawing.

    Args:
        label: Of the button.
        reason: Why there is something to draw; visitors read it, too.
    """
    latest = mapping().latest
    if latest and latest.running:
        st.fragment(_watch, run_every=POLL_SECONDS)(latest.number)
        return
    if latest and st.session_state.pop(state.WATCHED_DRAWING, None) == latest.number:
        if latest.state is TaskState.CANCELLED:
            st.info(latest.error, icon=":material/stop_circle:")
        elif latest.state is TaskState.FAILED and is_owner():
            st.error(text(str(latest.error)), icon=":material/error:")
    st.info(reason, icon=":material/map:")
    if is_owner() and st.button(label, type="primary", icon=":material/draw:", key="draw_map"):
        _start()


def _start() -> None:
    try:
        require_owner()
        mapping().start(engine().gallery_name(chosen_gallery()))
    except LookalikeError as error:
        st.error(text(str(error)))
    else:
        st.rerun()


def _watch(number: int) -> None:
    latest = mapping().latest
    st.session_state[state.WATCHED_DRAWING] = number
    if latest is None or not latest.running or latest.number != number:
        # The whole page changes with the map, not only this panel.
        st.rerun()
        return
    progress = latest.progress
    share = progress.done / progress.total if progress.total else 0.0
    with st.container(border=True, key="drawing"):
        st.markdown("**Drawing the map**")
        st.progress(min(share, 1.0), text=describe(progress))
        if is_owner():
            st.button(
                "Stopping …" if latest.stopping else "Cancel",
                disabled=latest.stopping,
                icon=":material/stop_circle:",
                key="cancel_drawing",
                on_click=_cancel,
            )


def _cancel() -> None:
    if is_owner():
        mapping().cancel()
