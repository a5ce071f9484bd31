"""All ways to describe and rank the gallery in one table, the best of them in a plot."""

from collections.abc import Mapping

import altair as alt
import pandas as pd
import streamlit as st

from ...evaluation import Comparison, Estimate, representation_of
from ...feature_store import IndexSnapshot
from .first_numbers import HUBNESS_HELP
from .representations import SHOWN, best_first, held_out, leading, short_name, signs

_LINE = 34  # in pixels
_RECALL, _GAIN, _CHANCE, _HUBNESS = "self-check", "gain", "p", "hubness"


def side_by_side(found: Comparison, snapshot: IndexSnapshot) -> None:
    """Show the measures of each representation in a table, of the best in a plot."""
    current, ranked = representation_of(snapshot), best_first(found)
    evaluations, checks = found.evaluations, found.self_checks
    measures = list(evaluations[ranked[0]].measures) if evaluations else []
    table = pd.DataFrame(
        {
            "Descriptor": [
                f"{one.descriptor} (in use)" if one == current else one.descriptor for one in ranked
            ],
            "Fit": [
                f"{one.fit}, held out" if evaluations and held_out(one) else str(one.fit)
                for one in ranked
            ],
            "Order": [one.ranking for one in ranked],
        }
    )
    words = len(table.columns)
    for measure in reversed(measures):
        table[measure] = [evaluations[one].measures[measure].mean for one in ranked]
    if differences := found.differences_to(current):
        place = table.columns.get_loc("mAP") + 1
        beside = [differences.get(one) for one in ranked]
        table.insert(place, _GAIN, [one and one.gain.mean for one in beside])
        table.insert(place + 1, _CHANCE, [one and one.p for one in beside])
    if checks:
        table[_RECALL] = [checks[one].recall_at_1 for one in ranked]
    table[_HUBNESS] = [found.hubness[one].skew for one in ranked]
    numbers = {
        column: st.column_config.NumberColumn(column, format="%.3f")
        for column in table.columns[words:]
    }
    numbers[_HUBNESS] = st.column_config.NumberColumn("Hubness", format="%.2f", help=HUBNESS_HELP)
    if differences:
        numbers[_GAIN] = st.column_config.NumberColumn(
            "Gain", format="%+.3f", help="How much higher the mAP is than that of the one in use."
        )
        numbers[_CHANCE] = st.column_config.NumberColumn(
            "p",
            format="%.4f",
            help="How often chance alone gives such a gain or loss: a paired randomisation test "
            "over the queries.",
        )
    if checks:
        numbers[_RECALL] = st.column_config.NumberColumn(
            "Self-check",
            format="%.3f",
            help="How often a changed picture found itself first, over all kinds of change.",
        )
    st.dataframe(table, hide_index=True, column_config=numbers, key="side_by_side")
    if any(held_out(one) for one in evaluations):
        st.caption(
            "**Held out**: what is learnt from labels is asked with pictures that were held out of "
            "the learning, a fifth of the gallery at a time."
        )
    if evaluations:
        shown = st.segmented_control(
            "Measure in the plot",
            measures[::-1],
            default=measures[-1],
            required=True,
            key="plot_measure",
        )
        best = leading(found, current)
        _plot({short_name(one, current): evaluations[one].measures[shown] for one in best}, shown)
        few = f"The best {SHOWN} of {len(ranked)}. " if len(ranked) > len(best) else ""
        st.caption(few + signs(best))


def _plot(estimates: Mapping[str, Estimate], measure: str) -> None:
    table = pd.DataFrame(
        {
            "Representation": list(estimates),
            "value": [one.mean for one in estimates.values()],
            "low": [one.low for one in estimates.values()],
            "high": [one.high for one in estimates.values()],
        }
    )
    y = alt.Y("Representation", sort=None, title=None, axis=alt.Axis(labelLimit=240))
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
            "Representation",
            *(alt.Tooltip(name, format=".3f") for name in ("value", "low", "high")),
        ],
    )
    best = max(estimates, key=lambda name: estimates[name].mean)
    st.altair_chart(
        lines + dots,
        width="stretch",
        alt=f"{measure} of the best; the highest is {best} with {estimates[best].mean:.3f}",
    )
