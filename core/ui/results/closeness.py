"""The note above an answer that has nothing really similar."""

from __future__ import annotations

import streamlit as st

from core.types import SearchResult


def similarity_note(result: SearchResult) -> None:
    """Say so where not even the best match is really similar."""
    if result.nothing_similar:
        st.info(
            f"**Nothing here is really similar.** {result.nothing_similar}",
            icon=":material/search_off:",
        )
