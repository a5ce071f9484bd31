"""A grid of pictures, of an answer or any others, each one large at a click."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from ...feature_store import IndexSnapshot
from ...sizes import size_in_words
from ...types import ImageRecord, Match, SearchResult
from .. import state
from ..components import component, jpeg_address
from ..question import (
    Question,
    add_image,
    ask_with_image,
    change_address,
    marks_of,
    scope_parameters,
)
from ..sharing import page_cookies, picture_address, sees_full_pictures, thumbnail_address
from ..text import text
from .explaining import can_explain, explain, explanation
from .table import answer_key, selected_rank

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
            "label": "Closest images",
            "query": {"caption": _caption(question), "address": _query_address(question)},
            "items": [_match(match, full=full) for match in result.matches],
            "scope": scope_parameters(),
            "selected": selected_rank(key),
            "explainable": can_explain(result, snapshot, question),
            "explanation": explanation(result, snapshot, question),
            "marks": dataclasses.asdict(question.marked),
            "heard": st.session_state.get(state.MARKS_RECEIVED),
            "taken": st.session_state.get(state.QUESTIONS_TAKEN, 0),
        },
        on_more_change=lambda: _take(state.MATCHES, "more", ask_with_image),
        on_add_change=lambda: _take(state.MATCHES, "add", add_image),
        on_explain_change=lambda: _take(state.MATCHES, "explain", explain),
        on_part_change=_take_part,
        on_marks_change=_take_marks,
    )


def picture_grid(
    images: Sequence[ImageRecord],
    label: str,
    *,
    key: str,
    on_more: Callable[[str], None] = ask_with_image,
) -> None:
    """Show pictures with their names; a click shows one large, another one asks with it.

    Args:
        images: In the order of the pictures.
        label: What they are, for who does not see them.
        key: Of the component on the page.
        on_more: Called with the id of the picture that is asked with, before the page runs.
    """
    full, shown = sees_full_pictures(page_cookies()), "\n".join(image.id for image in images)
    component("grid", __file__)(
        key=key,
        data={
            "key": hashlib.blake2b(shown.encode(), digest_size=8).hexdigest(),
            "label": label,
            "items": [_item(image, place, full=full) for place, image in enumerate(images, 1)],
            "scope": scope_parameters(),
            "taken": st.session_state.get(state.QUESTIONS_TAKEN, 0),
        },
        on_more_change=lambda: _take(key, "more", on_more),
    )


def _take(key: str, name: str, act: Callable[[str], None]) -> None:
    if chosen := st.session_state[key].get(name):
        # The grid waits for it, also where the answer is the one that it shows already.
        state.count_up(state.QUESTIONS_TAKEN)
        act(str(chosen))


def _take_part() -> None:
    sent = st.session_state[state.MATCHES].get("part")
    if isinstance(sent, dict):
        state.count_up(state.QUESTIONS_TAKEN)
        ask_with_image(str(sent.get("image")), sent.get("box"))


def _take_marks() -> None:
    sent = st.session_state[state.MATCHES].get("marks")
    if isinstance(sent, dict):
        change_address(marked=marks_of(sent.get("right"), sent.get("wrong")))
        st.session_state[state.MARKS_RECEIVED] = sent.get("turn")


def _caption(question: Question) -> str:
    several = len(question.queries) > 1
    return f"Your {question.name}" if several else f"Your picture: {text(question.name)}"


def _match(match: Match, *, full: bool) -> dict[str, Any]:
    close = match.closeness
    return _item(match.record, match.rank, full=full) | {
        "distance": match.distance,
        "copies": match.copies,
        "box": match.box,
        "close": close and {"than": str(close), "bar": close.share},
    }


def _item(image: ImageRecord, rank: int, *, full: bool) -> dict[str, Any]:
    folder, _, name = image.path.rpartition("/")
    small = thumbnail_address(image)
    return {
        "id": image.id,
        "rank": rank,
        "name": text(name),
        "folder": text(folder),
        "width": image.width,
        "height": image.height,
        "size": size_in_words(image.size),
        "taken_at": image.taken_at,
        "thumbnail": small,
        "picture": picture_address(image) if full else small,
    }


def _query_address(question: Question) -> str:
    """The query as an address that needs no file on the server; made once for each query."""
    return state.once(
        state.QUERY_ADDRESS, question.image_id, lambda: jpeg_address(question.image, _QUERY_SIDE)
    )
