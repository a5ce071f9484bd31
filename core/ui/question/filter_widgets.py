"""Keys of the widgets of the filters, which keep them in step with the address."""

from __future__ import annotations

import streamlit as st

from core.ui import state
from core.ui.question import address


def follow_address() -> None:
    """Give the widgets new keys where Back, a link or a button put other filters in the address.

    A widget in a closed popover keeps what was chosen in it, and would send it in the next run.
    """
    said = address.scope_parameters()
    if st.session_state.get(state.FILTERS, said) != said:
        replaced = st.session_state.get(state.FILTERS_REPLACED, 0)
        st.session_state[state.FILTERS_REPLACED] = replaced + 1
    st.session_state[state.FILTERS] = said


def filter_key(name: str) -> str:
    """Key of the widget that sets a parameter of the address."""
    return state.filter_widget(name, st.session_state.get(state.FILTERS_REPLACED, 0))


def set_filter(name: str, value: str | list[str] | None) -> None:
    """Put what a widget was set to into the address; ``None`` for its default."""
    address.change({} if value is None else {name: value}, instead_of=(name,))
    st.session_state[state.FILTERS] = address.scope_parameters()
