"""An app of its own for each test, with a model that costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from core.model import FeatureExtractor
from core.types import UNTRAINED
from core.ui import resources
from tests.fakes import fake_extractor

SECONDS = 120
CACHED = (resources.engine, resources.jobs, resources.measuring, resources.mapping)


@pytest.fixture
def features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An app with an empty features folder of its own."""
    folder = tmp_path / "features"
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(folder))
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", UNTRAINED)
    names = ("LIBRARY", "DESCRIPTOR", "FIT", "FIT_SIZE", "SIZE", "PRECISION", "GALLERY", "SHARE")
    for name in names:
        monkeypatch.delenv(f"LOOKALIKE_{name}", raising=False)
    monkeypatch.setattr(resources, "feature_extractor", fake_extractor)
    for cached in CACHED:
        cached.clear()
    yield folder
    for running in (resources.jobs(), resources.measuring(), resources.mapping()):
        running.cancel()
        running.wait()
    for cached in CACHED:
        cached.clear()


@pytest.fixture
def held_extraction(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Event, Event]]:
    """The app makes no extractor until the second event; the first says that it wants one."""
    wanted, go_on = Event(), Event()
    extractors = resources.engine()._extractors
    make = extractors._make

    def wait(*choices: Any) -> FeatureExtractor:
        wanted.set()
        assert go_on.wait(SECONDS)
        return make(*choices)

    monkeypatch.setattr(extractors, "_make", wait)
    yield wanted, go_on
    go_on.set()
