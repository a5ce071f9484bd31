"""From the Explore page to the search page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from core.ui import state
from core.ui.question import IMAGE, keep_selection, search_next

_SEARCH = Path(__file__).parents[3] / "pages" / "search.py"


def search_with(image_id: str) -> None:
    """Search with an image of the gallery once the page is run again."""
    search_next({IMAGE: image_id})


def search_among(name: str, ids: Iterable[str]) -> None:
    """Search among some images, once the page is run again, with the last question if any.

    Args:
        name: What they are, for a person.
        ids: Of the images.
    """
    search_next(keep_selection(name, ids), keep_question=True)


def go_to_search() -> None:
    """Go to the search page where that was asked for; else do nothing."""
    parameters = st.session_state.pop(state.NEXT_SEARCH, None)
    if parameters is not None:
        st.switch_page(_SEARCH, query_params=parameters)
