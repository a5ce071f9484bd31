"""What must stay in sight on every page."""

from __future__ import annotations

import streamlit as st

from core.errors import LookalikeError
from core.ui.resources import engine


def untrained_notice() -> None:
    """Say so while the index that is searched was made with untrained weights."""
    try:
        snapshot = engine().snapshot()
    except LookalikeError:
        # The page shows it where it matters.
        return
    if snapshot and not snapshot.space.trained:
        st.warning(
            "**Untrained weights.** The ImageNet weights of VGG16 were not at hand, so matches are "
            "rough: colours and textures count more than what is shown. With internet, press "
            "**Update** on the Index page; without, see “Weights by hand” in the README.",
            icon=":material/model_training:",
        )
