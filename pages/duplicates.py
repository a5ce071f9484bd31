"""Duplicates: the same picture in several files, and pictures of the same moment."""

import streamlit as st

from core.ui.duplicates import (
    choose_folder,
    choose_sets,
    find_button,
    folder_to_keep,
    job_under_way,
    removal_bar,
    set_list,
    sets_of,
    undo_bar,
)
from core.ui.library import onboarding, open_gallery
from core.ui.sharing import owner_page

owner_page()
st.title("Duplicates")
snapshot = open_gallery()
if snapshot is None or snapshot.provisional:
    st.info("There is no gallery yet. Get one first:")
    onboarding()
    st.stop()

running = job_under_way()
undo_bar(snapshot, disabled=running)
sets = sets_of(snapshot, folder_to_keep())
if sets is None:
    st.write(
        "Finds pictures that are there more than once, also resized, cropped, turned or "
        "recoloured, pictures that overlap, and bursts of the same moment."
    )
    find_button("Find duplicates", first=True, disabled=running)
    st.stop()
if not sets:
    st.info("No duplicates were found.", icon=":material/check_circle:")
    find_button("Look again", first=False, disabled=running)
    st.stop()
chosen = choose_sets(sets)
with st.container(horizontal=True, vertical_alignment="bottom"):
    choose_folder(sets)
    find_button("Look again", first=False, disabled=running)
if not chosen:
    st.info("There are none of this kind.", icon=":material/check_circle:")
    st.stop()
removal_bar(chosen, snapshot, disabled=running)
set_list(chosen, snapshot)
