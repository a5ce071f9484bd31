"""The first start: how to get a gallery, and the first search in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from ...config import DEFAULT_MATCHES, Settings
from ...datasets import ARCHIVE, NAMES, PHOTOGRAPHS, SAMPLE_COUNT
from ...errors import IndexNotFoundError, LookalikeError
from ...feature_store import IndexInfo, IndexSnapshot
from ...sizes import size_in_words
from .. import state
from ..question import Question, has_uploads, set_query_from_file
from ..resources import engine, jobs, newest_snapshot
from ..sharing import is_owner, told
from ..text import code, plain
from .folder_chooser import folder_chooser
from .galleries import chosen_gallery
from .indexing_panel import start_run

_STEPS = """
1. **Choose** where the pictures come from: one of the three boxes below.
2. **Watch** the bar while Lookalike looks at each of them once. You may leave and come back.
3. **Drop** a picture on the Search page, now or later: its closest images appear by themselves.
"""


def onboarding() -> None:
    """Tell how to get a first answer and offer three galleries, unless one is being made."""
    if jobs().indexing.running:
        st.write(
            "Your gallery is being made: searching starts when the bar is full. A picture that you "
            "drop on the Search page meanwhile is kept."
        )
        return
    if not is_owner():
        st.info("There is no gallery yet. Its owner makes one on the computer that runs the app.")
        return
    st.markdown(
        "Lookalike finds similar images in a **gallery**, a folder of images on your own disk. "
        "Your pictures never leave this computer. Three steps lead to the first answer:"
    )
    st.markdown(_STEPS)
    offers = (_offer_folder, _offer_sample, _offer_flowers)
    for column, offer in zip(st.columns(3, gap="medium"), offers, strict=True):
        with column.container(border=True, height="stretch"):
            offer(engine().settings)


def _offer_folder(settings: Settings) -> None:
    st.subheader("Choose a folder")
    library = folder_chooser("Folder of images", key="first_folder", start=settings.library)
    if st.button("Index this folder", type="primary", icon=":material/folder_open:"):
        start_indexing(library)


def _offer_sample(settings: Settings) -> None:
    st.subheader("Try the sample gallery")
    st.write(
        f"{SAMPLE_COUNT} drawn flowers of many kinds are copied into a folder of their own and "
        "indexed, and you see a first search. No download, one click."
    )
    if st.button("Try the sample gallery", icon=":material/local_florist:"):
        _start_for_a_first_search(settings.sample, jobs().indexing.copy_sample)


def _offer_flowers(settings: Settings) -> None:
    st.subheader(f"Get {PHOTOGRAPHS:,} flower photographs")
    st.write(
        f"Oxford Flowers 102, {len(NAMES)} kinds: downloaded once ({size_in_words(ARCHIVE.size)}), "
        "sorted into folders by kind and indexed, and you see a first search. It takes some "
        "minutes; stopped at any time, it goes on from there."
    )
    if st.button("Get the photographs", icon=":material/download:"):
        _start_for_a_first_search(
            settings.flowers,
            lambda folder: jobs().indexing.fetch_flowers(folder, base_url=settings.flowers_url),
        )


def open_gallery() -> IndexSnapshot | None:
    """The index that this tab searches; ``None`` before there is one.

    Where it cannot be read, the error and how to make it anew end the page.
    """
    try:
        return newest_snapshot(chosen_gallery())
    except LookalikeError as error:
        _unreadable(error)
        st.stop()


def gallery_info() -> IndexInfo:
    """What is known of the index of this tab.

    Without one, how to get a gallery ends the page.
    """
    try:
        return engine().info(chosen_gallery())
    except IndexNotFoundError:
        onboarding()
        st.stop()
    except LookalikeError as error:
        _unreadable(error)
        st.stop()


def _unreadable(error: LookalikeError) -> None:
    """Say why an index cannot be read; the owner may make it anew, or get another gallery."""
    st.error(told(error))
    if is_owner():
        running = jobs().indexing.running
        if st.button("Update", type="primary", disabled=running, icon=":material/sync:"):
            gallery = chosen_gallery()
            start_run(lambda: jobs().indexing.index(engine().library_of(gallery), gallery=gallery))
        onboarding()


def kept_question(question: Question) -> None:
    """Show the pictures that are searched with as soon as there is a gallery."""
    with st.container(horizontal=True, vertical_alignment="center", key="kept"):
        st.image(question.image, width=96)
        one = len(question.queries) == 1
        st.markdown(
            f"**{plain(question.name)}** {'is kept: its' if one else 'are kept: their'} closest "
            "images appear here as soon as there is a gallery.",
            width="content",
        )


def invitation(snapshot: IndexSnapshot) -> None:
    """Say what to do on the search page before there is a picture to search with."""
    place = f" in {code(str(snapshot.library))}" if is_owner() else ""
    st.markdown(
        f"Drop a picture above to find its {DEFAULT_MATCHES} closest among "
        f"{len(snapshot.images):,} images{place}, or choose one of these to start from."
    )


def start_indexing(library: Path, *, gallery: str | None = None, **options: Any) -> None:
    """Start to index a folder and show the page with its progress; see ``IndexingJob.index``."""
    start_run(lambda: jobs().indexing.index(library, gallery=gallery, **options))


def first_search(snapshot: IndexSnapshot | None) -> None:
    """Search with the first picture of a sample in the tab that asked for it, once it is there.

    An uploaded picture goes first.
    """
    if snapshot and st.session_state.get(state.STARTED_SAMPLE) == snapshot.library:
        del st.session_state[state.STARTED_SAMPLE]
        if not has_uploads():
            set_query_from_file(snapshot.library / snapshot.images[0].path)


def _start_for_a_first_search(folder: Path, start: Callable[[Path], None]) -> None:
    library = folder.resolve()
    st.session_state[state.STARTED_SAMPLE] = library
    start_run(lambda: start(library))
