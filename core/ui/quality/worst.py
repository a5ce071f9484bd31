"""The queries of the lowest average precision, each beside its closest wrong match."""

from html import escape

import streamlit as st

from ...evaluation import BadQuery, Evaluation
from ...feature_store import IndexSnapshot
from ..sharing import thumbnail_address
from ..text import text

SHOWN = 12
_STYLE = """
<style>
.stHtml ul.worst { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr));
                   gap: 1.25rem 1rem; list-style: none; margin: 0; padding: 0; }
.stHtml .worst li { margin: 0; padding: 0; }
.worst .pair { display: grid; grid-template-columns: 1fr 1fr; gap: .25rem; }
.worst figure { margin: 0; min-width: 0; }
.worst img { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: .5rem;
             background: color-mix(in srgb, currentColor 8%, transparent); }
.worst figcaption { font-size: .8rem; overflow-wrap: anywhere; line-height: 1.3; }
.worst p { font-size: .8rem; margin: .25rem 0 0; }
</style>
"""


def worst_queries(evaluation: Evaluation, snapshot: IndexSnapshot) -> None:
    """Show the queries of the lowest average precision, the worst first."""
    st.caption(
        "Left what was asked with, right the closest picture of another class. Often the picture "
        "is unlike its class, or its label is wrong."
    )
    cards = [_card(query, snapshot) for query in evaluation.worst[:SHOWN]]
    st.html(f"{_STYLE}<ul class='worst'>{''.join(cards)}</ul>")


def _card(query: BadQuery, snapshot: IndexSnapshot) -> str:
    wrong = _figure(query.wrong, snapshot, "Closest wrong match") if query.wrong else ""
    return (
        f"<li><div class='pair'>{_figure(query.image, snapshot, 'Asked with')}{wrong}</div>"
        f"<p>Average precision {query.average_precision:.3f}</p></li>"
    )


def _figure(path: str, snapshot: IndexSnapshot, what: str) -> str:
    address = thumbnail_address(snapshot.record(path))
    name = escape(text(path))
    return (
        f"<figure><img src='{address}' alt='{what}: {name}' loading='lazy'>"
        f"<figcaption>{name}</figcaption></figure>"
    )
