"""The whole measurement: start, progress, cancel."""

import streamlit as st

from ...evaluation import DEFAULT_SAMPLE, Comparison
from ...feature_store import IndexSnapshot
from ..library import measurement_under_way, shown_gallery, start_measurement
from ..resources import jobs


def measuring_panel(labels: str, snapshot: IndexSnapshot) -> None:
    """Offer to measure with all images and labels, or show the progress of the measurement."""
    if measurement_under_way():
        return
    with st.container(border=True, key="measure"):
        st.markdown(
            f"**Measure with all {len(snapshot.images):,} pictures** and compare the descriptors "
            "that are saved with them, each with every fit and in both orders."
        )
        self_check = st.checkbox(
            f"Self-check: {min(DEFAULT_SAMPLE, len(snapshot.images))} pictures, each cropped, "
            "turned, compressed and recoloured, must find themselves",
            key="measure_self_check",
            value=True,
        )
        baselines = st.checkbox(
            "Compare with what was before networks: a histogram of colours and a perceptual hash. "
            "Reads every picture",
            key="measure_baselines",
        )
        if st.button("Measure", type="primary", icon=":material/straighten:", key="start_measure"):
            images = DEFAULT_SAMPLE if self_check else 0
            start_measurement(
                lambda: jobs().quality.measure(
                    shown_gallery(), labels=labels, self_check_images=images, baselines=baselines
                )
            )


def result_of(snapshot: IndexSnapshot) -> Comparison | None:
    """The last result for the gallery that is shown, where it is of the same pictures."""
    found = jobs().quality.result(shown_gallery())
    if found is None or found.snapshot is snapshot:
        return found
    if _pictures(found.snapshot) == _pictures(snapshot):
        return found
    st.info(
        "The gallery has changed since it was measured: measure again.", icon=":material/update:"
    )
    return None


def _pictures(snapshot: IndexSnapshot) -> tuple[list[str], list[bytes]]:
    return list(snapshot.images.paths), snapshot.images.ids.tolist()
