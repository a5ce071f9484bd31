"""Whether the picture is compared with whole images, or searched for as a part of them."""

from __future__ import annotations

import streamlit as st

from core.ui import state
from core.ui.question import address

_LABELS = {False: "A whole picture", True: "A part"}


def part_choice() -> bool:
    """Show the choice, which stands in the address; return whether it is a part."""
    key = state.filter_widget(address.FIND)
    st.session_state[key] = st.query_params.get(address.FIND) == address.PART
    st.segmented_control(
        "Find it as",
        (False, True),
        required=True,
        format_func=_LABELS.__getitem__,
        help="**A part** finds the thing also where it is small in a large picture, and shows "
        "where. Let it fill your picture: draw a box around it.",
        key=key,
        on_change=_write,
        args=(key,),
    )
    return bool(st.session_state[key])


def _write(key: str) -> None:
    chosen = {address.FIND: address.PART} if st.session_state[key] else {}
    address.change(chosen, instead_of=(address.FIND,))
