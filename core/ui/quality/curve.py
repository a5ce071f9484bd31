"""The precision–recall curve of what is in use, and of what is recommended."""

import altair as alt
import pandas as pd
import streamlit as st

from ...evaluation import RECALL_LEVELS, Comparison, Evaluation, representation_of
from ...feature_store import IndexSnapshot

_HEIGHT = 260  # in pixels


def precision_recall(
    evaluation: Evaluation, snapshot: IndexSnapshot, found: Comparison | None
) -> None:
    """Show the curve of an index, beside that of a better one where it was compared with others."""
    current = representation_of(snapshot)
    curves = {f"→ {current}": evaluation.curve}
    # Else they are of a sample, and the others were measured with all.
    compared = found is not None and found.evaluations.get(current) is evaluation
    if found and compared and (better := found.recommendation(current)):
        curves[str(better.representation)] = found.evaluations[better.representation].curve
    table = pd.DataFrame(
        [
            {"Representation": name, "Recall": recall, "Precision": precision}
            for name, curve in curves.items()
            for recall, precision in zip(RECALL_LEVELS, curve, strict=True)
        ]
    )
    chart = (
        alt.Chart(table, height=_HEIGHT)
        .mark_line(point=True)
        .encode(
            x=alt.X("Recall", axis=alt.Axis(tickCount=6)),
            y=alt.Y("Precision").scale(domain=(0, 1)),
            color=alt.Color("Representation", sort=None, title=None).legend(orient="top"),
            tooltip=["Representation", "Recall", alt.Tooltip("Precision", format=".3f")],
        )
    )
    first, half = evaluation.curve[0], evaluation.curve[len(RECALL_LEVELS) // 2]
    st.altair_chart(
        chart,
        width="stretch",
        alt=f"Precision at each recall: {first:.3f} at the start, {half:.3f} at a recall of 0.5",
    )
    st.caption(
        "How clean the answers still are (precision) by the time so many of the right ones have "
        "come (recall): the highest precision at that recall or a higher one, mean of all queries."
    )
