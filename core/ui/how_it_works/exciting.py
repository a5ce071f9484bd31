"""The pictures of the gallery that excite a channel of the last block most."""

from __future__ import annotations

import io

import streamlit as st
from PIL import Image, ImageOps

from core.activations import exciting_images, has_channels, labelled_sheet
from core.errors import LookalikeError
from core.feature_store import IndexSnapshot
from core.media import thumbnail
from core.types import ImageRecord
from core.ui.how_it_works.image_list import ListedImage, image_list
from core.ui.how_it_works.picture import refused
from core.ui.how_it_works.saving import save_button
from core.ui.resources import picture_cache, search_queue

_SHOWN = 12
_SIDE = 160
_EMPTY = "#ece7e2"


def exciting(channel: int, snapshot: IndexSnapshot | None) -> None:
    """Show the pictures of the gallery whose descriptors are largest in a channel."""
    st.subheader(f"What excites channel {channel}")
    if snapshot is None:
        st.caption("With a gallery, its pictures that excite this channel most are here.")
        return
    descriptor = snapshot.space.descriptor
    if not has_channels(snapshot):
        st.caption(
            f"The index of this gallery ({descriptor}, fit {snapshot.fit.choice}) does not keep "
            "the channels apart, so it cannot tell which pictures excite this one."
        )
        return
    try:
        # Of a million images it takes as long as a search.
        with search_queue().place():
            found = exciting_images(snapshot, channel, _SHOWN)
    except LookalikeError as error:
        refused(error, "exciting")
        return
    st.markdown(
        f"The {len(found)} pictures of the gallery whose feature ({descriptor}) has the largest "
        f"number at place {channel}. What do they have in common?"
    )
    image_list(
        [
            ListedImage(record, f"{value:.3f}", f"Excites channel {channel} by {value:.3f}")
            for record, value in found
        ]
    )
    save_button(
        "These pictures",
        f"channel-{channel}.png",
        lambda: labelled_sheet(
            [_small(snapshot, record) for record, _ in found],
            [f"{value:.3f}" for _, value in found],
            _SHOWN // 2,
        ),
    )


def _small(snapshot: IndexSnapshot, record: ImageRecord) -> Image.Image:
    try:
        with Image.open(io.BytesIO(thumbnail(snapshot, record.id, picture_cache()))) as small:
            return ImageOps.fit(small.convert("RGB"), (_SIDE, _SIDE))
    except (LookalikeError, OSError):
        return Image.new("RGB", (_SIDE, _SIDE), _EMPTY)
