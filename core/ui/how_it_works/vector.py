"""The maps of the last block pooled to one vector."""

import streamlit as st

from ...activations import Activations, as_file, feature_bars
from ...feature_store import IndexSnapshot
from ...model import NONE, Fit
from ..saving import save_button
from .drawing import NARROW, drawing

_POOLING = {
    "avg": "takes the mean of each map",
    "max": "takes the maximum of each map",
    "gem": "takes the generalised mean of each map, which lies between its mean and its maximum",
    "crow": "takes a weighted sum over each map: strong positions and rare channels weigh more",
    "rmac": "takes the maxima of each map in overlapping squares of three sizes, scales those of "
    "each square to length 1, and adds them up",
    "fc1": "is the first fully connected layer, which looks at all maps at once",
    "fc2": "is the second fully connected layer, which looks at all maps at once",
}
_FEWER = 4


def vector(found: Activations, snapshot: IndexSnapshot | None) -> None:
    """Show the feature as bars, the strongest numbers with their places."""
    count = len(found.feature)
    st.markdown(
        f"**{found.descriptor}** {_POOLING[found.descriptor]}. "
        f"Scaled to length 1, these {count:,} numbers are the **feature**, by which Lookalike "
        "compares pictures."
    )
    if snapshot and snapshot.space.descriptor == found.descriptor:
        st.markdown(_fitted(snapshot.fit))
    elif snapshot:
        st.caption(
            f"This gallery is searched by {snapshot.space.descriptor}, which takes the pixels and "
            "needs no network."
        )
    strongest = [int(place) for place in (-found.feature).argsort(kind="stable")[:5]]
    title = (
        f"A feature of {count} numbers; the largest are those of {', '.join(map(str, strongest))}"
    )
    wide = feature_bars(found.feature, title)
    narrow = feature_bars(found.feature, title, width=NARROW, labelled=_FEWER)
    drawing("feature", wide, narrow)
    st.caption(
        "The strongest: "
        + ", ".join(f"**{place}** ({found.feature[place]:.3f})" for place in strongest)
        + "."
    )
    save_button("Feature", "feature.svg", lambda: as_file(wide))


def _fitted(fit: Fit) -> str:
    """What the fit of a gallery does to features before they are compared."""
    if fit.choice.kind == NONE:
        return "In this gallery they are compared as they are."
    if fit.axes is None:
        return (
            "In this gallery the mean of all pictures is subtracted from them first (the fit "
            f"{fit.choice.kind}): what all have in common says nothing."
        )
    return (
        f"In this gallery {fit.dimension} others take their place first (the fit "
        f"{fit.choice.kind}). Each **axis** of them is a sum of all {len(fit.mean)}, with weights "
        "that the pictures have taught."
    )
