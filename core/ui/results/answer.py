"""Search once per question and index, however often the page runs."""

from __future__ import annotations

import streamlit as st

from core.feature_store import IndexSnapshot
from core.types import SearchResult
from core.ui import state
from core.ui.question import Question, Scope
from core.ui.resources import engine, search_queue


def answer_to(question: Question, scope: Scope, snapshot: IndexSnapshot) -> SearchResult:
    """The matches of a question; remembered in the session until question or index change.

    Raises:
        QueueFullError: Too many others search.
        LookalikeError: See ``ImageSearchEngine.search``.
    """
    asked = (question.id, scope, snapshot.library, snapshot.space, snapshot.generation)
    remembered = st.session_state.get(state.ANSWER)
    if remembered and remembered[0] == asked:
        result: SearchResult = remembered[1]
        return result
    with st.spinner("Looking for similar images …"), search_queue().place():
        result = engine().search(
            [query.image for query in question.queries],
            scope.k,
            combine=question.combine,
            feedback=question.feedback,
            filters=scope.filters,
            max_distance=scope.max_distance,
            snapshot=snapshot,
        )
    st.session_state[state.ANSWER] = (asked, result)
    return result
