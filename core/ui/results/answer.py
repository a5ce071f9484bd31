"""The answer to a question, and what the page says where there is none."""

import streamlit as st

from ...errors import IndexMismatchError, IndexServerError, LookalikeError, QueueFullError
from ...feature_store import IndexSnapshot
from ...types import DISTANCE, SearchResult
from .. import state
from ..library import chosen_gallery, details_offer, start_indexing
from ..question import Question, nothing_found
from ..resources import engine, index_key, search_queue
from ..sharing import is_owner, told


def find_matches(question: Question, snapshot: IndexSnapshot) -> SearchResult:
    """The answer to a question, with at least one match; the last one, if it was to the same.

    Where there is none, the reason and what to do about it end the page.
    """
    options = question.options
    details = engine().parts.version(snapshot) if options.part else None
    if options.part and details is None:
        details_offer(snapshot)
        st.stop()
    try:
        copies = engine().duplicates.state(snapshot) if options.hide_copies else None
        asked = (question.id, options, details, index_key(snapshot), copies)
        if (remembered := st.session_state.get(state.ANSWER)) and remembered[0] == asked:
            result: SearchResult = remembered[1]
        else:
            with st.spinner("Looking for similar images …"), search_queue().place():
                pictures = [query.asked for query in question.queries]
                result = engine().search(pictures, options, snapshot=snapshot)
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
    best = "best parts" if options.part else best
    return (
        f"{len(result.matches)} {best} of {result.searched:,} images in {result.seconds:.2f} s"
        f"{following}"
    )


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
