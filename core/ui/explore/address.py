"""The view of the Explore page and the open group, in its address."""

import streamlit as st

from .. import state

MAP, GROUPS, ODD, MISFILED = VIEWS = ("map", "groups", "odd", "misfiled")
# The open group is meant by its most central picture: its name may change.
_VIEW, _OPEN = "view", "open"


def shown_view() -> str:
    """The view that the address says."""
    view = GROUPS if _OPEN in st.query_params else st.query_params.get(_VIEW, MAP)
    return view if view in VIEWS else MAP


def show_view(view: str) -> None:
    """Put a view into the address, without an open group; Back leads to the address before."""
    st.query_params.from_dict({} if view == MAP else {_VIEW: view})


def opened_group() -> str | None:
    """Id of the most central picture of the open group; ``None`` where none is open."""
    return st.query_params.get(_OPEN)


def open_group(representative: str) -> None:
    """Put a group, by its most central picture, into the address."""
    st.query_params.from_dict({_VIEW: GROUPS, _OPEN: representative})


def come_back() -> None:
    """Restore the view that was shown before another page was."""
    left = st.session_state.pop(state.LEFT_EXPLORE, False)
    remembered = st.session_state.get(state.EXPLORE_ADDRESS)
    # Back from a question leads to an address of this page with the parameters of the question:
    # Streamlit puts them there before it changes the page.
    if left and remembered is not None and not {_VIEW, _OPEN} & set(st.query_params):
        st.query_params.from_dict(remembered)
    st.session_state[state.EXPLORE_ADDRESS] = st.query_params.to_dict()
