"""Index: which folder is searched, how it stands, update and rebuild."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core.errors import IndexNotFoundError, LookalikeError
from core.ui.library import (
    chosen_gallery,
    details,
    doors,
    facts,
    folder_chooser,
    history,
    start,
    watch_switch,
)
from core.ui.resources import engine, jobs
from core.ui.sharing import owner_page
from core.ui.text import plain

# In pixels: two stand side by side on a phone.
FACT_WIDTH = 170

owner_page()
st.title("Index")
try:
    info = engine().info(chosen_gallery())
except IndexNotFoundError:
    doors()
    st.stop()
except LookalikeError as error:
    st.error(str(error))
    doors()
    st.stop()

job = jobs().latest
library = Path(info.library)
locked = bool(job and job.running)

st.markdown(f"**{plain(info.gallery)}** · folder `{info.library}`")
with st.container(horizontal=True):
    for label, value in facts(info).items():
        st.metric(label, value, border=True, width=FACT_WIDTH)

with st.container(horizontal=True):
    if st.button("Update", type="primary", disabled=locked, icon=":material/sync:"):
        start(library, gallery=info.gallery)
    if st.button("Rebuild index", disabled=locked, icon=":material/restart_alt:"):
        start(library, gallery=info.gallery, rebuild=True)
watch_switch(library, info.gallery)
st.caption(
    "**Update** takes in new and changed images and drops what is gone. **Rebuild index** extracts "
    "every image anew; searches use the old index until the new one is complete."
)

with st.expander(f"Skipped files ({len(info.skipped):,})", icon=":material/broken_image:"):
    if info.skipped:
        st.dataframe(
            pd.DataFrame(
                {
                    "File": [item.image for item in info.skipped],
                    "Reason": [item.reason for item in info.skipped],
                }
            ),
            hide_index=True,
        )
    else:
        st.write("Every image of the folder is in the index.")

with st.expander("History", icon=":material/history:"):
    st.dataframe(history(info), hide_index=True)

with st.expander("Details", icon=":material/info:"):
    st.markdown(details(info))

with st.expander("Another folder", icon=":material/folder_open:"):
    other = folder_chooser("Folder of images", key="other_folder", start=library.parent)
    name = st.text_input("Name of the gallery", placeholder=other.name, key="gallery_name")
    if st.button("Index this folder", disabled=locked):
        start(other, gallery=name.strip() or None)
