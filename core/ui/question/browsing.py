"""What the search page shows before there is a question, in its address."""

from __future__ import annotations

import streamlit as st

from core.feature_store import IndexSnapshot
from core.ui.question import address


def browse(*, folder: str | None = None, shown: int = 0) -> None:
    """Put a folder into the address, ``""`` for none, and which of its pictures are shown.

    Args:
        folder: Relative to the library; by default the present one.
        shown: Number of the page of pictures, from 0.
    """
    said = st.query_params.get(address.BROWSE, "") if folder is None else folder
    parameters = {address.BROWSE: said, address.SHOWN: str(shown) if shown else ""}
    address.change(
        {name: value for name, value in parameters.items() if value}, instead_of=address.BROWSED
    )


def browsed_folder(snapshot: IndexSnapshot) -> str:
    """The folder of the address; ``""`` where there is none or the gallery lacks it."""
    said = st.query_params.get(address.BROWSE, "").strip("/")
    return said if said and snapshot.images.rows_below(said) else ""
