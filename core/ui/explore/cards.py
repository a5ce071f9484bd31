"""Cards of a picture with a title and a note, one of which can be chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from ...types import ImageRecord
from ..components import component
from ..sharing import thumbnail_address
from ..text import text


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows.

    Attributes:
        id: Says which one is chosen.
        image: Its picture.
        title: One or two words.
        note: A few words.
        hint: Shown by a pointer that rests on the card.
    """

    id: str
    image: ImageRecord
    title: str
    note: str
    hint: str


def cards(shown: Sequence[Card], label: str, *, key: str, on_choose: Callable[[str], None]) -> None:
    """Show cards; ``on_choose`` is called with the id of one that is clicked.

    Args:
        shown: In their order.
        label: What they are, for who does not see them.
        key: Of the component on the page.
        on_choose: Called before the page runs.
    """

    def choose() -> None:
        if chosen := st.session_state[key].get("chosen"):
            on_choose(str(chosen))

    component("cards", __file__)(
        key=key,
        data={
            "label": label,
            "cards": [
                {
                    "id": card.id,
                    "title": text(card.title),
                    "note": text(card.note),
                    "hint": text(card.hint),
                    "picture": thumbnail_address(card.image),
                }
                for card in shown
            ],
        },
        on_chosen_change=choose,
    )
