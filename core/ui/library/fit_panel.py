"""The fit of a gallery on the Index page: what it is, and another one by one click."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.feature_store import IndexInfo
from core.model import CENTRE, FITS, FOLDERS, NONE, WHITEN
from core.ui.library.learning import Learning, gain_panel, learning_from
from core.ui.library.onboarding import start_indexing
from core.ui.resources import engine

_NAMES = {
    NONE: "None",
    CENTRE: "Centre",
    WHITEN: "Whiten",
    FOLDERS: "Learn from my folders",
}
_CAPTIONS = {
    NONE: "Compares the features of the pictures as they are.",
    CENTRE: "The default: subtracts what all pictures of the gallery have in common.",
    WHITEN: "To find copies: finds changed copies better, other pictures of the same kind worse.",
    FOLDERS: "Learns what tells your folders apart: best for new pictures of their kinds, worse "
    "for other kinds.",
}


def fit_panel(info: IndexInfo, *, disabled: bool) -> None:
    """Show the fit of a gallery and offer the others.

    Args:
        info: Describes the gallery.
        disabled: Whether a job runs.
    """
    snapshot, settings = engine().snapshot(info.gallery), engine().settings
    # An update of an outdated index reads all pictures, and comes first.
    if snapshot is None or snapshot.space.outdated:
        return
    st.subheader("Fit")
    st.caption(
        "A step that is learnt on the features of this gallery and applied before pictures are "
        "compared. Another one takes seconds: no picture is read again."
    )
    if settings.fit or settings.fit_size:
        st.caption(
            f"It is set from outside, to **{info.fit}**: start the app without `LOOKALIKE_FIT` and "
            "`LOOKALIKE_FIT_SIZE` to choose it here."
        )
        return
    current, learning = snapshot.fit.choice.kind, learning_from(snapshot, info.gallery)
    kinds = [kind for kind in FITS if kind != FOLDERS or kind == current or learning.possible]
    best = FOLDERS if learning.helps else current
    kind = st.radio(
        "Fit of the gallery",
        kinds,
        index=kinds.index(best),
        format_func=lambda kind: f"{_NAMES[kind]} (in use)" if kind == current else _NAMES[kind],
        captions=[_CAPTIONS[kind] for kind in kinds],
        # What is best is chosen again once it is known, or another fit is in use.
        key=f"fit beside {current}, best {best}",
        label_visibility="collapsed",
    )
    gain_panel(learning)
    if kind != current:
        _apply(info, kind, learning, disabled=disabled)


def _apply(info: IndexInfo, kind: str, learning: Learning, *, disabled: bool) -> None:
    unknown = kind == FOLDERS and learning.gain is None
    if st.button(
        f"Use: {_NAMES[kind]}",
        type="primary",
        disabled=disabled or unknown,
        icon=":material/check:",
        key="use_fit",
    ):
        labels = learning.labels if kind == FOLDERS else None
        start_indexing(Path(info.library), gallery=info.gallery, fit=kind, labels=labels)
    if unknown:
        st.caption("Measure first what it gains.")
