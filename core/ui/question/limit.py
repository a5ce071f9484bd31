"""A distance limit that was set for another fit: the page asks what it is to mean."""

import streamlit as st

from ...feature_store import IndexSnapshot
from .address import FARTHEST, FIT_DIGITS
from .navigation import change_address, present_address
from .question import Question


def fit_digits(snapshot: IndexSnapshot) -> str:
    """What an address says of the fit of a gallery."""
    return snapshot.fit.digest[:FIT_DIGITS]


def limit_question(question: Question, snapshot: IndexSnapshot) -> None:
    """Ask, and end the page, where the limit of the address was set for another fit.

    Distances of parts are the same with every fit.
    """
    limit, set_for = question.options.max_distance, present_address().limit_fit
    fit = fit_digits(snapshot)
    if limit is None or question.options.part or set_for == fit:
        return
    st.info(
        f"The distance limit of {limit:.2f} was set for another fit, where distances are other "
        "numbers: do you want to keep it?"
        if set_for
        else f"This link does not say for which fit its distance limit of {limit:.2f} was set, and "
        "in each distances are other numbers: do you want to keep it?",
        icon=":material/straighten:",
    )
    with st.container(horizontal=True):
        st.button("Keep the limit", on_click=change_address, kwargs={"limit_fit": fit})
        st.button(
            "Search without a limit",
            type="primary",
            on_click=change_address,
            kwargs={"limit": FARTHEST},
        )
    st.stop()
