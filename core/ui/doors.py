"""The first start: the ways to a gallery."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import BusyError
from core.ui.folder_chooser import folder_chooser
from core.ui.query import set_query_from_file
from core.ui.resources import engine, jobs

_SAMPLE_STARTED = "sample_started"


def doors() -> None:
    """Offer to choose a folder or to draw a sample gallery, unless one is being made."""
    job = jobs().latest
    if job and job.running:
        st.write("Your gallery is being made: searching starts when the bar is full.")
        return
    st.markdown(
        "Lookalike finds similar images on your own disk. It needs a **gallery** first: "
        "a folder of images that it looks at once. Nothing leaves this computer."
    )
    folder_door, sample_door = st.columns(2, gap="large")
    with folder_door.container(border=True):
        st.subheader("Choose a folder")
        settings = engine().settings
        library = folder_chooser("Folder of images", key="first_folder", start=settings.library)
        if st.button("Index this folder", type="primary", icon=":material/folder_open:"):
            start(library)
    with sample_door.container(border=True):
        st.subheader("Draw a sample gallery")
        st.write(
            f"{settings.sample_count} flowers of many kinds are drawn on this computer and "
            "indexed, and you see a first search. No download, one click."
        )
        if st.button("Draw a sample gallery", icon=":material/local_florist:"):
            _start_sample(settings)


def start(library: Path, *, rebuild: bool = False) -> None:
    """Start to index a folder and show the page with its progress."""
    try:
        jobs().index(library, rebuild=rebuild)
    except BusyError as error:
        st.error(str(error))
    else:
        st.rerun()


def first_search_after_sample(search_engine: ImageSearchEngine) -> None:
    """In the session that drew the sample gallery, ask with its first picture once it is there."""
    snapshot = search_engine.snapshot()
    drawn = st.session_state.get(_SAMPLE_STARTED)
    if snapshot and drawn == snapshot.library:
        del st.session_state[_SAMPLE_STARTED]
        set_query_from_file(snapshot.library / snapshot.images[0].path)


def _start_sample(settings: Settings) -> None:
    library = settings.sample.resolve()
    st.session_state[_SAMPLE_STARTED] = library
    try:
        jobs().draw_sample(library, count=settings.sample_count)
    except BusyError as error:
        st.error(str(error))
    else:
        st.rerun()
