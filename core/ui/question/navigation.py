"""The address of this tab: Back, a reload and a link restore what it says."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from .. import state
from .address import FIRST, SearchAddress


def present_address() -> SearchAddress:
    """The address of this tab."""
    return SearchAddress.parse({name: st.query_params.get_all(name) for name in st.query_params})


def go_to(address: SearchAddress) -> None:
    """Put an address into this tab; Back leads to the one before."""
    st.query_params.from_dict(address.to_parameters())


def change_address(**changes: Any) -> None:
    """Change fields of the address of this tab, see ``SearchAddress``."""
    go_to(replace(present_address(), **changes))


def scope_parameters() -> str:
    """The scope of the matches as ``&name=value…``, to append to a question; may be empty."""
    scope = present_address().about(FIRST).to_parameters()
    return f"&{urlencode(scope, doseq=True)}" if scope else ""


def last_search() -> SearchAddress:
    """The address of the search page when it was last shown."""
    address: SearchAddress = st.session_state.get(state.SEARCH_ADDRESS, SearchAddress())
    return address


def come_back() -> SearchAddress:
    """The address of the search page, which restores the question asked before another page."""
    # An address with parameters comes from a link or from Back, and is not replaced.
    if st.session_state.pop(state.LEFT_SEARCH, False) and not st.query_params:
        go_to(last_search())
    address = st.session_state[state.SEARCH_ADDRESS] = present_address()
    return address
