"""The notes above an answer: its order, its index, and whether anything is really similar."""

import streamlit as st

from ...types import NEIGHBOURHOOD, SearchResult
from ..question import Question
from ..sharing import is_owner
from ..text import plain


def answer_notes(result: SearchResult, question: Question) -> None:
    """Say so where parts, another index or order are compared than expected, or none is similar."""
    # That of an index server has its address.
    if result.warning and not question.options.part and is_owner():
        st.warning(plain(result.warning), icon=":material/update:")
    if question.options.part:
        st.caption(
            ":material/crop_free: **As a part:** the box shows where your picture was found. "
            "Marks as wrong leave pictures out; marks as right change nothing here."
        )
        if result.warning:
            st.caption(f":material/update: {plain(result.warning)}")
    elif question.options.ranking == NEIGHBOURHOOD:
        st.caption(
            ":material/hub: **In the order of the neighbourhood:** similar pictures support each "
            "other, so distances may go up and down."
        )
    if result.nothing_similar:
        st.info(
            f"**Nothing here is really similar.** {result.nothing_similar}",
            icon=":material/search_off:",
        )
