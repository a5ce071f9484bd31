"""Index: which folder is searched, how it stands, update and rebuild."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core.errors import IndexNotFoundError, LookalikeError
from core.ui.describe import details, facts
from core.ui.doors import doors, start
from core.ui.folder_chooser import folder_chooser
from core.ui.resources import engine, jobs

# In pixels: two stand side by side on a phone.
FACT_WIDTH = 170

st.title("Index")
try:
    info = engine().info()
except IndexNotFoundError:
    doors()
    st.stop()
except LookalikeError as error:
    st.error(str(error))
    st.stop()

job = jobs().latest
library = Path(info.library)
running = bool(job and job.running)

st.markdown(f"**Folder** `{info.library}`")
with st.container(horizontal=True):
    for label, value in facts(info).items():
        st.metric(label, value, border=True, width=FACT_WIDTH)

with st.container(horizontal=True):
    if st.button("Update", type="primary", disabled=running, icon=":material/sync:"):
        start(library)
    if st.button("Rebuild index", disabled=running, icon=":material/restart_alt:"):
        start(library, rebuild=True)
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

with st.expander("Details", icon=":material/info:"):
    st.markdown(details(info))

with st.expander("Index another folder", icon=":material/folder_open:"):
    other = folder_chooser("Folder of images", key="other_folder", start=library.parent)
    if st.button("Index this folder", disabled=running):
        start(other)
