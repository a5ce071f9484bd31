"""All ways to describe the gallery in one table and one plot."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
import streamlit as st

from core.evaluation import Comparison, Estimate, representation_of
from core.feature_store import IndexSnapshot

_LINE = 34  # in pixels
_IN_USE = "in use"
_RECALL = "self-check"


def side_by_side(found: Comparison, snapshot: IndexSnapshot) -> None:
    """Show the measures of each descriptor in a table and a plot."""
    current = str(representation_of(snapshot))
    evaluations, checks = found.by_name()
    names = sorted({**evaluations, **checks}, key=lambda name: -_rank_value(found, name))
    measures = list(next(iter(evaluations.values())).measures) if evaluations else []
    table = pd.DataFrame({"Descriptor": [_named(name, current) for name in names]})
    for measure in reversed(measures):
        table[measure] = [evaluations[name].measures[measure].mean for name in names]
    if checks:
        table[_RECALL] = [checks[name].recall_at_1 for name in names]
    numbers = {
        column: st.column_config.NumberColumn(column, format="%.3f") for column in table.columns[1:]
    }
    if checks:
        numbers[_RECALL] = st.column_config.NumberColumn(
            "Self-check",
            format="%.3f",
            help="How often a changed picture found itself first, over all kinds of change.",
        )
    st.dataframe(table, hide_index=True, column_config=numbers, key="side_by_side")
    if evaluations:
        shown = st.segmented_control(
            "Measure in the plot",
            measures[::-1],
            default=measures[-1],
            required=True,
            key="plot_measure",
        )
        _plot({_named(n, current): evaluations[n].measures[shown] for n in names}, shown)


def _rank_value(found: Comparison, name: str) -> float:
    evaluations, checks = found.by_name()
    return evaluations[name].measures["mAP"].mean if evaluations else checks[name].recall_at_1


def _named(name: str, current: str) -> str:
    return f"{name} ({_IN_USE})" if name == current else name


def _plot(estimates: Mapping[str, Estimate], measure: str) -> None:
    table = pd.DataFrame(
        {
            "Descriptor": list(estimates),
            "value": [one.mean for one in estimates.values()],
            "low": [one.low for one in estimates.values()],
            "high": [one.high for one in estimates.values()],
        }
    )
    y = alt.Y("Descriptor", sort=None, title=None, axis=alt.Axis(labelLimit=240))
    title = f"{measure}, with its 95 % confidence interval"
    base = alt.Chart(table, height=alt.Step(_LINE))
    lines = base.mark_rule(strokeWidth=3).encode(
        x=alt.X("low", axis=alt.Axis(title=title, tickCount=6)).scale(zero=False),
        x2="high",
        y=y,
        color=alt.value("#d6336c"),
    )
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(
        x="value",
        y=y,
        color=alt.value("#d6336c"),
        tooltip=[
            "Descriptor",
            *(alt.Tooltip(name, format=".3f") for name in ("value", "low", "high")),
        ],
    )
    best = max(estimates, key=lambda name: estimates[name].mean)
    st.altair_chart(
        lines + dots,
        width="stretch",
        alt=f"{measure} of each descriptor; the highest is {best} with {estimates[best].mean:.3f}",
    )
