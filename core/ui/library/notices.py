"""Notices about the index that is searched."""

import streamlit as st

from ...errors import LookalikeError
from ...feature_store import IndexSnapshot
from ...types import Progress, Stage
from ..resources import jobs, newest_snapshot
from ..sharing import is_owner
from .galleries import chosen_gallery
from .job_panel import POLL_SECONDS


def weights_notice() -> None:
    """Say so while the index that is searched was made with less than the best weights."""
    try:
        snapshot = newest_snapshot(chosen_gallery())
    except LookalikeError:
        # The page shows it where it matters.
        return
    if snapshot and not snapshot.space.trained:
        remedy = " **Update** on the Index page makes a proper one." if is_owner() else ""
        st.warning(
            "**Untrained weights:** this index was made for tests, its matches are rough." + remedy,
            icon=":material/model_training:",
        )


def first_look_notice(snapshot: IndexSnapshot) -> None:
    """Say how far VGG16 is while an index by colours serves."""
    if snapshot.provisional:
        st.fragment(_how_far, run_every=POLL_SECONDS)(len(snapshot.images))


def _how_far(total: int) -> None:
    run = jobs().indexing.latest
    now = run.progress if run else Progress()
    done = now.done if now.stage is Stage.EXTRACTING else 0
    st.info(
        f"**A first look, by colours alone.** VGG16 has described {done:,} of {total:,} images "
        f"({done / total:.0%}); its better matches take the place of these when it has seen all.",
        icon=":material/palette:",
    )
