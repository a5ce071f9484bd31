"""Index: which folder is searched, how it stands, update and rebuild."""

from pathlib import Path

import streamlit as st

from core.ui.library import (
    another_folder,
    details,
    fit_change,
    fit_panel,
    gallery_info,
    overview,
    run_history,
    skipped_files,
    update_buttons,
    watch_switch,
)
from core.ui.resources import jobs
from core.ui.sharing import owner_page

owner_page()
st.title("Index")
info = gallery_info()
locked = jobs().indexing.running

overview(info)
fit_change(info, disabled=locked)
update_buttons(info, disabled=locked)
watch_switch(Path(info.library), info.gallery)
st.caption(
    "**Update** takes in new and changed images and drops what is gone. **Rebuild index** extracts "
    "every image anew; searches use the old index until the new one is complete."
)
fit_panel(info, disabled=locked)
with st.expander(f"Skipped files ({len(info.skipped):,})", icon=":material/broken_image:"):
    skipped_files(info)
with st.expander("History", icon=":material/history:"):
    run_history(info)
with st.expander("Details", icon=":material/info:"):
    st.markdown(details(info))
with st.expander("Another folder", icon=":material/folder_open:"):
    another_folder(info, disabled=locked)
