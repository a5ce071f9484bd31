"""What must stay in sight on every page."""

from __future__ import annotations

import streamlit as st

from core.errors import LookalikeError
from core.ui.galleries import chosen_gallery
from core.ui.resources import engine


def untrained_notice() -> None:
    """Say so while the index that is searched was made with untrained weights."""
    try:
        snapshot = engine().snapshot(chosen_gallery())
    except LookalikeError:
        # The page shows it where it matters.
        return
    if snapshot and not snapshot.space.trained:
        st.warning(
            "**Untrained weights:** this index was made without the ImageNet weights of VGG16, so "
            "matches are rough. With internet, **Update** on the Index page fetches them.",
            icon=":material/model_training:",
        )
