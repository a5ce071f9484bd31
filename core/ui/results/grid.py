"""The pictures of an answer, and each one large beside the query."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from core.feature_store import IndexSnapshot
from core.types import Match, SearchResult
from core.ui.query import Query, ask_with_image
from core.ui.results.key import answer_key
from core.ui.results.table import selected_rank
from core.ui.routes import picture_address, thumbnail_address
from core.ui.visitor import as_allowed, page_cookies, sees_full_pictures

_KEY = "matches"
_QUERY_SIDE = 1000
_QUERY_QUALITY = 85


def result_grid(result: SearchResult, snapshot: IndexSnapshot, query: Query) -> None:
    """Show the matches as pictures with rank, distance and name; a click shows one large.

    Args:
        result: The answer.
        snapshot: The index it came from.
        query: The picture that was asked with.
    """
    key, full = answer_key(result, query), sees_full_pictures(page_cookies())
    _component()(
        key=_KEY,
        data={
            "key": key,
            "query": {"name": query.name, "address": _query_address(query)},
            "items": [_item(match, snapshot, full=full) for match in result.matches],
            "selected": selected_rank(key),
        },
        on_more_change=_ask_with_chosen,
    )


def _ask_with_chosen() -> None:
    if chosen := st.session_state[_KEY].get("more"):
        ask_with_image(chosen)


def _item(match: Match, snapshot: IndexSnapshot, *, full: bool) -> dict[str, Any]:
    image = snapshot.images[snapshot.row_of[match.image]]
    folder, _, name = match.image.rpartition("/")
    small = thumbnail_address(image)
    return {
        "id": image.id,
        "rank": match.rank,
        "distance": match.distance,
        "name": _shown(name),
        "folder": _shown(folder),
        "width": image.width,
        "height": image.height,
        "bytes": image.size,
        "taken_at": image.taken_at,
        "thumbnail": small,
        "picture": picture_address(image) if full else small,
    }


def _shown(name: str) -> str:
    # Linux allows bytes in a name that are no text.
    return name.encode("utf-8", "replace").decode()


def _query_address(query: Query) -> str:
    """The query as an address that needs no file on the server; made once for each query."""
    known = st.session_state.get("query_address")
    if known and known[0] == query.id:
        return str(known[1])
    small = as_allowed(query.image).copy()
    small.thumbnail((_QUERY_SIDE, _QUERY_SIDE))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUERY_QUALITY)
    address = f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
    st.session_state["query_address"] = (query.id, address)
    return address


@st.cache_resource(show_spinner=False)
def _component() -> ComponentRenderer:
    js, css = (
        Path(__file__).with_name(f"grid.{kind}").read_text("utf-8") for kind in ("js", "css")
    )
    return st.components.v2.component("lookalike_matches", js=js, css=css)
