"""The switch that keeps a gallery up to date by itself."""

from pathlib import Path

import streamlit as st

from ..resources import jobs
from ..sharing import errors_shown, require_owner


def watch_switch(library: Path, gallery: str) -> None:
    """Show the switch that watches the folder of a gallery."""
    key = f"watch_{gallery}"

    def switch() -> None:
        with errors_shown():
            require_owner()
            if st.session_state[key]:
                jobs().indexing.watch(library, gallery=gallery)
            else:
                jobs().indexing.unwatch(gallery)

    # Another browser may have switched it.
    st.session_state[key] = jobs().indexing.watches(gallery)
    st.toggle(
        "Watch the folder: take up new and deleted images by itself", key=key, on_change=switch
    )
