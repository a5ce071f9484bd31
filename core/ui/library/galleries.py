"""Which gallery this session searches."""

import streamlit as st

from ...errors import LookalikeError
from .. import state
from ..resources import engine, jobs
from ..sharing import gallery_for, is_owner, page_cookies


def choose_gallery() -> None:
    """Offer the galleries in the sidebar where there are several; visitors see one."""
    if not is_owner():
        return
    try:
        names, current = engine().galleries(), engine().gallery_name()
    except LookalikeError:
        # The page shows it where it matters.
        return
    if _own_run_has_ended() or st.session_state.get(state.GALLERY) not in names:
        st.session_state[state.GALLERY] = current
    if len(names) > 1:
        st.sidebar.selectbox("Gallery", names, key=state.GALLERY)


def chosen_gallery() -> str | None:
    """The gallery of this session; ``None`` leaves it to the engine."""
    if not is_owner():
        return gallery_for(page_cookies())
    name: str | None = st.session_state.get(state.GALLERY)
    return name


def shown_gallery() -> str | None:
    """The name of the gallery that this session sees; ``None`` where there is none yet."""
    return engine().gallery_name(chosen_gallery())


def follow_run() -> None:
    """Let this session go over to the gallery of the newest indexing run when it ends."""
    if run := jobs().indexing.latest:
        st.session_state[state.STARTED_JOB] = run.number


def _own_run_has_ended() -> bool:
    run = jobs().indexing.latest
    if run is None or run.running or st.session_state.get(state.STARTED_JOB) != run.number:
        return False
    del st.session_state[state.STARTED_JOB]
    return True
