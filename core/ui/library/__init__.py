"""The galleries on the page: choosing a folder, indexing it, watching it, describing it.

In goes what the owner clicks; out come jobs and notices.
"""

from core.ui.library.describe import details, facts, history
from core.ui.library.folder_chooser import folder_chooser
from core.ui.library.galleries import choose_gallery, chosen_gallery, shared_gallery
from core.ui.library.job_panel import POLL_SECONDS, describe, job_panel
from core.ui.library.notices import first_look_notice, weights_notice
from core.ui.library.onboarding import doors, first_search, kept, start
from core.ui.library.watch_switch import watch_switch

__all__ = [
    "POLL_SECONDS",
    "choose_gallery",
    "chosen_gallery",
    "describe",
    "details",
    "doors",
    "facts",
    "first_look_notice",
    "first_search",
    "folder_chooser",
    "history",
    "job_panel",
    "kept",
    "shared_gallery",
    "start",
    "watch_switch",
    "weights_notice",
]
