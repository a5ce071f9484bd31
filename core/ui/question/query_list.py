"""Several pictures that are asked with at once: all of them small, each with a way to remove it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from core.search import ALL, ANY, COMBINATIONS
from core.ui.question import address
from core.ui.question.query import Query, remove
from core.ui.text import text

_KEY = "query_list"
_SEEN = "query_list_seen"
_SWITCH = "combine"
_SIDE = 192
_QUALITY = 85
_WORDS = {ALL: "Near all", ANY: "Near any"}


def query_list(queries: Sequence[Query]) -> None:
    """Show the pictures, and the switch between near all and near any of them.

    Args:
        queries: Two or more.
    """
    seen: dict[str, str] = st.session_state.get(_SEEN, {})
    addresses = {query.id: seen.get(query.id) or _address(query) for query in queries}
    st.session_state[_SEEN] = addresses
    _component()(
        key=_KEY,
        data={
            "pictures": [
                {"id": query.content_id, "name": text(query.name), "address": addresses[query.id]}
                for query in queries
            ]
        },
        on_remove_change=_remove_chosen,
    )
    st.session_state[_SWITCH] = combination()
    st.segmented_control(
        "Find pictures",
        COMBINATIONS,
        required=True,
        format_func=_WORDS.__getitem__,
        help="**Near all**: the farthest of your pictures counts. **Near any**: the nearest does.",
        key=_SWITCH,
        on_change=_combine,
    )


def combination() -> str:
    """How several pictures are asked with at once, as the address says."""
    return ANY if st.query_params.get(address.NEAR) == ANY else ALL


def _combine() -> None:
    chosen = st.session_state[_SWITCH]
    address.change({address.NEAR: ANY} if chosen == ANY else {}, instead_of=(address.NEAR,))


def _remove_chosen() -> None:
    if chosen := st.session_state[_KEY].get("remove"):
        remove(str(chosen))


def _address(query: Query) -> str:
    """The picture as an address that needs no file on the server."""
    small = query.shown
    small.thumbnail((_SIDE, _SIDE))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


@st.cache_resource(show_spinner=False)
def _component() -> ComponentRenderer:
    js, css = (
        Path(__file__).with_name(f"query_list.{kind}").read_text("utf-8") for kind in ("js", "css")
    )
    return st.components.v2.component("lookalike_query_list", js=js, css=css)
