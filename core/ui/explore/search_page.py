"""From another page to the search page, with a question."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import streamlit as st

from .. import state
from ..question import SearchAddress, keep_selection, last_search

_SEARCH = Path(__file__).parents[3] / "pages" / "search.py"


def ask_on_search_page(image_id: str) -> None:
    """Let ``go_to_search_page`` search with an image of the gallery, given by its id."""
    _next(replace(last_search().about(image_id), among=""))


def ask_within_group(image_id: str, group: str) -> None:
    """The same, among the images of a group, given by its name."""
    _next(replace(last_search().about(image_id), among="", groups=(group,)))


def search_among(name: str, ids: Iterable[str]) -> None:
    """Let ``go_to_search_page`` ask the last question, if any, to these images, called ``name``."""
    _next(last_search().only_among(keep_selection(name, ids)))


def go_to_search_page() -> None:
    """Show the search page, if that was asked for before this run of the page."""
    address: SearchAddress | None = st.session_state.pop(state.NEXT_SEARCH, None)
    if address is not None:
        st.switch_page(_SEARCH, query_params=address.to_parameters())


def _next(address: SearchAddress) -> None:
    st.session_state[state.NEXT_SEARCH] = address
