"""What learning from the folders of a gallery gains, measured before it is chosen."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.datasets import FOLDERS
from core.errors import LookalikeError
from core.evaluation import (
    LEAST_IMAGES,
    LEAST_LABELS,
    R_PRECISION,
    HeldOutGain,
    can_learn,
    ground_truth,
)
from core.feature_store import IndexSnapshot
from core.ui.library.measurement import measurement_under_way
from core.ui.resources import measuring
from core.ui.sharing import require_owner


@dataclass(frozen=True)
class Learning:
    """What is known of learning from the labels of a gallery.

    Attributes:
        gallery: Its name.
        labels: Source of the labels, see ``labels_of``.
        possible: Whether there are enough folders and pictures.
        gain: As measured on these pictures; ``None`` before that.
    """

    gallery: str
    labels: str
    possible: bool
    gain: HeldOutGain | None

    @property
    def helps(self) -> bool:
        """Whether the measured gain is no chance."""
        return self.possible and self.gain is not None and self.gain.sure


def learning_from(snapshot: IndexSnapshot, gallery: str) -> Learning:
    """What is known of learning from the labels of a gallery, by default from its folders."""
    labels = snapshot.chosen.labels or FOLDERS
    try:
        possible = can_learn(ground_truth(snapshot, labels))
    except LookalikeError:
        # The file with the labels is gone.
        possible = False
    found = measuring().gain(gallery)
    fresh = (
        found is not None
        and (found.labels, found.snapshot.space) == (labels, snapshot.space)
        and same_pictures(found.snapshot, snapshot)
    )
    return Learning(gallery, labels, possible, found.held_out if found and fresh else None)


def same_pictures(one: IndexSnapshot, other: IndexSnapshot) -> bool:
    """Whether two indexes are of the same files at the same paths."""
    return one is other or _pictures(one) == _pictures(other)


def gain_panel(learning: Learning) -> None:
    """Show what learning from the folders gains, or offer to measure it."""
    if not learning.possible:
        st.caption(
            f"Learning from folders needs at least {LEAST_LABELS} folders with at least "
            f"{LEAST_IMAGES} pictures each."
        )
    elif measurement_under_way():
        pass
    elif learning.gain:
        _show(learning.gain)
    else:
        st.caption(
            "What learning from your folders gains is measured on pictures of this gallery that "
            "are held out of the learning, a fifth at a time."
        )
        if st.button(
            "Measure what my folders teach", icon=":material/straighten:", key="measure_gain"
        ):
            _start(learning)


def _show(found: HeldOutGain) -> None:
    gain = found.gain
    (map_before, map_after), (share_before, share_after) = (
        (found.centred.measures[name].mean, found.learnt.measures[name].mean)
        for name in ("mAP", R_PRECISION)
    )
    numbers = (
        f"Asked with {found.learnt.queries:,} pictures that were held out of it, the mAP is "
        f"**{map_after:.3f}** instead of {map_before:.3f} with the fit centre: a difference of "
        f"{gain.mean:+.3f} (95 % confidence interval {gain.low:+.3f} to {gain.high:+.3f}). "
        f"The R-precision is **{share_after:.3f}** instead of {share_before:.3f}."
    )
    if found.sure:
        st.success(
            f"**Learning from your folders helps here.** {numbers}", icon=":material/school:"
        )
    elif gain.mean > 0 and share_after > share_before:
        st.info(f"**The gain may be chance.** {numbers}", icon=":material/school:")
    else:
        st.warning(
            f"**Learning from your folders does not help here.** {numbers}",
            icon=":material/trending_down:",
        )


def _start(learning: Learning) -> None:
    try:
        require_owner()
        measuring().start_gain(learning.gallery, labels=learning.labels)
    except LookalikeError as error:
        st.error(str(error))
    else:
        st.rerun()


def _pictures(snapshot: IndexSnapshot) -> list[tuple[str, str]]:
    return [(image.path, image.id) for image in snapshot.images]
