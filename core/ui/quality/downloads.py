"""The measures as files to take away; each is made when it is asked for."""

from __future__ import annotations

import streamlit as st

from core.evaluation import (
    Comparison,
    Estimate,
    Representation,
    measures_chart,
    measures_table,
    representation_of,
)
from core.feature_store import IndexSnapshot
from core.ui.quality.representations import leading


def measure_downloads(found: Comparison, snapshot: IndexSnapshot) -> None:
    """Offer the measures as a table, those of the best as a picture."""
    best = leading(found, representation_of(snapshot))
    with st.container(horizontal=True, key="measure_downloads"):
        st.download_button(
            "Table (CSV)",
            data=lambda: measures_table(*found.by_name()),
            file_name="quality.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/table:",
        )
        st.download_button(
            "Plot (PNG)",
            data=lambda: measures_chart(_title(found), _measures(found, best)),
            file_name="quality.png",
            mime="image/png",
            on_click="ignore",
            icon=":material/bar_chart:",
        )


def _title(found: Comparison) -> str:
    return f"{len(found.snapshot.images):,} pictures in {found.snapshot.library.name}"


def _measures(
    found: Comparison, representations: list[Representation]
) -> dict[str, dict[str, Estimate]]:
    measures: dict[str, dict[str, Estimate]] = {}
    for one in representations:
        shown = measures.setdefault(str(one), {})
        if evaluation := found.evaluations.get(one):
            shown |= evaluation.measures
        if check := found.self_checks.get(one):
            shown |= {
                f"recall@1 after: {change}": recalls["recall@1"]
                for change, recalls in check.recalls.items()
            }
    return measures
