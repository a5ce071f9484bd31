"""Explore: what is in the gallery, without a question."""

import streamlit as st

from core.ui.explore import drawing_panel, explore_views, go_to_search_page, map_of
from core.ui.library import first_look_notice, onboarding, open_gallery

go_to_search_page()
st.title("Explore")
snapshot = open_gallery()
if snapshot is None:
    onboarding()
    st.stop()
first_look_notice(snapshot)
found = map_of(snapshot)
if found is None:
    drawing_panel(
        "Draw the map",
        "There is no map of this gallery yet. It shows every picture as a point, similar ones "
        "together, and the groups that they form.",
    )
    st.stop()
explore_views(snapshot, found)
