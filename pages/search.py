"""Search: drop a picture, see the closest images of the gallery."""

import streamlit as st

from core.config import DEFAULT_MATCHES
from core.errors import IndexMismatchError, LookalikeError, QueueFullError
from core.ui.library import chosen_gallery, doors, first_look_notice, first_search, kept, start
from core.ui.question import (
    Question,
    ask,
    combination,
    filter_panel,
    followed,
    mark_bar,
    nothing_found,
    query_editor,
    query_list,
)
from core.ui.resources import newest_snapshot
from core.ui.results import answer_to, distance_table, downloads, result_grid, similarity_note
from core.ui.sharing import is_owner, told

st.title("Search by image")
try:
    snapshot = newest_snapshot(chosen_gallery())
except LookalikeError as error:
    st.error(told(error))
    if is_owner():
        doors()
    st.stop()

first_search(snapshot)
queries = ask(snapshot)
if snapshot is None:
    if queries:
        kept(Question(queries))
    doors()
    st.stop()
if not queries:
    place = f" in `{snapshot.library}`" if is_owner() else ""
    st.info(
        f"Drop a picture above to find its {DEFAULT_MATCHES} closest among "
        f"{len(snapshot.images):,} images{place}.",
        icon=":material/image_search:",
    )
    st.stop()

asked, found = st.columns([1, 4], gap="large")
with asked.container(key="query_side"):
    if len(queries) == 1:
        query_editor(queries[0])
    else:
        query_list(queries)
    scope = filter_panel(snapshot)
    summary = st.empty()

follows = followed(snapshot)
question = Question(queries, combination(), follows)
with found:
    first_look_notice(snapshot)
    mark_bar(snapshot)
try:
    with found:
        result = answer_to(question, scope, snapshot)
except IndexMismatchError as error:
    st.error(told(error))
    if is_owner() and st.button("Rebuild the index", type="primary"):
        start(snapshot.library, gallery=chosen_gallery())
    st.stop()
except QueueFullError as error:
    st.warning(told(error), icon=":material/hourglass_top:")
    st.button("Try again")
    st.stop()
except LookalikeError as error:
    st.error(told(error))
    st.stop()

if not result.matches:
    with found:
        nothing_found(scope, snapshot, searched=result.searched)
    st.stop()
following = f", following {follows}" if follows else ""
summary.caption(
    f"{len(result.matches)} closest of {result.searched:,} images in {result.seconds:.2f} s"
    f"{following}"
)
with found:
    similarity_note(result)
    result_grid(result, snapshot, question)
    downloads(result, snapshot, question)
st.subheader("Distances")
distance_table(result, question)
