"""Styles that Streamlit's theme settings do not cover."""

from __future__ import annotations

from string import Template

import streamlit as st

_STYLE = Template("""
<style>
.stMainBlockContainer { padding-top: 4.5rem; padding-bottom: 4rem; }

/* Streamlit's own grey is too faint for small letters on a light page. */
.stApp [data-testid=stCaptionContainer] { opacity: .78; }

/* The bar of marks stays in sight while the results scroll below it. It is always as high, so that
   the first mark does not move the picture under the pointer. */
[data-testid=stLayoutWrapper]:has(> .st-key-marks)
  { position: sticky; top: 3.75rem; z-index: 5; background: light-dark($light, $dark); }
.st-key-marks { min-height: 3.5rem; }

/* On a dark page, small letters in the main colour cannot be read. */
body [data-testid=stSliderThumbValue],
body .stButtonGroup.stButtonGroup button[data-variant=pills][data-selected=true],
body .stButtonGroup.stButtonGroup button[data-variant=segmented_control][data-selected=true]
  { color: inherit; }

/* The query stays beside the results while they scroll. */
@media (min-width: 768px) {
  .stColumn:has(.st-key-query_side) { position: sticky; top: 4.5rem; align-self: flex-start; }
}
@media (max-width: 767px) { .st-key-query_side img { max-height: 38vh; width: auto; } }
</style>
""")


def apply_style() -> None:
    """Add the style sheet to the page."""
    schemes = ("light", "dark")
    grounds = {name: st.get_option(f"theme.{name}.backgroundColor") for name in schemes}
    st.html(_STYLE.substitute(grounds))
