"""Which tier is shown, and which folder's images are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core.duplicates import MOMENT, SAME, TIERS, DuplicateSet
from core.ui import state
from core.ui.text import text

# Chosen in place of a folder; no folder has this name. ``None`` could be cleared.
_BEST = "/"
_NAMES = {SAME: "The same picture", MOMENT: "The same moment"}
_WORDS = {
    SAME: "One picture in several files: identical, resized, recompressed, recoloured, cropped, "
    "turned or mirrored. The best one of each set stays; the others are ticked.",
    MOMENT: "Different pictures that are alike and were taken within seconds. Nothing is ticked: "
    "you choose.",
}


def choose_sets(sets: Sequence[DuplicateSet]) -> list[DuplicateSet]:
    """Show the tiers to choose from; return the sets of the chosen one."""
    count = Counter(one.tier for one in sets)
    tier = st.segmented_control(
        "Kind of duplicates",
        TIERS,
        format_func=lambda one: f"{_NAMES[one]} ({count[one]:,})",
        default=SAME,
        required=True,
        label_visibility="collapsed",
        key="duplicate_tier",
    )
    st.caption(_WORDS[tier])
    return [one for one in sets if one.tier == tier]


def folder_to_keep() -> str | None:
    """The folder whose images are kept, as it was chosen; ``None`` for the best image."""
    folder: str = st.session_state.get(state.KEEP_FOLDER, _BEST)
    return None if folder == _BEST else folder


def choose_folder(sets: Sequence[DuplicateSet]) -> None:
    """Offer the folders of the sets, to keep the images of one of them."""
    folders = sorted({_folder(one.image) for found in sets for one in found.images})
    chosen = folder_to_keep()
    if chosen is not None and chosen not in folders:
        folders.append(chosen)
    if len(folders) > 1:
        st.selectbox(
            "Keep of each set",
            (_BEST, *folders),
            format_func=_named,
            key=state.KEEP_FOLDER,
            width=320,
        )


def _named(folder: str) -> str:
    if folder == _BEST:
        return "the best picture"
    return f"that in {text(folder)}" if folder else "that in the top folder"


def _folder(image: str) -> str:
    return image.rpartition("/")[0]
