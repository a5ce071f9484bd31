"""Sizes of files in words."""

from __future__ import annotations

import pytest

from core.sizes import size_in_words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        *((0, "0 bytes"), (999, "999 bytes"), (1_000, "1 kB"), (28_149, "28.1 kB")),
        *((999_499, "999 kB"), (999_500, "1 MB"), (553_467_096, "553 MB")),
        *((2_050_000_000, "2.05 GB"), (1.5e12, "1.5 TB")),
    ],
)
def test_a_size_has_three_digits_and_its_unit(size: float, words: str) -> None:
    assert size_in_words(size) == words
