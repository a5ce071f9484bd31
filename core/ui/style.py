"""The looks that Streamlit's theme settings do not reach."""

from __future__ import annotations

import streamlit as st

_STYLE = """
<style>
.stMainBlockContainer { padding-top: 4.5rem; padding-bottom: 4rem; }

/* The query stays beside the results while they scroll. */
@media (min-width: 768px) { .st-key-query_side { position: sticky; top: 4.5rem; } }
@media (max-width: 767px) { .st-key-query_side img { max-height: 38vh; width: auto; } }

.matches { display: grid; gap: .9rem; padding: 0; margin: 0; list-style: none;
           grid-template-columns: repeat(auto-fill, minmax(min(9.5rem, 42vw), 1fr)); }
.matches li { margin: 0; min-width: 0; }
.matches figure { margin: 0; }
.matches img { width: 100%; height: auto; aspect-ratio: 1; object-fit: cover; display: block;
               border-radius: .6rem; background: rgba(128, 128, 128, .18); font-size: .8rem; }
.matches figcaption { display: grid; grid-template-columns: auto 1fr; column-gap: .5rem;
                      margin-top: .3rem; font-size: .82rem; line-height: 1.35; }
.matches .rank { font-weight: 700; }
.matches .distance { text-align: right; font-variant-numeric: tabular-nums; }
.matches .name { grid-column: 1 / -1; overflow: hidden; text-overflow: ellipsis;
                 white-space: nowrap; }
</style>
"""


def apply_style() -> None:
    """Add the style sheet to the page."""
    st.html(_STYLE)
