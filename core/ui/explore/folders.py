"""The folders of a gallery as chips, one line of them for each level."""

from collections.abc import Sequence

import streamlit as st

from ...feature_store import IndexSnapshot
from ..question import change_address
from ..resources import index_key
from ..text import plain

# Of a level with more, those with the most images.
MOST_CHIPS = 100


def folder_chips(snapshot: IndexSnapshot, browsed: str) -> str:
    """Show the folders as chips, one as chosen; return it, ``""`` where the gallery lacks it."""
    chosen = browsed if snapshot.images.rows_below(browsed) else ""
    parent: str | None = ""
    for level in range(chosen.count("/") + 2):
        if parent is None:
            break
        folders = _folders(snapshot, parent)
        if not folders:
            break
        inside = next((one for one in folders if f"{chosen}/".startswith(f"{one}/")), None)
        _chips(level, folders, inside, parent)
        parent = inside
    return chosen


def _chips(level: int, folders: Sequence[str], chosen: str | None, parent: str) -> None:
    key = f"folders_of_level_{level}"
    # Set in each run, so that Back leads to the chips of the address.
    st.session_state[key] = chosen
    with st.container(key=f"folders_{level}"):
        st.pills(
            "Folders" if level == 0 else f"Folders in {plain(parent)}",
            folders,
            format_func=lambda folder: plain(folder.rpartition("/")[2]),
            key=key,
            label_visibility="collapsed",
            on_change=_choose,
            args=(key, parent),
        )


def _choose(key: str, parent: str) -> None:
    change_address(browsed=st.session_state[key] or parent, page=0)


@st.cache_data(show_spinner=False, max_entries=64, hash_funcs={IndexSnapshot: index_key})
def _folders(snapshot: IndexSnapshot, parent: str) -> list[str]:
    """The folders in a folder that has not all images in one; the largest, in their order."""
    images = snapshot.images
    found = images.folders_in(parent)
    below = len(images.rows_below(parent)) if parent else len(images)
    # A folder that holds everything is no choice.
    while len(found) == 1 and next(iter(found.values())) == below:
        found = images.folders_in(next(iter(found)))
    largest = sorted(found, key=lambda folder: found[folder], reverse=True)[:MOST_CHIPS]
    return sorted(largest)
