"""The answer to a question, and what the page says where there is none."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.detail import details_version, find_part
from core.duplicates import pictures_of, pictures_state, without_copies
from core.errors import IndexMismatchError, IndexServerError, LookalikeError, QueueFullError
from core.feature_store import IndexSnapshot
from core.types import DISTANCE, SearchResult
from core.ui import state
from core.ui.library import chosen_gallery, details_offer, start_indexing
from core.ui.question import Question, nothing_found
from core.ui.resources import engine, search_queue
from core.ui.sharing import is_owner, told


def find_matches(question: Question, snapshot: IndexSnapshot) -> SearchResult:
    """The answer to a question, with at least one match; the last one, if it was to the same.

    Where there is none, the reason and what to do about it end the page.
    """
    details = details_version(engine(), snapshot) if question.part else None
    if question.part and details is None:
        details_offer(snapshot)
        st.stop()
    try:
        asked = (
            *(question.id, question.options, question.hide_copies, details),
            *(snapshot.library, snapshot.space, snapshot.generation),
            pictures_state(engine(), snapshot) if question.hide_copies else None,
        )
        if (remembered := st.session_state.get(state.ANSWER)) and remembered[0] == asked:
            result: SearchResult = remembered[1]
        else:
            with st.spinner("Looking for similar images …"), search_queue().place():
                result = _search(question, snapshot)
            st.session_state[state.ANSWER] = (asked, result)
    except LookalikeError as error:
        _no_answer(error, snapshot)
        st.stop()
    if not result.matches:
        nothing_found(question, snapshot, searched=result.searched)
        st.stop()
    return result


def result_summary(result: SearchResult, question: Question) -> str:
    """How many matches there are, of how many images, in one line."""
    options = question.options
    following = f", following {options.feedback}" if options.feedback else ""
    best = "closest" if options.ranking == DISTANCE else "best by neighbourhood"
    best = "best parts" if question.part else best
    return (
        f"{len(result.matches)} {best} of {result.searched:,} images in {result.seconds:.2f} s"
        f"{following}"
    )


def _search(question: Question, snapshot: IndexSnapshot) -> SearchResult:
    images = [query.image for query in question.queries]
    k = question.options.k

    def search(k: int) -> SearchResult:
        options = replace(question.options, k=k)
        if question.part:
            return find_part(engine(), images[0], options, snapshot=snapshot)
        return engine().search(images, options, snapshot=snapshot)

    if question.hide_copies:
        return without_copies(search, k, pictures_of(engine(), snapshot))
    return search(k)


def _no_answer(error: LookalikeError, snapshot: IndexSnapshot) -> None:
    """Say why there is no answer, with the button that helps."""
    if isinstance(error, QueueFullError):
        st.warning(told(error), icon=":material/hourglass_top:")
        st.button("Try again")
        return
    st.error(told(error))
    if isinstance(error, IndexServerError):
        st.button("Try again")
    mismatch = isinstance(error, IndexMismatchError) and is_owner()
    # Without its rows, the gallery is indexed on another machine.
    if (
        mismatch
        and snapshot.rows is not None
        and st.button("Rebuild the index", type="primary", icon=":material/sync:")
    ):
        start_indexing(snapshot.library, gallery=chosen_gallery())
