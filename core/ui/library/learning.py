"""What learning from the folders of a gallery gains, measured before it is chosen."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ...datasets import FOLDERS
from ...errors import LookalikeError
from ...evaluation import (
    LEAST_IMAGES,
    LEAST_LABELS,
    R_PRECISION,
    HeldOutGain,
    can_learn,
)
from ...feature_store import IndexSnapshot
from ..resources import engine, jobs
from ..text import plain
from .measurement import measurement_under_way, start_measurement

# What teaches; the name of the labels of a gallery's folders is that of their source.
MARKS = "marks"


@dataclass(frozen=True)
class Learning:
    """What is known of learning from the labels of a gallery.

    Attributes:
        gallery: Its name.
        labels: Source of the labels, see ``labels_of``.
        taught_by: What they are, in plain words.
        in_use: Whether the gallery has learnt from them, if it has learnt at all.
        possible: Whether there are enough folders and pictures.
        gain: As measured on these pictures; ``None`` before that.
    """

    gallery: str
    labels: str
    taught_by: str
    in_use: bool
    possible: bool
    gain: HeldOutGain | None

    @property
    def helps(self) -> bool:
        """Whether the measured gain is no chance."""
        return self.possible and self.gain is not None and self.gain.sure


def choose_labels(snapshot: IndexSnapshot, gallery: str) -> str:
    """Source of the labels to learn from; remembered marks, if there are any, are offered."""
    current = snapshot.chosen.labels or FOLDERS
    marks = str(engine().remembered_labels(gallery))
    if not Path(marks).exists():
        return current
    names = {FOLDERS: "My folders", marks: "My remembered marks"}
    sources = list(dict.fromkeys([current, FOLDERS, marks]))
    chosen: str = st.radio(
        "Learn from",
        sources,
        format_func=lambda source: names.get(source, plain(source)),
        horizontal=True,
        key=f"labels beside {current}",
    )
    return chosen


def learning_from(snapshot: IndexSnapshot, gallery: str, labels: str) -> Learning:
    """What is known of learning from labels of a gallery."""
    marks = labels == str(engine().remembered_labels(gallery))
    taught_by = MARKS if marks else FOLDERS
    in_use = labels == (snapshot.chosen.labels or FOLDERS)
    try:
        truth = engine().quality.ground_truth(snapshot, labels)
    except LookalikeError:
        # The file with the labels is gone.
        return Learning(gallery, labels, taught_by, in_use, possible=False, gain=None)
    found = jobs().quality.gain(gallery)
    fresh = found is not None and (found.truth, found.snapshot.space) == (truth, snapshot.space)
    gain = found.held_out if found and fresh else None
    return Learning(gallery, labels, taught_by, in_use, can_learn(truth), gain)


def gain_panel(learning: Learning) -> None:
    """Show what learning from the folders gains, or offer to measure it."""
    if not learning.possible:
        what = "names" if learning.taught_by == MARKS else "folders"
        st.caption(
            f"Learning from {learning.taught_by} needs at least {LEAST_LABELS} {what} with at "
            f"least {LEAST_IMAGES} pictures each."
        )
    elif measurement_under_way():
        pass
    elif learning.gain:
        _show(learning.gain, learning.taught_by)
    else:
        st.caption(
            f"What learning from your {learning.taught_by} gains is measured on pictures of this "
            "gallery that are held out of the learning, a fifth at a time."
        )
        if st.button(
            f"Measure what my {learning.taught_by} teach",
            icon=":material/straighten:",
            key="measure_gain",
        ):
            start_measurement(
                lambda: jobs().quality.measure_gain(learning.gallery, labels=learning.labels)
            )


def _show(found: HeldOutGain, taught_by: str) -> None:
    gain = found.gain
    (map_before, map_after), (share_before, share_after) = (
        (found.label_free.measures[name].mean, found.learnt.measures[name].mean)
        for name in ("mAP", R_PRECISION)
    )
    numbers = (
        f"Asked with {found.learnt.queries:,} pictures that were held out of it, the mAP is "
        f"**{map_after:.3f}** instead of {map_before:.3f} with the fit neighbours: a difference of "
        f"{gain.mean:+.3f} (95 % confidence interval {gain.low:+.3f} to {gain.high:+.3f}). "
        f"The R-precision is **{share_after:.3f}** instead of {share_before:.3f}. "
        f"{found.learnt.copies_told}"
    )
    if found.sure:
        st.success(
            f"**Learning from your {taught_by} helps here.** {numbers}", icon=":material/school:"
        )
    elif gain.mean > 0 and share_after > share_before:
        st.info(f"**The gain may be chance.** {numbers}", icon=":material/school:")
    else:
        st.warning(
            f"**Learning from your {taught_by} does not help here.** {numbers}",
            icon=":material/trending_down:",
        )
