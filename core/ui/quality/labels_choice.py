"""The source of the labels, chosen on the page."""

import streamlit as st

from ...datasets import FOLDERS
from ...errors import LookalikeError
from ...evaluation import GroundTruth
from ...feature_store import IndexSnapshot
from ..resources import engine
from ..text import plain

_FILE = "file"
_RULES = {
    FOLDERS: "The folder of a picture",
    _FILE: "A label file",
    "ukbench": "UKBench: four numbers for each object",
    "holidays": "Holidays: the number without its last two digits",
}


def labels_choice(snapshot: IndexSnapshot) -> tuple[GroundTruth | None, str]:
    """Let the source of the labels be chosen.

    Returns:
        The labels, ``None`` where there are none yet; and their source, see ``ground_truth``.
    """
    rule, file = st.columns(2)
    source = rule.selectbox(
        "What belongs together",
        list(_RULES),
        format_func=_RULES.__getitem__,
        key="labels",
        help="Every picture is asked with; right is what has the same label.",
    )
    if source == _FILE:
        source = file.text_input(
            "Label file",
            key="label_file",
            placeholder="/path/to/labels.csv",
            help="A CSV file with the columns image, a path relative to the gallery's folder, and "
            "label; or imagelabels.mat of Oxford Flowers 102.",
        ).strip()
        if not source:
            st.info("Type where the label file is.", icon=":material/label:")
            return None, FOLDERS
    try:
        return engine().quality.ground_truth(snapshot, source), source
    except LookalikeError as error:
        st.error(plain(str(error)))
        return None, FOLDERS
