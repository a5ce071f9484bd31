"""The app in a process of its own, with an index that may be written to."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from core.config import Settings
from core.engine import ImageSearchEngine
from core.feature_store import IndexSnapshot
from tests.served import Browser, Run, Served, served

APP = ("-m", "streamlit", "run", "app.py")
CANCEL = "Cancel"
READY = "[data-testid=stApp][data-test-script-state=notRunning]"


@dataclass(frozen=True)
class Demo:
    """An index and the app that serves it.

    Attributes:
        features: Its features folder.
        folder: For what the app writes into the terminal.
    """

    features: Path
    folder: Path

    @classmethod
    def of(cls, library: Path, folder: Path, *, features: Path | None = None) -> Demo:
        """Index a library, or take over a finished index.

        Args:
            library: Folder of images.
            folder: For the index and what the app writes.
            features: A features folder with an index, which is copied.
        """
        own = folder / "features"
        if features:
            shutil.copytree(features, own)
        else:
            ImageSearchEngine(Settings(features=own)).index(library)
        return cls(own, folder)

    @property
    def engine(self) -> ImageSearchEngine:
        """What else reads the index."""
        return ImageSearchEngine(Settings(features=self.features))

    @cached_property
    def snapshot(self) -> IndexSnapshot:
        """The index as it was first."""
        return self.engine.require_snapshot()

    def queries(self, count: int) -> list[Path]:
        """Files of the gallery, evenly spaced, each of another content."""
        distinct = list({image.id: image for image in self.snapshot.images}.values())
        chosen = [distinct[number * len(distinct) // count] for number in range(count)]
        return [self.snapshot.library / image.path for image in chosen]

    @contextmanager
    def served(self) -> Iterator[Served]:
        """Start the app, and stop it at the end."""
        environment = {"LOOKALIKE_FEATURES": str(self.features)}
        with served(self.folder, *APP, environment=environment) as server:
            yield server


def matches(run: Run) -> list[dict[str, Any]]:
    """The matches that a run of the search page shows, nearest first."""
    shown = [json.loads(grid.json) for grid in run.of_kind("bidi_component") if grid.json]
    return next((data["items"] for data in shown if data and "items" in data), [])


def start_run(owner: Browser) -> None:
    """Have every image of the gallery extracted anew; return once that is under way."""
    button = owner.run("index").buttons["Rebuild index"]
    run = owner.run("index", widgets=[(button, "trigger_value", True)])
    while not any("Extracting" in bar.text for bar in run.of_kind("progress")):
        run = owner.run("index")


def stop_run(owner: Browser) -> None:
    """Cancel that; return once it has ended."""
    buttons = owner.run("index").buttons
    assert CANCEL in buttons, "the run ended too early: take more images"
    owner.run("index", widgets=[(buttons[CANCEL], "trigger_value", True)])
    while owner.run("index").polls:
        pass
