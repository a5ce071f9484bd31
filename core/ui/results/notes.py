"""The notes above an answer: its order, and whether it has anything really similar."""

from __future__ import annotations

import streamlit as st

from core.types import NEIGHBOURHOOD, SearchResult
from core.ui.question import Scope


def answer_notes(result: SearchResult, scope: Scope) -> None:
    """Say so where matches are not in the order of their distances, or none is really similar."""
    if scope.ranking == NEIGHBOURHOOD:
        st.caption(
            ":material/hub: **In the order of the neighbourhood:** similar pictures support each "
            "other, so distances may go up and down."
        )
    if result.nothing_similar:
        st.info(
            f"**Nothing here is really similar.** {result.nothing_similar}",
            icon=":material/search_off:",
        )
