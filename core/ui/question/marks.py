"""Matches that are marked as right or wrong, in a bar above the answer."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ...search import Feedback
from .address import MOST_MARKS
from .navigation import change_address
from .question import Question


def mark_bar(question: Question) -> DeltaGenerator:
    """Show how much is marked and followed, with buttons to search again and to clear.

    Returns:
        The bar, for other buttons.
    """
    now, then = question.marked, question.options.feedback
    bar = st.container(horizontal=True, vertical_alignment="center", key="marks")
    with bar:
        st.markdown(_told(now, then), width="content")
        if _differ(now, then):
            st.button(
                "Search again",
                type="primary",
                icon=":material/refresh:",
                on_click=change_address,
                kwargs={"followed": now},
            )
        if now or then:
            st.button(
                "Clear",
                icon=":material/close:",
                help="Take all marks back and show what is closest to your picture alone.",
                on_click=change_address,
                kwargs={"marked": Feedback(), "followed": Feedback()},
            )
    return bar


def _told(now: Feedback, then: Feedback) -> str:
    if not now and not then:
        return "Mark results as right or wrong, then search again."
    if not _differ(now, then):
        return f"Results follow **{now}**"
    most = len(now.right) + len(now.wrong) == MOST_MARKS
    full = f" (the most are {MOST_MARKS})" if most else ""
    return f"**{now}**{full}" if now else "No marks"


def _differ(now: Feedback, then: Feedback) -> bool:
    return (set(now.right), set(now.wrong)) != (set(then.right), set(then.wrong))
