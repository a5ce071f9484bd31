"""The running measurement: progress, cancel, how it ended."""

from __future__ import annotations

import streamlit as st

from core.jobs import TaskState
from core.ui import state
from core.ui.library.job_panel import POLL_SECONDS, describe
from core.ui.resources import measuring
from core.ui.sharing import is_owner


def measurement_under_way() -> bool:
    """Whether a measurement runs: its progress is shown, and once how the last one failed."""
    latest = measuring().latest
    if latest is None:
        return False
    if latest.running:
        st.fragment(_watch, run_every=POLL_SECONDS)(latest.number)
    elif st.session_state.pop(state.WATCHED_MEASUREMENT, None) == latest.number:
        if latest.state is TaskState.CANCELLED:
            st.info(latest.error, icon=":material/stop_circle:")
        elif latest.state is TaskState.FAILED:
            st.error(latest.error, icon=":material/error:")
    return latest.running


def _watch(number: int) -> None:
    latest = measuring().latest
    st.session_state[state.WATCHED_MEASUREMENT] = number
    if latest is None or not latest.running or latest.number != number:
        # The whole page changes with the result, not only this panel.
        st.rerun()
        return
    progress = latest.progress
    share = progress.done / progress.total if progress.total else 0.0
    with st.container(border=True, key="measuring"):
        st.markdown("**Measuring**")
        st.progress(min(share, 1.0), text=describe(progress))
        st.button(
            "Stopping …" if latest.stopping else "Cancel",
            disabled=latest.stopping,
            icon=":material/stop_circle:",
            key="cancel_measuring",
            on_click=_cancel,
        )


def _cancel() -> None:
    if is_owner():
        measuring().cancel()
