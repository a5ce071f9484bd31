"""The offer to make what searching for parts needs."""

import streamlit as st

from ...feature_store import IndexSnapshot
from ..resources import engine, jobs
from ..sharing import is_owner
from .galleries import chosen_gallery
from .indexing_panel import start_run


def details_offer(snapshot: IndexSnapshot) -> None:
    """Tell the owner what the detail index of a gallery costs, with a button that makes it.

    A visitor sees that there is none.
    """
    if not is_owner():
        st.info(
            "Parts cannot be searched for in this gallery yet. Its owner can prepare that.",
            icon=":material/crop_free:",
        )
        return
    runs = engine().info(chosen_gallery(), runs=1).runs
    rate = float(runs[0]["images_per_second"]) if runs else 0.0
    info = engine().parts.info(snapshot, rate)
    st.info(
        "**To find a thing as a part of your pictures**, each picture is looked at once more, in "
        f"detail. {info.cost} That runs in the background, can be stopped at any time, and is kept "
        "up to date from then on.",
        icon=":material/crop_free:",
    )
    if st.button(
        "Prepare", type="primary", icon=":material/play_arrow:", disabled=jobs().indexing.running
    ):
        start_run(lambda: jobs().indexing.describe_parts(snapshot))
