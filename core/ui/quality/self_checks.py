"""The recalls of the self-check, by kind of change."""

import pandas as pd
import streamlit as st

from ...evaluation import RECALLS, Comparison, representation_of
from ...feature_store import IndexSnapshot
from .representations import SHOWN


def self_check_table(found: Comparison, snapshot: IndexSnapshot) -> None:
    """Show the recalls of the best representations in the self-check, the one in use first."""
    checks, current = found.self_checks, representation_of(snapshot)
    ranked = sorted(checks, key=lambda one: (one != current, -checks[one].recall_at_1))[:SHOWN]
    first = checks[ranked[0]]
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
    for one in ranked:
        table[str(one)] = [recalls[shown].mean for recalls in checks[one].recalls.values()]
    st.dataframe(
        table,
        hide_index=True,
        key="self_checks",
        column_config={
            str(one): st.column_config.NumberColumn(
                f"{one} (in use)" if one == current else str(one), format="%.2f"
            )
            for one in ranked
        },
    )
    if first.skipped:
        st.caption(f"{len(first.skipped):,} pictures could not be read any more: update the index.")
