"""The measures as files to take away; each is made when it is asked for."""

import streamlit as st

from ...evaluation import (
    Comparison,
    Estimate,
    Representation,
    measures_chart,
    measures_table,
    representation_of,
)
from ...feature_store import IndexSnapshot
from ..saving import save_button
from .representations import leading


def measure_downloads(found: Comparison, snapshot: IndexSnapshot) -> None:
    """Offer the measures as a table, those of the best as a picture."""
    best = leading(found, representation_of(snapshot))
    title = f"{len(found.snapshot.images):,} pictures in {found.snapshot.library.name}"
    with st.container(horizontal=True, key="measure_downloads"):
        save_button("Table", "quality.csv", lambda: measures_table(*found.by_name()), icon="table")
        save_button(
            "Plot",
            "quality.png",
            lambda: measures_chart(title, _measures(found, best)),
            icon="bar_chart",
        )


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
