"""Pictures of the same moment, among dates that no calendar has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from core.config import Settings
from core.duplicates.moments import moment_pairs
from core.engine import ImageSearchEngine
from core.feature_store import ImageTable
from core.types import ImageRecord
from tests.fakes import fake_extractor


def test_dates_that_older_versions_recorded_wrongly_belong_to_no_moment(
    photos: Path, tmp_path: Path
) -> None:
    engine = ImageSearchEngine(
        Settings(features=tmp_path / "features", weights="random"), make_extractor=fake_extractor
    )
    engine.index(photos)
    taken = ("0000-05-06T07:08:09", "12024-05-06T07:08:09", "2024-05-06T07:08:09")
    records = [
        ImageRecord(f"{row}.jpg", 1, 0, f"{row:032}", 1, 1, at)
        for row, at in enumerate((*taken, taken[-1]))
    ]
    rows = np.ones((4, 1), np.float32)
    snapshot = replace(engine.require_snapshot(), images=ImageTable.of(records), rows=rows)
    assert list(moment_pairs(snapshot)) == [(2, 3)]
