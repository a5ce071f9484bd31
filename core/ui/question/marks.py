"""Matches that are marked as right or wrong, in the address and in a bar above the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.feature_store import IndexSnapshot
from core.search import Feedback
from core.ui.question import address

# With this many marked and as many followed an address has 7,800 characters; servers accept 8,000.
MOST_MARKS = 100


def marked(snapshot: IndexSnapshot) -> Feedback:
    """What is marked now, without images that the gallery lacks."""
    return _read(address.MARKED, snapshot)


def followed(snapshot: IndexSnapshot) -> Feedback:
    """The marks that the answer follows: those of the last "Search again"."""
    return _read(address.FOLLOWED, snapshot)


def set_marks(right: Any, wrong: Any) -> None:
    """Put lists of ids, as a browser sent them, into the address; reading it drops unknown ids."""
    said = {}
    for name, ids in zip(address.MARKED, (right, wrong), strict=True):
        if isinstance(ids, list) and ids:
            said[name] = [str(image_id) for image_id in ids[:MOST_MARKS]]
    address.change(said, instead_of=address.MARKED)


def mark_bar(snapshot: IndexSnapshot) -> DeltaGenerator:
    """Show how much is marked and followed, with buttons to search again and to clear.

    Returns:
        The bar, for other buttons.
    """
    now, then = marked(snapshot), followed(snapshot)
    bar = st.container(horizontal=True, vertical_alignment="center", key="marks")
    with bar:
        st.markdown(_told(now, then), width="content")
        if _differ(now, then):
            st.button(
                "Search again",
                type="primary",
                icon=":material/refresh:",
                on_click=_search_again,
                args=(now,),
            )
        if now or then:
            st.button(
                "Clear",
                icon=":material/close:",
                help="Take all marks back and show what is closest to your picture alone.",
                on_click=address.change,
                args=({},),
                kwargs={"instead_of": (*address.MARKED, *address.FOLLOWED)},
            )
    return bar


def _told(now: Feedback, then: Feedback) -> str:
    if not now and not then:
        return "Mark results as right or wrong, then search again."
    if not _differ(now, then):
        return f"Results follow **{now}**"
    full = f" (the most are {MOST_MARKS})" if _number(now) == MOST_MARKS else ""
    return f"**{now}**{full}" if now else "No marks"


def _search_again(now: Feedback) -> None:
    address.change(_said(address.FOLLOWED, now), instead_of=address.FOLLOWED)


def _said(names: tuple[str, ...], marks: Feedback) -> Mapping[str, list[str]]:
    pairs = zip(names, (marks.right, marks.wrong), strict=True)
    return {name: list(ids) for name, ids in pairs if ids}


def _read(names: tuple[str, ...], snapshot: IndexSnapshot) -> Feedback:
    right, wrong = (
        dict.fromkeys(
            image_id for image_id in st.query_params.get_all(name) if snapshot.with_id(image_id)
        )
        for name in names
    )
    chosen = tuple(right)[:MOST_MARKS]
    rest = tuple(image_id for image_id in wrong if image_id not in right)
    return Feedback(chosen, rest[: MOST_MARKS - len(chosen)])


def _differ(now: Feedback, then: Feedback) -> bool:
    return (set(now.right), set(now.wrong)) != (set(then.right), set(then.wrong))


def _number(marks: Feedback) -> int:
    return len(marks.right) + len(marks.wrong)
