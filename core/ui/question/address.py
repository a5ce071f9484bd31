"""The question in the address of the search page, so that Back, a reload and a link restore it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

import streamlit as st

from core.images import FRAMING_PARAMETERS
from core.ui import state

IMAGE = "image"
NEAR = "near"
# What is marked in the answer, and the marks that the answer follows.
MARKED = RIGHT, WRONG = ("right", "wrong")
FOLLOWED = MORE, LESS = ("more", "less")
QUESTION = (IMAGE, NEAR, *FRAMING_PARAMETERS, *MARKED, *FOLLOWED)
RANKING = "ranking"
AMONG, GROUP = ("among", "group")
FIND, PART = ("find", "part")
FILTERS = ("limit", "folder", "from", "to", "orientation", "format", "side", GROUP, AMONG)
COPIES = "copies"
SCOPE = ("k", RANKING, COPIES, FIND, *FILTERS)
# What the page shows before there is a question: pictures of a folder, and which ones.
BROWSED = BROWSE, SHOWN = ("browse", "shown")

Parameters = Mapping[str, str | list[str]]


def change(parameters: Parameters, *, instead_of: Iterable[str]) -> None:
    """Put parameters into the address in place of others; Back leads to the address before."""
    gone = set(instead_of)
    kept = {name: value for name, value in _parameters().items() if name not in gone}
    st.query_params.from_dict({**kept, **parameters})


def ask_anew(parameters: Parameters) -> None:
    """Put another question into the address; the filters stay."""
    change(parameters, instead_of=set(st.query_params) - set(SCOPE))


def scope_parameters() -> str:
    """The filters as ``&name=value…``, to append to an address with a question; may be empty."""
    said = {name: value for name, value in _parameters().items() if name in SCOPE}
    return f"&{urlencode(said, doseq=True)}" if said else ""


def search_next(parameters: Parameters, *, keep_question: bool = False) -> None:
    """Let another page lead to the search page, with these parameters; see ``NEXT_SEARCH``.

    With ``keep_question`` they are added to the question that was asked last.
    """
    last = st.session_state.get(state.SEARCH_ADDRESS, {})
    kept = QUESTION if keep_question else SCOPE
    before = {name: value for name, value in last.items() if name in kept and name != AMONG}
    st.session_state[state.NEXT_SEARCH] = before | dict(parameters)


def leave_search() -> None:
    """Note that a page other than the search is shown."""
    st.session_state[state.LEFT_SEARCH] = True


def come_back() -> None:
    """Restore the question that was asked before another page was shown."""
    left = st.session_state.pop(state.LEFT_SEARCH, False)
    remembered = st.session_state.get(state.SEARCH_ADDRESS)
    # An address with parameters comes from a link or from Back, and is not replaced.
    if left and remembered and not st.query_params:
        st.query_params.from_dict(remembered)
    st.session_state[state.SEARCH_ADDRESS] = _parameters()


def _parameters() -> dict[str, str | list[str]]:
    names = (*QUESTION, *SCOPE, *BROWSED)
    return {name: st.query_params.get_all(name) for name in names if name in st.query_params}
