"""Ask with a picture of the clipboard: by Ctrl+V anywhere on the page, or by a button."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer


def paste_button() -> None:
    """Show the button, where the browser lets a page read the clipboard; listen for Ctrl+V."""
    _component()(key="paste", width="content")


@st.cache_resource(show_spinner=False)
def _component() -> ComponentRenderer:
    js, css = (
        Path(__file__).with_name(f"paste.{kind}").read_text("utf-8") for kind in ("js", "css")
    )
    return st.components.v2.component("lookalike_paste", js=js, css=css)
