"""The looks that Streamlit's theme settings do not reach."""

from __future__ import annotations

import streamlit as st

_STYLE = """
<style>
.stMainBlockContainer { padding-top: 4.5rem; padding-bottom: 4rem; }

/* The query stays beside the results while they scroll. */
@media (min-width: 768px) { .st-key-query_side { position: sticky; top: 4.5rem; } }
@media (max-width: 767px) { .st-key-query_side img { max-height: 38vh; width: auto; } }
</style>
"""


def apply_style() -> None:
    """Add the style sheet to the page."""
    st.html(_STYLE)
