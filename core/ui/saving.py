"""What a page shows as files to take away; each is made when it is asked for."""

from collections.abc import Callable

import streamlit as st

_TYPES = {"csv": "text/csv", "jpg": "image/jpeg", "png": "image/png", "svg": "image/svg+xml"}


def save_button(
    label: str, file_name: str, make: Callable[[], bytes], *, icon: str = "download"
) -> None:
    """Offer a file, whose kind its name says: CSV, JPEG, PNG or SVG."""
    kind = file_name.rpartition(".")[2]
    st.download_button(
        f"{label} ({kind.upper().replace('JPG', 'JPEG')})",
        data=make,
        file_name=file_name,
        mime=_TYPES[kind],
        on_click="ignore",
        icon=f":material/{icon}:",
        key=f"save_{file_name}",
    )
