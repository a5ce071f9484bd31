"""The pictures of the gallery that excite a channel most."""

import io
import time
from collections.abc import Callable, Sequence

import streamlit as st
from PIL import Image, ImageOps

from ...access import NOT_SHARED
from ...activations import (
    ChannelMeans,
    exciting_among,
    exciting_images,
    has_channels,
    labelled_sheet,
)
from ...errors import ImageError, LookalikeError
from ...feature_store import IndexSnapshot
from ...media import thumbnail
from ...model import BLOCKS, WITH_POSITIONS
from ...types import FeatureSpace, ImageRecord
from ..resources import engine, picture_cache, search_queue
from ..saving import save_button
from ..sharing import is_owner, seen_by_reader
from .image_list import image_list
from .picture import refused

_SHOWN = 12
_SIDE = 160
_EMPTY = "#ece7e2"
# Pictures that are shown to the network for the channels that no index keeps, and how many in one
# step: between two steps others search, and a click is answered.
_SAMPLE = 128
_STEP = 16
# What takes less time shows no progress.
_PATIENCE_SECONDS = 0.3
# Samples that are kept, of several galleries.
_SAMPLES = 4


def exciting(layer: str, channel: int, snapshot: IndexSnapshot | None) -> None:
    """Show the pictures of the gallery that excite a channel of a block most."""
    st.subheader(f"What excites channel {channel}")
    if snapshot is None:
        st.caption("With a gallery, its pictures that excite this channel most are here.")
        return
    try:
        if layer == BLOCKS[-1] and has_channels(snapshot):
            why, found = _of_all(channel, snapshot)
        else:
            why, found = _of_a_sample(layer, channel, snapshot)
            if layer == BLOCKS[-1] and snapshot.rows is not None:
                _update_note(snapshot)
    except LookalikeError as error:
        refused(error, "exciting")
        return
    st.markdown(f"{why} What do they have in common?")
    image_list((record, value, f"Excites channel {channel} by {value}") for record, value in found)
    if found:
        shows = seen_by_reader(snapshot)
        save_button(
            "These pictures",
            f"{layer}-{channel}-pictures.png",
            lambda: labelled_sheet(
                [_small(snapshot, record, shows) for record, _ in found],
                [value for _, value in found],
                _SHOWN // 2,
            ),
        )


def _update_note(snapshot: IndexSnapshot) -> None:
    """Say how the index comes to keep the numbers of its channels, where it may."""
    if is_owner() and snapshot.extracted is None and snapshot.space.descriptor in WITH_POSITIONS:
        st.caption(
            "An older version made this index: press **Update** on the Index page, and the "
            "pictures here are those of the whole gallery."
        )


def _of_all(channel: int, snapshot: IndexSnapshot) -> tuple[str, list[tuple[ImageRecord, str]]]:
    """By the numbers of the index: a sentence, and pictures with their numbers."""
    # Of a million images it takes as long as a search.
    with search_queue().place():
        found = exciting_images(snapshot, channel, _SHOWN)
    why = (
        f"The {len(found)} pictures of the gallery whose feature ({snapshot.space.descriptor}) "
        f"has the largest number at place {channel}."
    )
    return why, [(record, f"{value:.3f}") for record, value in found]


def _of_a_sample(
    layer: str, channel: int, snapshot: IndexSnapshot
) -> tuple[str, list[tuple[ImageRecord, str]]]:
    """By showing a part of the gallery to the network: a sentence, and pictures with numbers."""
    sample = [snapshot.images[int(row)] for row in snapshot.variety[:_SAMPLE]]
    steps = [sample[start : start + _STEP] for start in range(0, len(sample), _STEP)]
    parts, bar, started = [], st.empty(), time.monotonic()
    for number, step in enumerate(steps):
        if time.monotonic() - started > _PATIENCE_SECONDS:
            bar.progress(number / len(steps), f"VGG16 looks at {len(sample)} pictures …")
        parts.append(_means(snapshot, snapshot.space, step))
        # A drive may be plugged in again: what could not be read is tried again the next time.
        if len(parts[-1].images) < len(step):
            _means.clear(snapshot, snapshot.space, step)
    bar.empty()
    seen = sum(len(part.images) for part in parts)
    found = exciting_among(parts, layer, channel, _SHOWN)
    why = (
        f"The {len(found)} pictures in whose map of channel {channel} the mean is largest, of the "
        f"{seen} pictures of the gallery that differ most. The index keeps no numbers of this "
        "channel, so the network has looked at these."
    )
    return why, [(record, f"{value:.4g}") for record, value in found]


@st.cache_resource(show_spinner=False, max_entries=_SAMPLES * _SAMPLE // _STEP)
def _means(
    _snapshot: IndexSnapshot,
    space: FeatureSpace,  # noqa: ARG001 - of another network they are others
    images: Sequence[ImageRecord],
) -> ChannelMeans:
    with search_queue().place():
        return engine().channel_means(_snapshot, images)


def _small(
    snapshot: IndexSnapshot, record: ImageRecord, shows: Callable[[str], bool]
) -> Image.Image:
    try:
        if not shows(record.id):
            raise ImageError(NOT_SHARED)
        with Image.open(io.BytesIO(thumbnail(snapshot, record.id, picture_cache()))) as small:
            return ImageOps.fit(small.convert("RGB"), (_SIDE, _SIDE))
    except (LookalikeError, OSError):
        return Image.new("RGB", (_SIDE, _SIDE), _EMPTY)
