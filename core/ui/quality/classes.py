"""The measures of each class."""

import pandas as pd
import streamlit as st

from ...evaluation import MEASURES, Evaluation
from ..text import text


def class_table(evaluation: Evaluation) -> None:
    """Show the measures of each class, the worst class first."""
    classes = sorted(evaluation.per_class, key=lambda one: one.measures["mAP"])
    table = pd.DataFrame(
        {
            "Class": [text(one.label) or "(top folder)" for one in classes],
            "Pictures": [one.images for one in classes],
            "Asked with": [one.queries for one in classes],
        }
    )
    for measure in reversed(MEASURES):
        table[measure] = [one.measures[measure] for one in classes]
    st.dataframe(
        table,
        hide_index=True,
        key="classes",
        column_config={
            "mAP": st.column_config.ProgressColumn(
                "mAP", format="%.3f", min_value=0, max_value=1, color="primary"
            ),
            **{
                name: st.column_config.NumberColumn(name, format="%.3f")
                for name in MEASURES
                if name != "mAP"
            },
        },
    )
