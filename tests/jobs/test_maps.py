"""Maps are drawn in the background: one at a time, cancelled, the last one kept."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import BusyError
from core.explore import gallery_map
from core.feature_store import IndexSnapshot
from core.jobs import TaskState
from core.jobs.maps import MapsJob


def test_a_map_is_drawn_in_the_background_and_outlives_updates(
    engine: ImageSearchEngine, library: Path
) -> None:
    maps = MapsJob(engine)
    assert maps.latest is None
    assert gallery_map(engine.require_snapshot()) is None
    maps.draw(None)
    maps.wait()
    latest = maps.latest
    assert latest is not None
    assert (latest.number, latest.state, latest.error) == (1, TaskState.DONE, None)
    assert (latest.progress.stage, latest.progress.done) == ("mapping", latest.progress.total)
    snapshot = engine.require_snapshot()
    drawn = gallery_map(snapshot)
    assert drawn is latest.result
    assert drawn is not None
    assert {group.name for group in drawn.groups} <= {"blue", "green", "red", "yellow"}
    (library / "red" / "red-00.png").unlink()
    engine.index(library)
    after = engine.require_snapshot()
    found = gallery_map(after)
    assert found is not None
    kept = [row for row, one in enumerate(snapshot.images) if one.path != "red/red-00.png"]
    assert found.positions.tolist() == drawn.positions[kept].tolist()


class Held:
    """An engine that holds back its index until ``go`` is set."""

    def __init__(self, engine: ImageSearchEngine) -> None:
        self.engine = engine
        self.asked, self.go = threading.Event(), threading.Event()
        self.maps = engine.maps

    def require_snapshot(self, gallery: str | None) -> IndexSnapshot:
        self.asked.set()
        self.go.wait()
        return self.engine.require_snapshot(gallery)


def test_one_map_at_a_time_and_it_can_be_stopped(engine: ImageSearchEngine) -> None:
    held = Held(engine)
    maps = MapsJob(held)  # type: ignore[arg-type]
    maps.draw("library")
    held.asked.wait()
    with pytest.raises(BusyError, match="drawing of a map is under way in library"):
        maps.draw("library")
    maps.cancel()
    held.go.set()
    maps.wait()
    latest = maps.latest
    assert latest is not None
    assert latest.state is TaskState.CANCELLED
    assert latest.error == "Stopped: the last map stands."
    assert gallery_map(engine.require_snapshot()) is None


def test_without_an_index_it_fails_with_one_line(tmp_path: Path) -> None:
    maps = MapsJob(ImageSearchEngine(Settings(features=tmp_path / "none")))
    maps.draw(None)
    maps.wait()
    latest = maps.latest
    assert latest is not None
    assert latest.state is TaskState.FAILED
    assert "There is no index yet" in (latest.error or "")
