"""The measures of the gallery; at first those of a sample."""

import streamlit as st

from ...errors import FeatureStoreError, LibraryError
from ...evaluation import Evaluation, GroundTruth, representation_of
from ...feature_store import IndexSnapshot
from ..library import chosen_gallery
from ..resources import engine, index_key
from ..text import plain
from .representations import held_out

SAMPLE = 500
# In pixels: two stand side by side on a phone.
_WIDTH = 170
HUBNESS_HELP = (
    "It is the skewness of how often each picture is among the ten nearest of others: the higher, "
    "the more answers go to a few pictures."
)
_HELP = {
    "precision@1": "How often the closest picture is a right one.",
    "precision@10": "Share of right ones among the 10 closest.",
    "precision@30": "Share of right ones among the 30 closest.",
    "recall@30": "Share of all right ones that is among the 30 closest.",
    "R-precision": "Share of right ones among as many closest as there are right ones.",
    "macro mAP": "Mean of the classes' mAP: each class counts the same, however many pictures it "
    "has. Its interval is of other classes.",
    "mAP": "Mean average precision: the mean precision at each right one, over the whole ranking.",
}


def first_numbers(snapshot: IndexSnapshot, truth: GroundTruth, labels: str) -> Evaluation | None:
    """The measures over a random sample of the images; ``labels`` is the source of the truth.

    ``None`` where the labels or the features cannot be measured by; the page then says so.
    """
    try:
        return _sampled(snapshot, truth, engine().gallery_name(chosen_gallery()), labels)
    except LibraryError:
        st.info(
            "These pictures have no labels to measure by: expected a folder for each kind, or a "
            "label file. Choose another way above, or let the **self-check** below measure "
            "without labels.",
            icon=":material/label_off:",
        )
    except FeatureStoreError as error:
        st.error(plain(str(error)))
    return None


def numbers(evaluation: Evaluation, snapshot: IndexSnapshot) -> None:
    """Show the measures of the gallery with their confidence intervals."""
    with st.container(horizontal=True):
        for name, one in evaluation.measures.items():
            st.metric(
                name,
                f"{one.mean:.3f}",
                delta=f"{one.low:.3f} to {one.high:.3f}",
                delta_color="off",
                delta_arrow="off",
                help=_HELP[name],
                border=True,
                width=_WIDTH,
            )
    drawn = ", drawn at random" if evaluation.queries == SAMPLE else ""
    current = representation_of(snapshot)
    learnt = " They were held out of what is learnt from labels." if held_out(current) else ""
    copies = f" {evaluation.copies_told}" if evaluation.copies_told else ""
    st.caption(
        f"**{current}.** Asked with {evaluation.queries:,} pictures{drawn}, in "
        f"{evaluation.classes:,} classes, against all {evaluation.images:,}.{learnt}{copies} Below "
        "each measure is its 95 % confidence interval."
    )
    if hubness := engine().quality.hubness(snapshot):
        st.caption(f"**Hubness** {hubness}. {HUBNESS_HELP}")


def _labels_and_groups(truth: GroundTruth) -> tuple[object, ...]:
    return truth.labels, truth.groups


@st.cache_resource(
    max_entries=8,
    show_spinner="Asking with some pictures …",
    hash_funcs={IndexSnapshot: index_key, GroundTruth: _labels_and_groups},
)
def _sampled(
    snapshot: IndexSnapshot,  # noqa: ARG001 - measured anew for another index
    truth: GroundTruth,  # noqa: ARG001 - and for other labels, also from the same file
    gallery: str | None,
    labels: str,
) -> Evaluation:
    found = engine().quality.compare(gallery, labels=labels, sample=SAMPLE, others=False)
    return next(iter(found.evaluations.values()))
