"""The search page over the mixed gallery, as the tests of its question and of its marks open it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.ui import resources

PAGE = Path(__file__).parents[2] / "pages" / "search.py"
SECONDS = 120


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


def open_page(**parameters: str | list[str]) -> AppTest:
    """The page at an address with these parameters."""
    page = AppTest.from_file(PAGE, default_timeout=SECONDS)
    for name, value in parameters.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page
