"""One click to search with the better descriptor, fit and order."""

import streamlit as st

from ...evaluation import (
    BASELINES,
    Comparison,
    Recommendation,
    Representation,
    SelfCheck,
    representation_of,
)
from ...feature_store import IndexSnapshot
from ...model import FOLDERS
from ..library import shown_gallery, start_indexing
from ..resources import engine, jobs
from .representations import best_first, held_out

_LITTLE = 0.01


def adoption(found: Comparison, snapshot: IndexSnapshot) -> None:
    """Offer to search with another representation from now on; the best is preselected."""
    current, settings = representation_of(snapshot), engine().settings
    recommended = found.recommendation(current)
    if settings.descriptor or settings.fit or settings.fit_size:
        st.caption(
            f"The {'descriptor' if settings.descriptor else 'fit'} is set from outside, by "
            "`LOOKALIKE_DESCRIPTOR`, `LOOKALIKE_FIT` or `LOOKALIKE_FIT_SIZE`. Start the app "
            "without them to choose it here."
        )
        return
    representations = best_first(found)
    best = recommended.representation if recommended else current
    if not recommended:
        st.success(f"None of them is surely better for these pictures than **{current}**, in use.")
    else:
        st.markdown(
            f"**{best}** is better for these pictures; in use is {current}."
            + _gain(recommended)
            + lost_copies(found.self_checks.get(best), found.self_checks.get(current))
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen: Representation = st.selectbox(
            "Search with",
            representations,
            index=representations.index(best) if best in representations else 0,
            format_func=str,
            # Once another is in use, the best one is chosen again.
            key=f"representation beside {current}",
            width=340,
        )
        if st.button(
            "In use" if chosen == current else f"Use {chosen}",
            type="secondary" if chosen == current else "primary",
            disabled=chosen == current or jobs().indexing.running,
            icon=":material/check:",
            key="adopt",
        ):
            start_indexing(
                snapshot.library,
                gallery=shown_gallery(),
                descriptor=chosen.descriptor,
                fit=chosen.fit.kind,
                fit_size=chosen.fit.size or None,
                labels=found.learnt_from if chosen.fit.kind == FOLDERS else None,
                ranking=chosen.ranking,
            )
    if chosen.descriptor in BASELINES and chosen.descriptor != current.descriptor:
        st.caption("Every picture is read once for that. Searches use the old index meanwhile.")
    elif chosen != current:
        st.caption("Its features are saved already: that takes seconds, no picture is read again.")


def _gain(recommended: Recommendation) -> str:
    """How much better it is, where both were measured by labels."""
    difference, learnt = recommended.difference, held_out(recommended.representation)
    if not difference:
        return ""
    gain = difference.gain
    asked = ", asked with pictures that were held out of the learning" if learnt else ""
    return (
        f" Its mAP is higher by {gain.mean:.3f} ({gain.low:.3f} to {gain.high:.3f}, "
        f"p {difference.p:.4f}){asked}."
    )


def lost_copies(after: SelfCheck | None, before: SelfCheck | None) -> str:
    """How much less often copies are found, where both were checked and that is not little."""
    if not after or not before or before.recall_at_1 - after.recall_at_1 <= _LITTLE:
        return ""
    return (
        " But changed copies of a picture find it less often: "
        f"{after.recall_at_1:.3f} instead of {before.recall_at_1:.3f} in the self-check."
    )
