"""The pictures that are searched with: one with its editor, several as a list."""

from collections.abc import Sequence

import streamlit as st

from ...images import box_of
from ...search import ALL, ANY, COMBINATIONS
from .. import state
from ..components import component
from ..text import text
from .navigation import change_address, present_address
from .queries import remove
from .query import Query
from .question import Question

_LABELS = {ALL: "Near all", ANY: "Near any"}


def query_pictures(question: Question) -> None:
    """Show what is searched with: one picture with its crop, or several with their switch."""
    if len(question.queries) == 1:
        _editor(question.queries[0])
    else:
        _list(question.queries)
        _switch(question.options.combine)


def _editor(query: Query) -> None:
    """Show a single picture with a box to draw on it, and buttons to turn and mirror it."""
    component("query_editor", __file__)(
        key=state.QUERY_EDITOR,
        data={"picture": query.shown_address, "name": query.name, "box": query.framing.box},
        on_box_change=_take_box,
        on_turn_change=lambda: change_address(framing=present_address().framing.rotated()),
        on_mirror_change=lambda: change_address(framing=present_address().framing.flipped()),
    )


def _take_box() -> None:
    # An empty box stands for the whole picture.
    box = box_of(st.session_state[state.QUERY_EDITOR].get("box"))
    change_address(framing=present_address().framing.around(box))


def _list(queries: Sequence[Query]) -> None:
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


def _remove_chosen() -> None:
    if chosen := st.session_state[state.QUERY_LIST].get("remove"):
        remove(str(chosen))


def _switch(combine: str) -> None:
    st.session_state[state.COMBINATION] = combine
    st.segmented_control(
        "Find pictures",
        COMBINATIONS,
        required=True,
        format_func=_LABELS.__getitem__,
        help="**Near all**: the farthest of your pictures counts. **Near any**: the nearest does.",
        key=state.COMBINATION,
        on_change=lambda: change_address(combine=st.session_state[state.COMBINATION]),
    )
