"""What the Explore page shows of a gallery: its map, groups, odd and misfiled pictures."""

import streamlit as st

from ...explore import GalleryMap
from ...feature_store import IndexSnapshot
from .. import state
from .address import GROUPS, MAP, MISFILED, ODD, VIEWS, come_back, show_view, shown_view
from .drawing import drawing_panel
from .groups import groups_view, misfiled_view, odd_view
from .map_view import map_view

_LABELS = {MAP: "Map", GROUPS: "Groups", ODD: "Odd ones out", MISFILED: "Probably misfiled"}


def explore_views(snapshot: IndexSnapshot, found: GalleryMap) -> None:
    """Show the view that the address says, and the choice among all."""
    come_back()
    view = shown_view()
    # Set in each run, so that Back leads to the view of the address.
    st.session_state[state.EXPLORE_VIEW] = view
    st.segmented_control(
        "View",
        VIEWS,
        required=True,
        format_func=_LABELS.__getitem__,
        label_visibility="collapsed",
        key=state.EXPLORE_VIEW,
        on_change=lambda: show_view(st.session_state[state.EXPLORE_VIEW]),
    )
    if found.redraw_reason and view != MISFILED:
        drawing_panel("Draw it again", found.redraw_reason)
    if view == MAP:
        map_view(snapshot, found)
    elif view == GROUPS:
        groups_view(snapshot, found)
    elif view == ODD:
        odd_view(snapshot, found)
    else:
        misfiled_view(snapshot)
