"""Moving what is ticked to the trash or into a folder, and bringing it back."""

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

import streamlit as st

from ...duplicates import DuplicateImage, DuplicateSet
from ...feature_store import IndexSnapshot
from ...sizes import size_in_words
from ..library import shown_gallery, start_job
from ..resources import engine, jobs
from ..sharing import errors_shown
from ..text import pictures, plain
from .finding_panel import NAME
from .set_list import forget_ticks, tick_versions, ticked

_MOST_REASONS = 8


def removal_bar(sets: Sequence[DuplicateSet], snapshot: IndexSnapshot, *, disabled: bool) -> None:
    """Offer to move the images of the sets that are ticked, and to tick the versions."""
    going = ticked(sets, snapshot.library)
    with st.container(horizontal=True, vertical_alignment="center", key="removal_bar"):
        if st.button(
            f"Move {pictures(len(going))} to the trash",
            type="primary",
            icon=":material/delete:",
            key="move_to_trash",
            disabled=disabled or not going,
        ):
            _confirm(sets, going, snapshot.library)
        versions = [image for found in sets for image in found.images if image.version]
        unticked = len(versions) - sum(image.version for image in going)
        if unticked and st.button(
            f"Tick {unticked:,} version{'' if unticked == 1 else 's'} too",
            icon=":material/done_all:",
            key="tick_versions",
            disabled=disabled,
        ):
            _confirm_versions(sets, versions, snapshot.library)
        st.caption(
            f"{_size(going)} in all. What is ticked for you is moved only if one picture that "
            "stays shows and holds all of it; each file is checked right before. Nothing is "
            "deleted, and Undo brings it back."
        )


def undo_bar(snapshot: IndexSnapshot, *, disabled: bool) -> None:
    """Offer to bring back what was removed last, where some of it is still away."""
    if disabled:
        return
    removal = None
    with errors_shown():
        removal = engine().duplicates.last_removal(snapshot)
    if removal:
        when = removal.at.replace("T", " ")[:16]
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", key="undo_bar"
        ):
            st.markdown(f"{pictures(len(removal.removed)).capitalize()} moved away at {when}.")
            st.button("Undo", icon=":material/undo:", key="undo_removal", on_click=_undo)


@st.dialog("Tick the versions?")
def _confirm_versions(
    sets: Sequence[DuplicateSet], versions: Sequence[DuplicateImage], library: Path
) -> None:
    st.warning(
        "A version is not the same as the picture that stays: it is changed, or its file holds "
        "more. Look through them before you move them.",
        icon=":material/warning:",
    )
    reasons = Counter(image.why for image in versions)
    lines = [f"- {count:,} × {plain(why)}" for why, count in reasons.most_common(_MOST_REASONS)]
    if len(reasons) > _MOST_REASONS:
        lines.append("- …")
    st.markdown("\n".join(lines))
    if st.button(
        "Tick them",
        type="primary",
        icon=":material/done_all:",
        key="confirm_versions",
        on_click=tick_versions,
        args=(sets, library),
    ):
        # Closes the dialog.
        st.rerun()


@st.dialog("Move to the trash?")
def _confirm(sets: Sequence[DuplicateSet], going: Sequence[DuplicateImage], library: Path) -> None:
    st.markdown(
        f"**{pictures(len(going)).capitalize()}, {_size(going)}.** Each file is checked "
        "first: one that has changed since it was indexed stays."
    )
    if chosen := sum(not image.ticked for image in going):
        st.warning(
            f"{chosen:,} of these {'was' if chosen == 1 else 'were'} ticked by you: what stays may "
            "not show or hold all of it.",
            icon=":material/warning:",
        )
    for warning in engine().duplicates.warnings(library):
        st.warning(plain(warning), icon=":material/warning:")
    folder = st.text_input(
        "Folder instead of the trash",
        placeholder="For a drive without a trash, such as a network drive",
        key="move_into",
        help="Outside of the pictures that are indexed.",
    )
    if st.button("Move them", type="primary", icon=":material/delete:", key="confirm_move"):
        _remove(sets, {image.image for image in going}, folder.strip())


def _remove(sets: Sequence[DuplicateSet], chosen: Collection[str], folder: str) -> None:
    job, into = jobs().duplicates, Path(folder) if folder else None
    if start_job(job, NAME, lambda: job.remove(shown_gallery(), sets, chosen, into=into)):
        forget_ticks()
        # Closes the dialog.
        st.rerun()


def _undo() -> None:
    job = jobs().duplicates
    start_job(job, NAME, lambda: job.undo(shown_gallery()))


def _size(images: Sequence[DuplicateImage]) -> str:
    return size_in_words(sum(one.record.size for one in images))
