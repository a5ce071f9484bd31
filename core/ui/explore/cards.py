"""Cards of a picture with a title and a note, one of which can be chosen."""

from collections.abc import Callable, Sequence

import streamlit as st

from ...types import ImageRecord
from ..components import component
from ..sharing import thumbnail_address
from ..text import text

Card = dict[str, str]


def card(card_id: str, image: ImageRecord, title: str, note: str, hint: str) -> Card:
    """What a card shows: a picture, one or two words, a few words, and more under a pointer."""
    words = {"title": text(title), "note": text(note), "hint": text(hint)}
    return {"id": card_id, "picture": thumbnail_address(image), **words}


def cards(shown: Sequence[Card], label: str, *, key: str, on_choose: Callable[[str], None]) -> None:
    """Show cards; ``on_choose`` is called, before the page runs, with the id of one clicked."""

    def choose() -> None:
        if chosen := st.session_state[key].get("chosen"):
            on_choose(str(chosen))

    component("cards", __file__)(
        key=key, data={"label": label, "cards": shown}, on_chosen_change=choose
    )
