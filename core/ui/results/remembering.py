"""What was marked, kept for next time: it can teach the fit of the gallery."""

import streamlit as st

from ...feature_store import IndexSnapshot
from ...search import Feedback
from ..library import chosen_gallery
from ..question import Question
from ..resources import engine
from ..sharing import errors_shown, is_owner, require_owner
from ..text import plain


def remember_marks(question: Question, snapshot: IndexSnapshot) -> None:
    """Offer the owner to remember what is marked, as labels that the gallery can learn from."""
    if not question.marked or snapshot.provisional or not is_owner():
        return
    with st.popover("Remember for next time", icon=":material/bookmark_add:"):
        name = st.text_input(
            "What are the right ones?",
            value=question.name.rpartition(".")[0],
            key="remembered_name",
            help="The pictures marked as right get this name, those marked as wrong are none of "
            "them. The same name again adds to it. On the Index page, the gallery can learn from "
            "your marks.",
        )
        if st.button("Remember", type="primary", key="remember"):
            _remember(name, question.marked, snapshot)


def _remember(name: str, marks: Feedback, snapshot: IndexSnapshot) -> None:
    with errors_shown():
        require_owner()
        images = snapshot.images
        right, wrong = (
            [images.paths[row] for row in images.rows_of_ids(ids).tolist()]
            for ids in (marks.right, marks.wrong)
        )
        engine().remember(name, right, wrong, gallery=chosen_gallery())
        st.success(
            f"Remembered as **{plain(name.strip())}**: {marks}. The gallery can learn from them on "
            "the Index page.",
            icon=":material/bookmark_added:",
        )
