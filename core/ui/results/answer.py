"""The answer to a question, and what the page says where there is none."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.detail import details_version, find_part
from core.duplicates import pictures_of, pictures_state, without_copies
from core.errors import IndexMismatchError, IndexServerError, LookalikeError, QueueFullError
from core.feature_store import IndexSnapshot
from core.search import SearchOptions
from core.types import DISTANCE, SearchResult
from core.ui import state
from core.ui.library import chosen_gallery, details_offer, start_indexing
from core.ui.question import Question, Scope, nothing_found
from core.ui.resources import engine, search_queue
from core.ui.sharing import is_owner, told


def find_matches(question: Question, scope: Scope, snapshot: IndexSnapshot) -> SearchResult:
    """The answer to a question, with at least one match.

    Where there is none, the reason and what to do about it end the page.
    """
    if scope.part and details_version(engine(), snapshot) is None:
        details_offer(snapshot)
        st.stop()
    try:
        result = _answer(question, scope, snapshot)
    except QueueFullError as error:
        st.warning(told(error), icon=":material/hourglass_top:")
        st.button("Try again")
        st.stop()
    except LookalikeError as error:
        st.error(told(error))
        if isinstance(error, IndexServerError):
            st.button("Try again")
        remedy = "Update" if snapshot.space.outdated else "Rebuild the index"
        mismatch = isinstance(error, IndexMismatchError) and is_owner()
        # Without its rows, the gallery is indexed on another machine.
        if (
            mismatch
            and snapshot.rows is not None
            and st.button(remedy, type="primary", icon=":material/sync:")
        ):
            start_indexing(snapshot.library, gallery=chosen_gallery())
        st.stop()
    if not result.matches:
        nothing_found(scope, snapshot, searched=result.searched)
        st.stop()
    return result


def result_summary(result: SearchResult, question: Question, scope: Scope) -> str:
    """How many matches there are, of how many images, in one line."""
    following = f", following {question.feedback}" if question.feedback else ""
    best = "closest" if scope.ranking == DISTANCE else "best by neighbourhood"
    best = "best parts" if scope.part else best
    return (
        f"{len(result.matches)} {best} of {result.searched:,} images in {result.seconds:.2f} s"
        f"{following}"
    )


def _answer(question: Question, scope: Scope, snapshot: IndexSnapshot) -> SearchResult:
    """Search, or give the answer of the last run of the page, if it was to the same question."""
    asked = (
        *(question.id, scope, snapshot.library, snapshot.space, snapshot.generation),
        details_version(engine(), snapshot) if scope.part else None,
        pictures_state(engine(), snapshot) if scope.hide_copies else None,
    )
    remembered = st.session_state.get(state.ANSWER)
    if remembered and remembered[0] == asked:
        result: SearchResult = remembered[1]
        return result
    with st.spinner("Looking for similar images …"), search_queue().place():
        if scope.hide_copies:
            search = partial(_search, question, scope, snapshot)
            result = without_copies(search, scope.k, pictures_of(engine(), snapshot))
        else:
            result = _search(question, scope, snapshot, scope.k)
    st.session_state[state.ANSWER] = (asked, result)
    return result


def _search(question: Question, scope: Scope, snapshot: IndexSnapshot, k: int) -> SearchResult:
    options = SearchOptions(
        k=k,
        combine=question.combine,
        feedback=question.feedback,
        filters=scope.filters,
        max_distance=scope.max_distance,
        ranking=scope.ranking,
    )
    images = [query.image for query in question.queries]
    if scope.part:
        return find_part(engine(), images[0], options, snapshot=snapshot)
    return engine().search(images, options, snapshot=snapshot)
