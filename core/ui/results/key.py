"""What tells one answer from another."""

from __future__ import annotations

import hashlib

from core.types import SearchResult
from core.ui.query import Query


def answer_key(result: SearchResult, query: Query) -> str:
    """Names an answer: another query, or other matches to it, give another key."""
    parts = [query.id, *(f"{match.distance!r} {match.image!r}" for match in result.matches)]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
