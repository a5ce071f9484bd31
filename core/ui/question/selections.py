"""Selections of images to search among: kept in the session, by their name in the address."""

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from .. import state

_KEPT = 8


@dataclass(frozen=True)
class Selection:
    """Images to search among, by their ids, with a name for a person."""

    name: str
    ids: frozenset[str]


def keep_selection(name: str, ids: Iterable[str]) -> str:
    """Keep a selection of images; return its name in the address."""
    kept = list(_all().items())[-(_KEPT - 1) :]
    key = f"selection{state.count_up(state.SELECTION_COUNT)}"
    st.session_state[state.SELECTIONS] = dict(kept) | {key: Selection(name, frozenset(ids))}
    return key


def selection(key: str) -> Selection | None:
    """The selection that an address means by a name; ``None`` where it is not kept here."""
    return _all().get(key)


def _all() -> dict[str, Selection]:
    selections: dict[str, Selection] = st.session_state.get(state.SELECTIONS, {})
    return selections
