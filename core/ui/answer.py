"""Search once per query and index, however often the page runs."""

from __future__ import annotations

import streamlit as st

from core.feature_store import IndexSnapshot
from core.types import SearchResult
from core.ui.filter_panel import Scope
from core.ui.query import Query
from core.ui.resources import engine, search_turns


def answer(query: Query, scope: Scope, snapshot: IndexSnapshot) -> SearchResult:
    """The matches of a query; remembered in the session until question or index change.

    Raises:
        QueueFullError: Too many others search.
        LookalikeError: See ``ImageSearchEngine.search``.
    """
    question = (query.id, scope, snapshot.library, snapshot.space, snapshot.generation)
    remembered = st.session_state.get("answer")
    if remembered and remembered[0] == question:
        result: SearchResult = remembered[1]
        return result
    with st.spinner("Looking for similar images …"), search_turns().turn():
        result = engine().search(
            query.image,
            scope.k,
            filters=scope.filters,
            max_distance=scope.max_distance,
            snapshot=snapshot,
        )
    st.session_state["answer"] = (question, result)
    return result
