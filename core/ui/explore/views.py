"""What the Explore page shows of a gallery: its map, groups, odd and misfiled pictures."""

from __future__ import annotations

import streamlit as st

from core.explore import GalleryMap
from core.feature_store import IndexSnapshot
from core.ui import state
from core.ui.explore.groups import GROUP, groups_view, misfiled_view, odd_view
from core.ui.explore.map_view import map_view

MAP, GROUPS, ODD, MISFILED = ("map", "groups", "odd", "misfiled")
_LABELS = {MAP: "Map", GROUPS: "Groups", ODD: "Odd ones out", MISFILED: "Probably misfiled"}
# The view, in the address.
_VIEW = "view"


def explore_views(snapshot: IndexSnapshot, found: GalleryMap) -> None:
    """Show the view that the address says, and the choice among all."""
    said = GROUPS if GROUP in st.query_params else st.query_params.get(_VIEW, MAP)
    view = said if said in _LABELS else MAP
    # Set in each run, so that Back leads to the view of the address.
    st.session_state[state.EXPLORE_VIEW] = view
    st.segmented_control(
        "View",
        list(_LABELS),
        required=True,
        format_func=_LABELS.__getitem__,
        label_visibility="collapsed",
        key=state.EXPLORE_VIEW,
        on_change=_show,
    )
    if view == MAP:
        map_view(snapshot, found)
    elif view == GROUPS:
        groups_view(snapshot, found)
    elif view == ODD:
        odd_view(snapshot, found)
    else:
        misfiled_view(snapshot)


def _show() -> None:
    view = st.session_state[state.EXPLORE_VIEW]
    st.query_params.from_dict({} if view == MAP else {_VIEW: view})
