"""The measures as files to take away; each is made when it is asked for."""

from __future__ import annotations

import streamlit as st

from core.evaluation import Comparison, Estimate, measures_chart, measures_table


def measure_downloads(found: Comparison) -> None:
    """Offer the measures as a table and as a picture."""
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
            data=lambda: measures_chart(_title(found), _measures(found)),
            file_name="quality.png",
            mime="image/png",
            on_click="ignore",
            icon=":material/bar_chart:",
        )


def _title(found: Comparison) -> str:
    return f"{len(found.snapshot.images):,} pictures in {found.snapshot.library.name}"


def _measures(found: Comparison) -> dict[str, dict[str, Estimate]]:
    evaluations, checks = found.by_name()
    measures: dict[str, dict[str, Estimate]] = {name: {} for name in {**evaluations, **checks}}
    for name, evaluation in evaluations.items():
        measures[name] |= evaluation.measures
    for name, check in checks.items():
        for transformation, recalls in check.recalls.items():
            measures[name][f"recall@1 after: {transformation}"] = recalls["recall@1"]
    return measures
