"""What tells one answer from another."""

from __future__ import annotations

import hashlib

from core.types import SearchResult
from core.ui.question import Question


def answer_key(result: SearchResult, question: Question) -> str:
    """Names an answer: another question, or other matches to it, give another key."""
    parts = [question.id, *(f"{match.distance!r} {match.image!r}" for match in result.matches)]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
