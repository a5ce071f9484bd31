"""The search page over the mixed gallery, as the tests of its question and of its marks open it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from core.ui import resources
from tests.ui import pages

open_page = partial(pages.open_page, "search")


@contextmanager
def searched(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the app search the gallery of a folder, and nothing else that is set.

    Args:
        place: With ``library`` and ``features``.
        monkeypatch: Of the test.

    Yields:
        The library.
    """
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(place / "features"))
    for name in ("LIBRARY", "DESCRIPTOR", "PRECISION", "WEIGHTS"):
        monkeypatch.delenv(f"LOOKALIKE_{name}", raising=False)
    resources.engine.clear()
    resources.jobs.clear()
    yield place / "library"
    resources.engine.clear()
