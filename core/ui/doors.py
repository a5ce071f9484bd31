"""The first start: the ways to a gallery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.config import Settings
from core.errors import LookalikeError
from core.feature_store import IndexSnapshot
from core.ui.folder_chooser import folder_chooser
from core.ui.galleries import follow_job
from core.ui.query import set_query_from_file
from core.ui.resources import engine, jobs
from core.ui.visitor import is_owner, require_owner

_SAMPLE_STARTED = "sample_started"


def doors() -> None:
    """Offer to choose a folder or to draw a sample gallery, unless one is being made."""
    job = jobs().latest
    if job and job.running:
        st.write("Your gallery is being made: searching starts when the bar is full.")
        return
    if not is_owner():
        st.info("There is no gallery yet. Its owner makes one on the computer that runs the app.")
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


def start(library: Path, *, gallery: str | None = None, rebuild: bool = False) -> None:
    """Start to index a folder and show the page with its progress.

    Args:
        library: Folder of images.
        gallery: Name of its gallery; see ``ImageSearchEngine.index``.
        rebuild: Whether to extract every image anew.
    """
    _started(lambda: jobs().index(library, gallery=gallery, rebuild=rebuild))


def fetch_weights(library: Path, *, gallery: str | None) -> None:
    """Start to get the ImageNet weights for a gallery and show the page with the progress.

    Args:
        library: Folder of images.
        gallery: Name of the gallery.
    """
    _started(lambda: jobs().fetch_weights(library, gallery=gallery))


def first_search_after_sample(snapshot: IndexSnapshot) -> None:
    """In the session that drew the sample gallery, ask with its first picture once it is there."""
    if st.session_state.get(_SAMPLE_STARTED) == snapshot.library:
        del st.session_state[_SAMPLE_STARTED]
        set_query_from_file(snapshot.library / snapshot.images[0].path)


def _start_sample(settings: Settings) -> None:
    library = settings.sample.resolve()
    st.session_state[_SAMPLE_STARTED] = library
    _started(lambda: jobs().draw_sample(library, count=settings.sample_count))


def _started(start_job: Callable[[], None]) -> None:
    try:
        require_owner()
        start_job()
    except LookalikeError as error:
        st.error(str(error))
    else:
        follow_job()
        st.rerun()
