"""The recalls of the self-check, by kind of change."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evaluation import RECALLS, Comparison, representation_of
from core.feature_store import IndexSnapshot


def self_check_table(found: Comparison, snapshot: IndexSnapshot) -> None:
    """Show the recalls of each descriptor in the self-check, the one in use first."""
    _, checks = found.by_name()
    current = str(representation_of(snapshot))
    names = sorted(checks, key=lambda name: (name != current, -checks[name].recall_at_1))
    first = checks[names[0]]
    st.caption(
        f"{first.images:,} pictures of the gallery were changed and asked with: the share that "
        "found the unchanged picture as the closest (recall@1), or among the 30 closest."
    )
    shown = st.segmented_control(
        "Measure of the self-check",
        list(RECALLS),
        default=next(iter(RECALLS)),
        required=True,
        key="shown_recall",
    )
    table = pd.DataFrame({"Change": list(first.recalls)})
    for name in names:
        table[name] = [recalls[shown].mean for recalls in checks[name].recalls.values()]
    st.dataframe(
        table,
        hide_index=True,
        key="self_checks",
        column_config={
            name: st.column_config.NumberColumn(
                f"{name} (in use)" if name == current else name, format="%.2f"
            )
            for name in names
        },
    )
    if first.skipped:
        st.caption(f"{len(first.skipped):,} pictures could not be read any more: update the index.")
