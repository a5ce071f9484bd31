"""The sets of duplicates as pictures, page by page, with what is to be moved ticked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.duplicates import SAME, DuplicateImage, DuplicateSet, dismiss
from core.errors import LookalikeError
from core.feature_store import IndexSnapshot
from core.ui import state
from core.ui.components import component
from core.ui.resources import engine
from core.ui.sharing import picture_address, require_owner, thumbnail_address
from core.ui.text import text

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
            "sets": [_set(found) for found in shown],
            "heard": st.session_state.get(state.TICKS_RECEIVED),
        },
        on_ticked_change=lambda: _take_ticks(shown),
        on_dismissed_change=lambda: _dismiss(shown, snapshot),
    )
    if pages > 1:
        st.pagination(pages, key=state.DUPLICATES_PAGE)


def ticked(sets: Sequence[DuplicateSet]) -> list[DuplicateImage]:
    """The images that are to be moved; by default all of the same picture but the one to keep."""
    changed = st.session_state.get(state.TICKED, {})
    return [one for found in sets for one in found.images if _is_ticked(found, one, changed)]


def forget_ticks() -> None:
    """Tick what is proposed again."""
    st.session_state.pop(state.TICKED, None)


def _is_ticked(found: DuplicateSet, one: DuplicateImage, changed: dict[str, list[str]]) -> bool:
    if found.key in changed:
        return one.image in changed[found.key]
    return found.tier == SAME and not one.keep


def _set(found: DuplicateSet) -> dict[str, Any]:
    changed = st.session_state.get(state.TICKED, {})
    return {
        "key": found.key,
        "images": [
            {
                "name": text(one.image.rpartition("/")[2]),
                "folder": text(one.image.rpartition("/")[0]),
                "width": one.record.width,
                "height": one.record.height,
                "bytes": one.record.size,
                "keep": one.keep,
                "why": one.why,
                "ticked": _is_ticked(found, one, changed),
                "thumbnail": thumbnail_address(one.record),
                "picture": picture_address(one.record),
            }
            for one in found.images
        ],
    }


def _take_ticks(shown: Sequence[DuplicateSet]) -> None:
    sent = st.session_state[state.DUPLICATE_SETS].get("ticked")
    if not isinstance(sent, dict) or not isinstance(sent.get("sets"), dict):
        return
    changed = dict(st.session_state.get(state.TICKED, {}))
    for found in shown:
        numbers = sent["sets"].get(found.key)
        if isinstance(numbers, list):
            changed[found.key] = [
                one.image for number, one in enumerate(found.images) if number in numbers
            ]
    st.session_state[state.TICKED] = changed
    st.session_state[state.TICKS_RECEIVED] = sent.get("turn")


def _dismiss(shown: Sequence[DuplicateSet], snapshot: IndexSnapshot) -> None:
    try:
        require_owner()
        key = st.session_state[state.DUPLICATE_SETS].get("dismissed")
        for found in shown:
            if found.key == key:
                dismiss(engine().settings.features, snapshot.library, found.ids)
    except LookalikeError as error:
        st.error(text(str(error)))
