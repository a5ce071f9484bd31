"""From another page to the search page, with a question."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from core.ui import state

_SEARCH = Path(__file__).parents[3] / "pages" / "search.py"


def ask_on_search_page(image_id: str) -> None:
    """Let ``go_to_search_page`` search with an image of the gallery, given by its id."""
    st.session_state[state.ASKED_ELSEWHERE] = image_id


def go_to_search_page() -> None:
    """Show the search page, if ``ask_on_search_page`` was called before this run of the page."""
    if image_id := st.session_state.pop(state.ASKED_ELSEWHERE, None):
        st.switch_page(_SEARCH, query_params={"image": image_id})


def search_page_link(label: str, *, icon: str, parameters: Mapping[str, str]) -> None:
    """A link to the search page with parameters of its address."""
    st.page_link(_SEARCH, label=label, icon=icon, query_params=dict(parameters))
