"""The fit of a gallery on the Index page: what it is, and another one by one click."""

from pathlib import Path

import streamlit as st

from ...feature_store import IndexInfo
from ...model import CENTRE, FITS, FOLDERS, LEAST_TAUGHT, NEIGHBOURS, NONE, WHITEN
from ..resources import engine
from .learning import Learning, choose_labels, gain_panel, learning_from
from .onboarding import start_indexing

_NAMES = {
    NONE: "None",
    CENTRE: "Centre",
    NEIGHBOURS: "Learn from neighbours",
    WHITEN: "Whiten",
    FOLDERS: "Learn from my {}",
}
_CAPTIONS = {
    NONE: "Compares the features of the pictures as they are.",
    CENTRE: "Subtracts what all pictures of the gallery have in common.",
    NEIGHBOURS: "The default: learns from each picture's nearest ones what does not matter, such "
    f"as light and angle. Needs no labels; below {LEAST_TAUGHT} pictures it is Centre.",
    WHITEN: "Gives all directions the same weight: finds changed copies as often, other pictures "
    "of the same kind much less often.",
    FOLDERS: "Learns from your {} as well what belongs together: best for new pictures of their "
    "kinds; pictures without one are found about as well as with neighbours alone.",
}


def fit_change(info: IndexInfo, *, disabled: bool) -> None:
    """Tell that the last run took a new default fit, with a button that takes that back.

    For the arguments see ``fit_panel``.
    """
    # The server may have answers of another run.
    if info.fit_before is None or info.elsewhere:
        return
    st.info(
        "**Answers now learn from each picture's neighbours**, which is the new default and finds "
        "more pictures of the same kind. Distances are other numbers than before; nothing was "
        "extracted anew for it.",
        icon=":material/auto_awesome:",
    )
    kind = info.fit_before.partition(" ")[0]
    label = f"Go back to {_NAMES[kind]}"
    if st.button(label, icon=":material/undo:", disabled=disabled, key="take_fit_back"):
        start_indexing(Path(info.library), gallery=info.gallery, fit=kind)


def fit_panel(info: IndexInfo, *, disabled: bool) -> None:
    """Show the fit of a gallery and offer the others.

    Args:
        info: Describes the gallery.
        disabled: Whether a job runs.
    """
    snapshot, settings = engine().snapshot(info.gallery), engine().settings
    # A fit is learnt where the features are.
    if snapshot is None or info.elsewhere:
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
    current = snapshot.fit.choice.kind
    learning = learning_from(snapshot, info.gallery, choose_labels(snapshot, info.gallery))
    in_use = current if current != FOLDERS or learning.in_use else None
    names = {kind: name.format(learning.taught_by) for kind, name in _NAMES.items()}
    kinds = [kind for kind in FITS if kind != FOLDERS or kind == current or learning.possible]
    best = FOLDERS if learning.helps or in_use is None else current
    kind = st.radio(
        "Fit of the gallery",
        kinds,
        index=kinds.index(best),
        format_func=lambda kind: f"{names[kind]} (in use)" if kind == in_use else names[kind],
        captions=[_CAPTIONS[kind].format(learning.taught_by) for kind in kinds],
        # What is best is chosen again once it is known, or another fit is in use.
        key=f"fit beside {in_use}, best {best}",
        label_visibility="collapsed",
    )
    gain_panel(learning)
    if kind != in_use:
        _apply(info, kind, f"Use: {names[kind]}", learning, disabled=disabled)
    elif kind == FOLDERS and learning.gain:
        label = f"Learn anew from my {learning.taught_by}"
        _apply(info, kind, label, learning, disabled=disabled, anew=True)


def _apply(
    info: IndexInfo,
    kind: str,
    label: str,
    learning: Learning,
    *,
    disabled: bool,
    anew: bool = False,
) -> None:
    unknown = kind == FOLDERS and learning.gain is None
    if st.button(
        label,
        type="secondary" if anew else "primary",
        disabled=disabled or unknown,
        icon=":material/check:",
        key="learn_anew" if anew else "use_fit",
    ):
        labels = learning.labels if kind == FOLDERS else None
        start_indexing(Path(info.library), gallery=info.gallery, fit=kind, labels=labels)
    if unknown:
        st.caption("Measure first what it gains.")
