"""The folders of a gallery as chips, one line of them for each level."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ...feature_store import ImageTable, IndexSnapshot
from .. import state
from ..question import change_address
from ..text import plain, text

# Of a level with more, those with the most images.
MOST_CHIPS = 100


def folder_chips(snapshot: IndexSnapshot, browsed: str) -> str:
    """Show the folders as chips, one as chosen; return it, ``""`` where the gallery lacks it."""
    chosen = browsed if snapshot.images.rows_below(browsed) else ""
    parent: str | None = ""
    for level in range(chosen.count("/") + 2):
        if parent is None:
            break
        at = (bytes(snapshot.library), snapshot.space.name, snapshot.generation, parent)
        folders = _folders(*at, snapshot.images)
        if not folders:
            break
        inside = next((one for one in folders if f"{chosen}/".startswith(f"{one}/")), None)
        _chips(level, folders, inside, parent)
        parent = inside
    return chosen


def _chips(level: int, folders: Sequence[str], chosen: str | None, parent: str) -> None:
    key = state.folder_level(level)
    # Set in each run, so that Back leads to the chips of the address.
    st.session_state[key] = chosen
    with st.container(key=f"folders_{level}"):
        st.pills(
            "Folders" if level == 0 else f"Folders in {plain(text(parent))}",
            folders,
            format_func=lambda folder: plain(text(folder.rpartition("/")[2])),
            key=key,
            label_visibility="collapsed",
            on_change=_choose,
            args=(key, parent),
        )


def _choose(key: str, parent: str) -> None:
    change_address(browsed=st.session_state[key] or parent, page=0)


@st.cache_data(show_spinner=False, max_entries=64)
def _folders(
    library: bytes,  # noqa: ARG001
    space: str,  # noqa: ARG001
    generation: int,  # noqa: ARG001
    parent: str,
    _images: ImageTable,
) -> list[str]:
    """The folders in a folder that has not all images in one; the largest, in their order."""
    found = _images.folders_in(parent)
    below = len(_images.rows_below(parent)) if parent else len(_images)
    # A folder that holds everything is no choice.
    while len(found) == 1 and next(iter(found.values())) == below:
        found = _images.folders_in(next(iter(found)))
    largest = sorted(found, key=lambda folder: found[folder], reverse=True)[:MOST_CHIPS]
    return sorted(largest)
