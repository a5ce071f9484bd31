"""The pictures that are searched with: one with its editor, several as a list."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.search import ALL, ANY, COMBINATIONS
from core.ui import state
from core.ui.components import component
from core.ui.question import address
from core.ui.question.queries import remove
from core.ui.question.query import Query
from core.ui.question.query_editor import query_editor
from core.ui.text import text

_LABELS = {ALL: "Near all", ANY: "Near any"}


def query_pictures(queries: Sequence[Query]) -> None:
    """Show what is searched with: one picture with its crop, or several with their switch."""
    if len(queries) == 1:
        query_editor(queries[0])
    else:
        _query_list(queries)


def _query_list(queries: Sequence[Query]) -> None:
    component("query_list", __file__)(
        key=state.QUERY_LIST,
        data={
            "pictures": [
                {"id": query.content_id, "name": text(query.name), "address": query.small_address}
                for query in queries
            ]
        },
        on_remove_change=_remove_chosen,
    )
    st.session_state[state.COMBINATION] = combination()
    st.segmented_control(
        "Find pictures",
        COMBINATIONS,
        required=True,
        format_func=_LABELS.__getitem__,
        help="**Near all**: the farthest of your pictures counts. **Near any**: the nearest does.",
        key=state.COMBINATION,
        on_change=_combine,
    )


def combination() -> str:
    """How several pictures are combined, as the address says: ``ALL`` or ``ANY``."""
    return ANY if st.query_params.get(address.NEAR) == ANY else ALL


def _combine() -> None:
    chosen = st.session_state[state.COMBINATION]
    address.change({address.NEAR: ANY} if chosen == ANY else {}, instead_of=(address.NEAR,))


def _remove_chosen() -> None:
    if chosen := st.session_state[state.QUERY_LIST].get("remove"):
        remove(str(chosen))
