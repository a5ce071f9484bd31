"""The index of a gallery on the Index page: its facts, its files, its runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pandas as pd
import streamlit as st

from ...feature_store import IndexInfo
from ...types import IMAGENET, NO_WEIGHTS, SQUASH, UNTRAINED, FeatureSpace
from ..text import code, plain
from .folder_chooser import folder_chooser
from .onboarding import start_indexing

# In pixels: two stand side by side on a phone.
_FACT_WIDTH = 170
# Measured on two galleries of photographs; see docs/quality.md.
_OTHER_SIZES = (
    "Size: 224 pixels are what VGG16 was trained with. `--size 160` on the command line halves "
    "the time of indexing and lowers the mAP by 0.02 to 0.03; `--size 448` takes four times as "
    "long and raises it by 0.05 for flowers, but lowers it by 0.02 for objects"
)


def overview(info: IndexInfo) -> None:
    """Show the gallery and its most important facts."""
    st.markdown(f"**{plain(info.gallery)}** · folder {code(info.library)}")
    with st.container(horizontal=True):
        for label, value in _facts(info).items():
            st.metric(label, value, border=True, width=_FACT_WIDTH)


def update_buttons(info: IndexInfo, *, disabled: bool) -> None:
    """Offer to update and to rebuild the index."""
    library = Path(info.library)
    if info.elsewhere:
        st.info(
            "**This computer has no features of these pictures**: it searches with the index "
            "server. Update the gallery on the computer that indexes; an update here reads every "
            "picture again.",
            icon=":material/dns:",
        )
    kind: Literal["primary", "secondary"] = "secondary" if info.elsewhere else "primary"
    with st.container(horizontal=True):
        if st.button("Update", type=kind, disabled=disabled, icon=":material/sync:"):
            start_indexing(library, gallery=info.gallery)
        if st.button("Rebuild index", disabled=disabled, icon=":material/restart_alt:"):
            start_indexing(library, gallery=info.gallery, rebuild=True)


def skipped_files(info: IndexInfo) -> None:
    """Show the files that are not in the index, with reasons."""
    if not info.skipped:
        st.write("Every image of the folder is in the index.")
        return
    table = {
        "File": [item.image for item in info.skipped],
        "Reason": [item.reason for item in info.skipped],
    }
    st.dataframe(pd.DataFrame(table), hide_index=True)


def run_history(info: IndexInfo) -> None:
    """Show the last runs, newest first."""
    columns = {
        "Finished (UTC)": "finished_at",
        "Images": "images",
        "Extracted": "extracted",
        "Unchanged": "unchanged",
        "Moved": "moved",
        "Removed": "removed",
        "Skipped": "skipped",
        "Seconds": "seconds",
        "Images/s": "images_per_second",
    }
    table = {title: [run[name] for run in info.runs] for title, name in columns.items()}
    st.dataframe(pd.DataFrame(table), hide_index=True)


def another_folder(info: IndexInfo, *, disabled: bool) -> None:
    """Offer to index another folder as a gallery of its own."""
    other = folder_chooser("Folder of images", key="other_folder", start=Path(info.library).parent)
    name = st.text_input("Name of the gallery", placeholder=other.name, key="gallery_name")
    if st.button("Index this folder", disabled=disabled):
        start_indexing(other, gallery=name.strip() or None)


def time_ago(moment: str) -> str:
    """How long ago a moment was, given in ISO 8601 with its offset from UTC."""
    seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return "just now"


def details(info: IndexInfo) -> str:
    """The feature space and the publication of an index, as Markdown."""
    space, size = info.space, info.space.input_size
    seen = f"squashed to {size}×{size}" if space.resize == SQUASH else f"the longer side {size}"
    lines = [
        f"Feature space: {space.model}, descriptor `{space.descriptor}`, {space.dimension} numbers "
        f"an image, {seen} pixels",
        f"Fit: {info.fit}",
        f"Index: {info.index_line}",
        *([] if space.weights == NO_WEIGHTS else [_OTHER_SIZES]),
        f"Weights: {plain(space.weights_label)}, digest `{space.weights_digest[:16]}`",
        f"Features folder: {code(str(info.features))}",
        f"Generation {info.generation}, published {info.published_at}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _facts(info: IndexInfo) -> dict[str, str]:
    return {
        "Images": f"{info.images:,}",
        "Skipped": f"{len(info.skipped):,}",
        "Weights": _weights_label(info.space),
        # Its size and what else is told of it would not fit in; they are among the details.
        "Fit": info.fit.partition(":")[0].partition(" ")[0].capitalize(),
        "Last change": time_ago(info.published_at),
    }


def _weights_label(space: FeatureSpace) -> str:
    known = {IMAGENET: "ImageNet", UNTRAINED: "Untrained", NO_WEIGHTS: "None"}
    return known.get(space.weights) or Path(space.weights).name
