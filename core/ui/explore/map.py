"""The component that shows the map, and what it sends."""

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st

from ...explore import GalleryMap
from ...feature_store import IndexSnapshot
from .. import state
from ..components import component, encoded
from ..text import text
from .colouring import CATEGORIES, Colouring

# Positions are sent as 16-bit numbers.
_MOST = 65_535
# Maps whose data are kept.
_KEPT = 4


def map_component(
    snapshot: IndexSnapshot,
    found: GalleryMap,
    colouring: Colouring,
    query: tuple[float, float] | None,
    *,
    on_more: Callable[[str], None],
) -> None:
    """Show the map of an index; what is chosen on it is kept in the session, under ``CHOSEN``.

    Args:
        snapshot: The index.
        found: Its map.
        colouring: Of the points.
        query: The position of the query, 0 to 1; ``None`` without one.
        on_more: Called with the id of the picture to search with.
    """
    geometry = _geometry(snapshot, found)
    component("map", __file__)(
        key=state.MAP,
        data=geometry
        | {
            "by": colouring.by,
            "colours": encoded(colouring.colours),
            "ordered": colouring.ordered,
            "legend": [{"label": text(label), "colour": one} for label, one in colouring.legend],
            "query": query,
            "chosen": len(st.session_state.get(state.CHOSEN, ())),
        },
        on_more_change=lambda: _take("more", lambda sent: on_more(str(sent))),
        on_chosen_change=lambda: _take("chosen", lambda sent: _choose(sent, geometry, snapshot)),
    )


@lru_cache(_KEPT)
def _geometry(snapshot: IndexSnapshot, found: GalleryMap) -> dict[str, Any]:
    """What stays the same while colours and query change."""
    places = np.round(np.clip(found.positions, 0, 1) * _MOST).astype("<u2")
    ids = bytes.fromhex(b"".join(snapshot.images.ids.tolist()).decode())
    digest = hashlib.blake2b(places.tobytes() + ids, digest_size=8)
    return {
        "key": digest.hexdigest(),
        "positions": encoded(places),
        "ids": base64.b64encode(ids).decode(),
        # No name of a file holds a slash.
        "names": "/".join(text(path.rpartition("/")[2]) for path in snapshot.images.paths),
        "group_of": encoded(found.group_of.astype("<i4")),
        "groups": [
            {
                "number": group.number,
                "name": text(group.name),
                "size": group.size,
                "colour": group.number % CATEGORIES,
            }
            for group in found.groups
        ],
    }


def _take(name: str, act: Callable[[Any], None]) -> None:
    if sent := st.session_state[state.MAP].get(name):
        act(sent)


def _choose(sent: Any, geometry: dict[str, Any], snapshot: IndexSnapshot) -> None:
    """Keep what a browser says is chosen; rows of another map, or of none, are not."""
    if not isinstance(sent, dict) or sent.get("key") != geometry["key"]:
        return
    rows, count = sent.get("rows"), len(snapshot.images)
    if not isinstance(rows, list):
        return
    known = sorted({row for row in rows if type(row) is int and 0 <= row < count})
    ids = snapshot.images.ids[known].tolist()
    st.session_state[state.CHOSEN] = tuple(one.decode() for one in ids)
