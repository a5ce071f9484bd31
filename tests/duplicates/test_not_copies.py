"""No picture is taken for a copy of one that is only alike; see ``not_copies``."""

from __future__ import annotations

import pytest

from core.duplicates.appearance import difference
from core.duplicates.local_features import local_features
from core.duplicates.relation import Relation
from core.duplicates.verification import relation_of
from core.images import load_image
from tests.duplicates.not_copies import FAMILIES, files_of


def would_be_ticked(copy: bytes, kept: bytes) -> bool:
    """Whether one of two files counts as a copy of the other."""
    if difference(copy, kept) and difference(kept, copy):
        return False
    one, other = (local_features(load_image(content).pixels) for content in (copy, kept))
    return relation_of(one, other) is Relation.WHOLE


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_only_alike_is_no_copy(family: str) -> None:
    ticked = [number for number, pair in enumerate(files_of(family)) if would_be_ticked(*pair)]
    assert ticked == []


def test_there_are_enough_pairs() -> None:
    assert sum(len(files_of(family)) for family in FAMILIES) >= 300
