"""The sets of duplicates as pictures, page by page, with what is to be moved ticked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from ...duplicates import DuplicateImage, DuplicateSet
from ...feature_store import IndexSnapshot
from ...sizes import size_in_words
from .. import state
from ..components import component
from ..resources import engine
from ..sharing import errors_shown, picture_address, require_owner, thumbnail_address
from ..text import text

SETS_A_PAGE = 12


def set_list(sets: Sequence[DuplicateSet], snapshot: IndexSnapshot) -> None:
    """Show sets of one tier, some at a time."""
    pages = -(-len(sets) // SETS_A_PAGE)
    if st.session_state.get(state.DUPLICATES_PAGE, 1) > pages:
        del st.session_state[state.DUPLICATES_PAGE]
    page = st.session_state.get(state.DUPLICATES_PAGE, 1)
    shown = sets[(page - 1) * SETS_A_PAGE : page * SETS_A_PAGE]
    component("sets", __file__)(
        key=state.DUPLICATE_SETS,
        data={
            "sets": [_set(found, snapshot.library) for found in shown],
            "heard": st.session_state.get(state.TICKS_RECEIVED),
        },
        on_ticked_change=lambda: _take_ticks(shown, snapshot.library),
        on_dismissed_change=lambda: _dismiss(shown, snapshot),
    )
    if pages > 1:
        st.pagination(pages, key=state.DUPLICATES_PAGE)


def ticked(sets: Sequence[DuplicateSet], library: Path) -> list[DuplicateImage]:
    """The images that are to be moved: those ticked by default, unless that was changed."""
    return [image for found in sets for image in found.images if _is_ticked(found, image, library)]


def tick_versions(sets: Sequence[DuplicateSet], library: Path) -> None:
    """Tick the versions of sets as well, beside what is ticked already."""
    require_owner()
    changed = dict(st.session_state.get(state.TICKED, {}))
    for found in sets:
        if any(image.version for image in found.images):
            changed[str(library), found.key] = [
                image.image
                for image in found.images
                if image.version or _is_ticked(found, image, library)
            ]
    st.session_state[state.TICKED] = changed


def forget_ticks() -> None:
    """Tick what is ticked by default again."""
    st.session_state.pop(state.TICKED, None)


def _is_ticked(found: DuplicateSet, image: DuplicateImage, library: Path) -> bool:
    changed: dict[tuple[str, str], list[str]] = st.session_state.get(state.TICKED, {})
    return image.image in changed.get(
        (str(library), found.key), [image.image] if image.ticked else []
    )


def _set(found: DuplicateSet, library: Path) -> dict[str, Any]:
    return {
        "key": found.key,
        "images": [
            {
                "name": text(image.image.rpartition("/")[2]),
                "folder": text(image.image.rpartition("/")[0]),
                "width": image.record.width,
                "height": image.record.height,
                "size": size_in_words(image.record.size),
                "keep": image.keep,
                "version": image.version,
                "movable": image.movable,
                "why": text(image.why),
                "ticked": _is_ticked(found, image, library),
                "thumbnail": thumbnail_address(image.record),
                "picture": picture_address(image.record),
            }
            for image in found.images
        ],
    }


def _take_ticks(shown: Sequence[DuplicateSet], library: Path) -> None:
    # What is ticked here is what the owner moves next.
    require_owner()
    sent = st.session_state[state.DUPLICATE_SETS].get("ticked")
    if not isinstance(sent, dict) or not isinstance(sent.get("sets"), dict):
        return
    changed = dict(st.session_state.get(state.TICKED, {}))
    for found in shown:
        numbers = sent["sets"].get(found.key)
        if isinstance(numbers, list):
            changed[str(library), found.key] = [
                image.image for number, image in enumerate(found.images) if number in numbers
            ]
    st.session_state[state.TICKED] = changed
    st.session_state[state.TICKS_RECEIVED] = sent.get("turn")


def _dismiss(shown: Sequence[DuplicateSet], snapshot: IndexSnapshot) -> None:
    with errors_shown():
        require_owner()
        key = st.session_state[state.DUPLICATE_SETS].get("dismissed")
        for found in shown:
            if found.key == key:
                engine().duplicates.dismiss(snapshot, found.ids)
