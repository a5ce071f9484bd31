"""The question in the address of the page, so that Back, a reload and a link lead to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

import streamlit as st

from core.images import FRAMING_PARAMETERS

IMAGE = "image"
NEAR = "near"
# What is marked in the answer, and what the answer follows already.
MARKED = RIGHT, WRONG = ("right", "wrong")
FOLLOWED = MORE, LESS = ("more", "less")
QUESTION = (IMAGE, NEAR, *FRAMING_PARAMETERS, *MARKED, *FOLLOWED)
SCOPE = ("k", "limit", "folder", "from", "to", "orientation", "format", "side")

_REMEMBERED = "address"
_AWAY = "away"

Parameters = Mapping[str, str | list[str]]


def change(parameters: Parameters, *, instead_of: Iterable[str]) -> None:
    """Put parameters into the address; what Back leads to is the address before.

    Args:
        parameters: Name and value, or values.
        instead_of: The names of those that they replace.
    """
    gone = set(instead_of)
    kept = {name: value for name, value in _parameters().items() if name not in gone}
    st.query_params.from_dict({**kept, **parameters})


def ask_anew(parameters: Parameters) -> None:
    """Put another question into the address; only what is searched stays as it was."""
    change(parameters, instead_of=set(st.query_params) - set(SCOPE))


def scope_parameters() -> str:
    """What is searched, to go on an address after the question: empty, or from ``&`` on."""
    said = {name: value for name, value in _parameters().items() if name in SCOPE}
    return f"&{urlencode(said, doseq=True)}" if said else ""


def leave_search() -> None:
    """Another page than the search is shown."""
    st.session_state[_AWAY] = True


def come_back() -> None:
    """Bring back the question that was asked before another page was shown."""
    away, remembered = st.session_state.pop(_AWAY, False), st.session_state.get(_REMEMBERED)
    # An address that says something is a link, or Back: that counts.
    if away and remembered and not st.query_params:
        st.query_params.from_dict(remembered)
    st.session_state[_REMEMBERED] = _parameters()


def _parameters() -> dict[str, str | list[str]]:
    names = (*QUESTION, *SCOPE)
    return {name: st.query_params.get_all(name) for name in names if name in st.query_params}
