"""Quality: how good the answers are, and which descriptor, fit and order give the best."""

import streamlit as st

from core.errors import IndexNotFoundError, LookalikeError
from core.ui.library import chosen_gallery, onboarding
from core.ui.quality import (
    adoption,
    class_table,
    first_numbers,
    labels_choice,
    measure_downloads,
    measuring_panel,
    numbers,
    precision_recall,
    result_of,
    self_check_table,
    side_by_side,
    worst_queries,
)
from core.ui.resources import engine
from core.ui.sharing import owner_page
from core.ui.text import plain

owner_page()
st.title("Quality")
try:
    snapshot = engine().require_snapshot(chosen_gallery())
    snapshot.require_rows()
except IndexNotFoundError:
    st.info("There is no gallery yet whose quality could be measured. Get one first:")
    onboarding()
    st.stop()
except LookalikeError as error:
    st.error(plain(str(error)))
    st.stop()

truth, labels = labels_choice(snapshot)
found = result_of(snapshot)
evaluation = found.evaluation_of(snapshot) if found and found.truth == truth else None
if truth and not evaluation:
    evaluation = first_numbers(snapshot, truth, labels)
if evaluation:
    numbers(evaluation, snapshot)
    precision_recall(evaluation, snapshot, found)
measuring_panel(labels, snapshot)

if found:
    st.header("Side by side")
    side_by_side(found, snapshot)
    adoption(found, snapshot)
    measure_downloads(found, snapshot)

if evaluation:
    st.header("By class")
    class_table(evaluation)
    st.header("Worst answers")
    worst_queries(evaluation, snapshot)
if found and found.self_checks:
    st.header("Self-check")
    self_check_table(found, snapshot)
