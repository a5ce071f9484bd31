"""The gallery on the search page before there is a question: pictures and folders."""

import streamlit as st

from ...feature_store import IndexSnapshot
from ...types import Rows
from ..library import invitation
from ..question import change_address, clear_filters, present_address, selection
from ..results import picture_grid
from ..text import plain, text
from .folders import folder_chips

PICTURES = 40


def start_gallery(snapshot: IndexSnapshot) -> None:
    """Show folders and pictures of the gallery: those that differ most, or those of a folder."""
    invitation(snapshot)
    rows: Rows | range
    address = present_address()
    if chosen := selection(address.among):
        st.caption(f"Only: {plain(chosen.name)}")
        clear_filters()
        rows, label = snapshot.images.rows_of_ids(chosen.ids), chosen.name
    elif folder := folder_chips(snapshot, address.browsed):
        rows, label = snapshot.images.rows_below(folder), f"Pictures in {folder}"
    else:
        rows, label = snapshot.variety, "Pictures of the gallery"
    pages = max(-(-len(rows) // PICTURES), 1)
    page = address.page % pages
    shown = rows[page * PICTURES : (page + 1) * PICTURES]
    picture_grid([snapshot.images[int(row)] for row in shown], text(label), key="pictures")
    if pages > 1:
        st.button(
            "Others",
            icon=":material/shuffle:",
            on_click=change_address,
            kwargs={"page": (page + 1) % pages},
        )
