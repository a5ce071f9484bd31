"""The galleries on the page: choosing a folder, indexing it, watching it, describing it.

In goes what the owner clicks; out come jobs and notices.
"""

from core.ui.library.details_offer import details_offer
from core.ui.library.fit_panel import fit_panel
from core.ui.library.galleries import choose_gallery, chosen_gallery, shared_gallery
from core.ui.library.job_panel import job_panel
from core.ui.library.measurement import measurement_under_way, start_measurement
from core.ui.library.notices import first_look_notice, weights_notice
from core.ui.library.onboarding import (
    first_search,
    gallery_info,
    invitation,
    kept_question,
    onboarding,
    open_gallery,
    start_indexing,
)
from core.ui.library.overview import (
    another_folder,
    details,
    overview,
    run_history,
    skipped_files,
    update_buttons,
)
from core.ui.library.task_panel import (
    ended_task,
    follow_task,
    show_failure,
    start_task,
    task_under_way,
)
from core.ui.library.watch_switch import watch_switch

__all__ = [
    "another_folder",
    "choose_gallery",
    "chosen_gallery",
    "details",
    "details_offer",
    "ended_task",
    "first_look_notice",
    "first_search",
    "fit_panel",
    "follow_task",
    "gallery_info",
    "invitation",
    "job_panel",
    "kept_question",
    "measurement_under_way",
    "onboarding",
    "open_gallery",
    "overview",
    "run_history",
    "shared_gallery",
    "show_failure",
    "skipped_files",
    "start_indexing",
    "start_measurement",
    "start_task",
    "task_under_way",
    "update_buttons",
    "watch_switch",
    "weights_notice",
]
