"""The measurement: start, progress, cancel, how it ended."""

from collections.abc import Callable

import streamlit as st

from ..resources import jobs
from .job_panel import job_panel, start_job

_NAME = "measuring"


def start_measurement(start: Callable[[], None]) -> None:
    """Start a measurement and show the page with its progress, or the error."""
    if start_job(jobs().quality, _NAME, start):
        st.rerun()


def measurement_under_way() -> bool:
    """Whether a measurement runs; see ``job_panel``."""
    return job_panel(jobs().quality, _NAME, "**Measuring**")
