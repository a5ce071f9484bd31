"""The pictures that are chosen on the map: seen, searched among, taken away."""

import streamlit as st

from ...config import MOST_MATCHES
from ...feature_store import IndexSnapshot
from .. import state
from ..results import image_downloads, picture_grid
from .search_page import ask_on_search_page, search_among


def chosen_pictures(snapshot: IndexSnapshot) -> None:
    """Show the pictures that are chosen, and what can be done with them."""
    ids: tuple[str, ...] = st.session_state.get(state.CHOSEN, ())
    rows = snapshot.images.rows_of_ids(ids).tolist()
    if not rows:
        st.caption(
            "Click a picture to search with it. **Box** and **Lasso** choose several; "
            "a group of the list chooses its pictures."
        )
        return
    st.subheader(f"{len(rows):,} chosen")
    images = [snapshot.images[row] for row in rows]
    with st.container(horizontal=True, key="chosen_actions"):
        st.button(
            "Search among these",
            type="primary",
            icon=":material/filter_alt:",
            on_click=search_among,
            args=(f"{len(rows):,} chosen on the map", ids),
        )
        image_downloads(images)
        st.button(
            "Choose none",
            icon=":material/close:",
            on_click=lambda: st.session_state.pop(state.CHOSEN, None),
        )
    if len(rows) > MOST_MATCHES:
        st.caption(f"The first {MOST_MATCHES} of them:")
    picture_grid(
        images[:MOST_MATCHES], "Chosen pictures", key="chosen_pictures", on_more=ask_on_search_page
    )
