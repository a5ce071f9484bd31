"""An engine with a gallery, for jobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from tests.fakes import fake_extractor


@pytest.fixture
def engine(library: Path, tmp_path: Path) -> ImageSearchEngine:
    settings = Settings(features=tmp_path / "features", weights="random")
    engine = ImageSearchEngine(settings, make_extractor=fake_extractor)
    engine.index(library)
    return engine
