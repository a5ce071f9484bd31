"""Search: drop a picture, see the closest images of the gallery."""

import streamlit as st

from core.ui.explore import start_gallery
from core.ui.library import first_look_notice, first_search, kept_question, onboarding, open_gallery
from core.ui.question import ask, filter_panel, limit_question, mark_bar, query_pictures
from core.ui.results import (
    answer_notes,
    distance_table,
    find_matches,
    remember_marks,
    result_downloads,
    result_grid,
    result_summary,
)

bar = st.container(key="ask")
bar.title("Search by image")
snapshot = open_gallery()
first_search(snapshot)
question = ask(snapshot, bar)
if snapshot is None:
    if question:
        kept_question(question)
    onboarding()
    st.stop()
if question is None:
    start_gallery(snapshot)
    st.stop()

side, found = st.columns([1, 4], gap="large")
with side.container(key="query_side"):
    query_pictures(question)
    filter_panel(snapshot, question)
    summary = st.empty()
with found:
    first_look_notice(snapshot)
    limit_question(question, snapshot)
    with mark_bar(question):
        remember_marks(question, snapshot)
    result = find_matches(question, snapshot)
    summary.caption(result_summary(result, question))
    answer_notes(result, question)
    result_grid(result, snapshot, question)
    result_downloads(result, snapshot, question)
distance_table(result, question)
