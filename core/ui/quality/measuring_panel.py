"""The whole measurement: start, progress, cancel."""

from __future__ import annotations

import streamlit as st

from core.errors import LookalikeError
from core.evaluation import DEFAULT_SAMPLE, Comparison
from core.feature_store import IndexSnapshot
from core.jobs import Task, TaskState
from core.ui import state
from core.ui.library import POLL_SECONDS, chosen_gallery, describe
from core.ui.resources import engine, measuring
from core.ui.sharing import is_owner, require_owner


def measuring_panel(labels: str, snapshot: IndexSnapshot) -> None:
    """Offer to measure with all images, or show the progress of the measurement.

    Args:
        labels: Source of the labels, see ``ground_truth``.
        snapshot: The index.
    """
    latest = measuring().latest
    if latest and latest.running:
        st.fragment(_watch, run_every=POLL_SECONDS)(latest.number)
        return
    if latest and st.session_state.pop(state.WATCHED_MEASUREMENT, None) == latest.number:
        _show_outcome(latest)
    with st.container(border=True, key="measure"):
        st.markdown(
            f"**Measure with all {len(snapshot.images):,} pictures** and compare the descriptors "
            "that are saved with them, as they are and whitened."
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
            _start(labels, self_check_images=images, baselines=baselines)


def result_of(snapshot: IndexSnapshot) -> Comparison | None:
    """The last result for the gallery that is shown, where it is of the same pictures."""
    found = measuring().result(engine().gallery_name(chosen_gallery()))
    if found is None or found.snapshot is snapshot:
        return found
    if _pictures(found.snapshot) == _pictures(snapshot):
        return found
    st.info(
        "The gallery has changed since it was measured: measure again.", icon=":material/update:"
    )
    return None


def _pictures(snapshot: IndexSnapshot) -> list[tuple[str, str]]:
    return [(image.path, image.id) for image in snapshot.images]


def _start(labels: str, *, self_check_images: int, baselines: bool) -> None:
    try:
        require_owner()
        measuring().start(
            engine().gallery_name(chosen_gallery()),
            labels=labels,
            self_check_images=self_check_images,
            baselines=baselines,
        )
    except LookalikeError as error:
        st.error(str(error))
    else:
        st.rerun()


def _watch(number: int) -> None:
    latest = measuring().latest
    st.session_state[state.WATCHED_MEASUREMENT] = number
    if latest is None or not latest.running or latest.number != number:
        # The whole page changes with the result, not only this panel.
        st.rerun()
        return
    progress = latest.progress
    share = progress.done / progress.total if progress.total else 0.0
    with st.container(border=True, key="measuring"):
        st.markdown("**Measuring**")
        st.progress(min(share, 1.0), text=describe(progress))
        st.button(
            "Stopping …" if latest.stopping else "Cancel",
            disabled=latest.stopping,
            icon=":material/stop_circle:",
            key="cancel_measuring",
            on_click=_cancel,
        )


def _cancel() -> None:
    if is_owner():
        measuring().cancel()


def _show_outcome(latest: Task[Comparison]) -> None:
    if latest.state is TaskState.CANCELLED:
        st.info(latest.error, icon=":material/stop_circle:")
    elif latest.state is TaskState.FAILED:
        st.error(latest.error, icon=":material/error:")
