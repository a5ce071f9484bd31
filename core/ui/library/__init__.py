"""The galleries on the page: choosing a folder, indexing it, watching it, describing it.

In goes what the owner clicks; out come jobs and notices.
"""

from .details_offer import details_offer
from .fit_panel import fit_change, fit_panel
from .galleries import choose_gallery, chosen_gallery, shown_gallery
from .indexing_panel import indexing_panel
from .job_panel import job_panel, show_failure, start_job
from .measurement import measurement_under_way, start_measurement
from .notices import first_look_notice, weights_notice
from .onboarding import (
    first_search,
    gallery_info,
    invitation,
    kept_question,
    onboarding,
    open_gallery,
    start_indexing,
)
from .overview import another_folder, details, overview, run_history, skipped_files, update_buttons
from .watch_switch import watch_switch

__all__ = [
    "another_folder",
    "choose_gallery",
    "chosen_gallery",
    "details",
    "details_offer",
    "first_look_notice",
    "first_search",
    "fit_change",
    "fit_panel",
    "gallery_info",
    "indexing_panel",
    "invitation",
    "job_panel",
    "kept_question",
    "measurement_under_way",
    "onboarding",
    "open_gallery",
    "overview",
    "run_history",
    "show_failure",
    "shown_gallery",
    "skipped_files",
    "start_indexing",
    "start_job",
    "start_measurement",
    "update_buttons",
    "watch_switch",
    "weights_notice",
]
