"""The key of an answer, to keep the state of one answer from another."""

from __future__ import annotations

import hashlib

from ...types import SearchResult
from ..question import Question


def answer_key(result: SearchResult, question: Question) -> str:
    """A key that differs for another question and for other matches."""
    parts = [
        question.id,
        *(f"{match.distance!r} {match.image!r} {match.copies}" for match in result.matches),
    ]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
