"""Pictures of the page as files; each is made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

_TYPES = {"png": "image/png", "svg": "image/svg+xml", "jpg": "image/jpeg"}


def save_button(label: str, file_name: str, make: Callable[[], bytes]) -> None:
    """Offer a picture as a file, whose kind its name says: PNG, SVG or JPEG."""
    kind = file_name.rpartition(".")[2]
    st.download_button(
        f"{label} ({kind.upper().replace('JPG', 'JPEG')})",
        data=make,
        file_name=file_name,
        mime=_TYPES[kind],
        on_click="ignore",
        icon=":material/download:",
        key=f"save_{file_name}",
    )
