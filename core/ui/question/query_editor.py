"""The picture that is asked with: choose a part of it, turn it, mirror it."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from core.images import box_of
from core.ui.question.query import Query, framing, set_framing
from core.ui.sharing import as_allowed

_KEY = "query_editor"
_SEEN = "query_seen"
_QUALITY = 85


def query_editor(query: Query) -> None:
    """Show the query with a box to draw on it, and buttons to turn and to mirror it."""
    _component()(
        key=_KEY,
        data={"picture": _address(query), "name": query.name, "box": query.framing.box},
        on_box_change=_take_box,
        on_turn_change=lambda: set_framing(framing().rotated()),
        on_mirror_change=lambda: set_framing(framing().flipped()),
    )


def _take_box() -> None:
    # An empty box stands for the whole picture.
    set_framing(framing().around(box_of(st.session_state[_KEY].get("box"))))


def _address(query: Query) -> str:
    """The picture as an address that needs no file on the server; made once for each."""
    seen = (query.content_id, query.framing.around(None))
    known = st.session_state.get(_SEEN)
    if known and known[0] == seen:
        return str(known[1])
    file = io.BytesIO()
    as_allowed(query.shown).save(file, "JPEG", quality=_QUALITY)
    address = f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
    st.session_state[_SEEN] = (seen, address)
    return address


@st.cache_resource(show_spinner=False)
def _component() -> ComponentRenderer:
    js, css = (
        Path(__file__).with_name(f"query_editor.{kind}").read_text("utf-8")
        for kind in ("js", "css")
    )
    return st.components.v2.component("lookalike_query_editor", js=js, css=css)
