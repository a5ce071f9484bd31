"""The line on where a run stands."""

from __future__ import annotations

import pytest

from core.types import Progress, Stage
from core.ui.library.job_panel import describe


@pytest.mark.parametrize(
    ("workers", "expected"),
    [
        (0, "Extracting features: 32 of 1,000 · 25.0 images/s"),
        (1, "Extracting features: 32 of 1,000 · 25.0 images/s · 1 worker"),
        (1200, "Extracting features: 32 of 1,000 · 25.0 images/s · 1,200 workers"),
    ],
)
def test_the_workers_of_a_cluster_are_counted(workers: int, expected: str) -> None:
    step = Progress(Stage.EXTRACTING, 32, 1000, images_per_second=25, workers=workers)
    assert describe(step) == expected
