"""The picture that is searched with: crop, turn and mirror it."""

from __future__ import annotations

import streamlit as st

from core.images import box_of
from core.ui import state
from core.ui.components import component
from core.ui.question.queries import framing, set_framing
from core.ui.question.query import Query


def query_editor(query: Query) -> None:
    """Show a single picture with a box to draw on it, and buttons to turn and mirror it."""
    component("query_editor", __file__)(
        key=state.QUERY_EDITOR,
        data={"picture": query.shown_address, "name": query.name, "box": query.framing.box},
        on_box_change=_take_box,
        on_turn_change=lambda: set_framing(framing().rotated()),
        on_mirror_change=lambda: set_framing(framing().flipped()),
    )


def _take_box() -> None:
    # An empty box stands for the whole picture.
    set_framing(framing().around(box_of(st.session_state[state.QUERY_EDITOR].get("box"))))
