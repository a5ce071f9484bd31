"""The pictures of an answer, and each one large beside the query."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import streamlit as st

from core.feature_store import IndexSnapshot
from core.types import Match, SearchResult
from core.ui import state
from core.ui.components import component, jpeg_address
from core.ui.question import (
    Question,
    add_image,
    ask_with_image,
    ask_with_part,
    marked,
    scope_parameters,
    set_marks,
)
from core.ui.results.key import answer_key
from core.ui.results.table import selected_rank
from core.ui.sharing import (
    page_cookies,
    picture_address,
    sees_full_pictures,
    thumbnail_address,
)
from core.ui.text import text

_QUERY_SIDE = 1000


def result_grid(result: SearchResult, snapshot: IndexSnapshot, question: Question) -> None:
    """Show the matches as pictures with rank, distance and name; a click shows one large.

    The browser paints a mark at once. It takes marks from the server again once the server has
    received its last one.
    """
    key, full = answer_key(result, question), sees_full_pictures(page_cookies())
    component("grid", __file__)(
        key=state.MATCHES,
        data={
            "key": key,
            "query": {"caption": _caption(question), "address": _query_address(question)},
            "items": [_item(match, full=full) for match in result.matches],
            "scope": scope_parameters(),
            "selected": selected_rank(key),
            "marks": dataclasses.asdict(marked(snapshot)),
            "heard": st.session_state.get(state.MARKS_RECEIVED),
        },
        on_more_change=lambda: _take("more", ask_with_image),
        on_add_change=lambda: _take("add", add_image),
        on_part_change=_take_part,
        on_marks_change=_take_marks,
    )


def _take(name: str, act: Callable[[str], None]) -> None:
    if chosen := st.session_state[state.MATCHES].get(name):
        act(str(chosen))


def _take_part() -> None:
    sent = st.session_state[state.MATCHES].get("part")
    if isinstance(sent, dict):
        ask_with_part(str(sent.get("image")), sent.get("box"))


def _take_marks() -> None:
    sent = st.session_state[state.MATCHES].get("marks")
    if isinstance(sent, dict):
        set_marks(sent.get("right"), sent.get("wrong"))
        st.session_state[state.MARKS_RECEIVED] = sent.get("turn")


def _caption(question: Question) -> str:
    if len(question.queries) > 1:
        return f"Your {question.name}"
    return f"Your picture: {text(question.name)}"


def _item(match: Match, *, full: bool) -> dict[str, Any]:
    image, close = match.record, match.closeness
    folder, _, name = match.image.rpartition("/")
    small = thumbnail_address(image)
    return {
        "id": image.id,
        "rank": match.rank,
        "distance": match.distance,
        "close": close and {"than": str(close), "bar": close.bar},
        "name": text(name),
        "folder": text(folder),
        "width": image.width,
        "height": image.height,
        "bytes": image.size,
        "taken_at": image.taken_at,
        "thumbnail": small,
        "picture": picture_address(image) if full else small,
        "box": match.box,
    }


def _query_address(question: Question) -> str:
    """The query as an address that needs no file on the server; made once for each query."""
    known = st.session_state.get(state.QUERY_ADDRESS)
    if known and known[0] == question.image_id:
        return str(known[1])
    address = jpeg_address(question.image, _QUERY_SIDE)
    st.session_state[state.QUERY_ADDRESS] = (question.image_id, address)
    return address
