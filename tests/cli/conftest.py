"""What the tests of the command line share: no settings of the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LOOKALIKE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def set_to_colours(no_settings: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Index by colours, which needs no network, into a folder of the test."""
    monkeypatch.setenv("LOOKALIKE_DESCRIPTOR", "hsv")
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(tmp_path / "features"))
