"""Index: which folder is searched, how it stands, update and rebuild."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core.errors import IndexNotFoundError, LookalikeError
from core.ui.doors import doors, start
from core.ui.folder_chooser import folder_chooser
from core.ui.resources import engine, jobs

st.title("Index")
try:
    info = engine().info(runs=1)
except IndexNotFoundError:
    doors()
    st.stop()
except LookalikeError as error:
    st.error(str(error))
    st.stop()

job = jobs().latest
library = Path(info.library)
running = bool(job and job.running)
last_run = info.runs[0] if info.runs else None

st.markdown(f"**Folder** `{info.library}`")
images, skipped, extracted, rate = st.columns(4)
images.metric("Images", f"{info.images:,}", border=True)
skipped.metric("Skipped", f"{len(info.skipped):,}", border=True)
if last_run:
    extracted.metric("Extracted in the last run", f"{last_run['extracted']:,}", border=True)
    rate.metric("Images per second", f"{last_run['images_per_second']:.1f}", border=True)

update, rebuild, _ = st.columns([1, 1, 3])
if update.button(
    "Update", type="primary", disabled=running, icon=":material/sync:", width="stretch"
):
    start(library)
if rebuild.button(
    "Rebuild index", disabled=running, icon=":material/restart_alt:", width="stretch"
):
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
    space = info.space
    st.markdown(
        f"- Feature space: {space.model}, descriptor `{space.descriptor}`, {space.dimension} "
        f"numbers, {space.resize} to {space.input_size}×{space.input_size}\n"
        f"- Weights: `{space.weights if space.trained else 'untrained weights (random)'}`, digest "
        f"`{space.weights_digest[:16]}`\n"
        f"- Features: `{info.features}`\n"
        f"- Generation {info.generation}, published {info.published_at}"
        + (
            f"\n- Last run: {last_run['finished_at']} UTC, {last_run['seconds']:.1f} s"
            if last_run
            else ""
        )
    )

with st.expander("Index another folder", icon=":material/folder_open:"):
    other = folder_chooser("Folder of images", key="other_folder", start=library.parent)
    if st.button("Index this folder", disabled=running):
        start(other)
