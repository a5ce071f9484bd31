"""Which tier is shown, and which folder's images are kept."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from ...duplicates import MOMENT, OVERLAP, SAME, TIERS, DuplicateSet
from .. import state
from ..text import text
from .finding_panel import BEST, find, folder_to_keep

_NAMES = {SAME: "The same picture", OVERLAP: "Overlapping", MOMENT: "The same moment"}
_WORDS = {
    SAME: "One picture in several files. The best one of each set stays. Ticked are identical, "
    "recompressed and smaller copies that hold nothing more; versions, such as cropped, turned or "
    "recoloured ones, are yours to choose.",
    OVERLAP: "Pictures that share a part, such as scrolled screenshots. Each shows something that "
    "the others do not, so nothing is ticked.",
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


def choose_folder(sets: Sequence[DuplicateSet]) -> None:
    """Offer the folders of the sets, to keep the images of one of them."""
    folders = sorted({_folder(one.image) for found in sets for one in found.images})
    chosen = folder_to_keep()
    if chosen is not None and chosen not in folders:
        folders.append(chosen)
    if len(folders) > 1:
        st.selectbox(
            "Keep of each set",
            (BEST, *folders),
            format_func=_named,
            key=state.KEEP_FOLDER,
            width=320,
            on_change=find,
        )


def _named(folder: str) -> str:
    if folder == BEST:
        return "the best picture"
    return f"that in {text(folder)}" if folder else "that in the top folder"


def _folder(image: str) -> str:
    return image.rpartition("/")[0]
