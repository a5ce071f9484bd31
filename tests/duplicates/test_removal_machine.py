"""Whatever a person does on the Duplicates page, and beside it, no content is lost."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PIL import Image

from core.config import Settings
from core.duplicates import (
    SAME,
    DuplicateSet,
    dismiss,
    proposed,
)
from core.engine import ImageSearchEngine
from core.images import image_id
from core.trash import last_removal
from tests.fakes import save_picture

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the trash of freedesktop.org")

numbers = st.integers(0, 10**6)


class Person(RuleBasedStateMachine):
    """A person with a gallery; ``must_exist`` has the contents that they did not delete."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="person-"))
        self.library, self.out = self.root / "library", self.root / "out"
        self.must_exist: set[str] = set()
        self.made = 0
        home = {"HOME": str(self.root), "XDG_DATA_HOME": str(self.root / "data")}
        self.home = patch.dict(os.environ, home)
        self.home.start()
        self.engine = ImageSearchEngine(Settings(features=self.root / "features", descriptor="hsv"))

    def teardown(self) -> None:
        self.home.stop()
        shutil.rmtree(self.root)

    @initialize()
    def begin(self) -> None:
        for number in range(3):
            save_picture(self.library / f"{number}.png", number)
        self.index()

    @rule(number=numbers, with_sidecar=st.booleans())
    def copy(self, number: int, with_sidecar: bool) -> None:
        copy = self.new_path(".png")
        shutil.copy(self.picture(number), copy)
        if with_sidecar:
            copy.with_suffix(".xmp").write_bytes(b"edits of %d" % self.made)
        self.index()

    @rule(number=numbers, quality=st.sampled_from((60, 90)))
    def recompress(self, number: int, quality: int) -> None:
        with Image.open(self.picture(number)) as image:
            image.convert("RGB").save(self.new_path(".jpg"), quality=quality)
        self.index()

    @rule(number=numbers, seed=numbers)
    def overwrite(self, number: int, seed: int) -> None:
        """The index does not know of it yet."""
        path = self.picture(number)
        self.forget(path)
        save_picture(path, seed)

    @precondition(lambda self: len(self.pictures()) > 2)
    @rule(number=numbers)
    def delete(self, number: int) -> None:
        path = self.picture(number)
        self.forget(path)
        path.unlink()

    @rule()
    def rename_library(self) -> None:
        self.made += 1
        self.library = self.library.rename(self.root / f"library {self.made}")
        self.engine.index(self.library)

    @rule()
    def index(self) -> None:
        self.engine.index(self.library)

    @rule(keep=st.sampled_from((None, "", "copies")))
    def find(self, keep: str | None) -> None:
        self.engine.duplicates.find(keep_folder=keep)

    @rule(number=numbers)
    def dismiss(self, number: int) -> None:
        if sets := self.sets():
            ids = sets[number % len(sets)].ids
            dismiss(self.engine.settings.features, self.library, ids)

    @rule(into_folder=st.booleans(), versions=st.booleans())
    def remove(self, into_folder: bool, versions: bool) -> None:
        sets = self.sets()
        chosen = set(proposed(sets, versions=versions))
        outcome = self.engine.duplicates.remove(
            None, sets, chosen, into=self.out if into_folder else None
        )
        assert outcome.index_problem is None
        moved = {*outcome.report.moved}
        assert moved <= chosen
        for found in sets:
            kept = found.images[0].record
            if moved & {image.image for image in found.images}:
                assert image_id((self.library / kept.path).read_bytes()) == kept.id
        indexed = self.engine.require_snapshot().images.paths
        assert moved.isdisjoint(indexed)

    @rule()
    def undo(self) -> None:
        before = last_removal(self.engine.settings.features, self.library)
        report = self.engine.duplicates.undo().report
        back = {*report.restored}
        if before:
            told = back | {item.image for item in report.missing}
            assert {file.image for file in before.removed} <= told
        for path in back:
            assert (self.library / path).exists()

    @invariant()
    def nothing_is_lost(self) -> None:
        folders = (self.library, self.out, self.root / "data" / "Trash" / "files")
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        # The program's own table in a folder that took files grows.
        theirs = [path for path in files if not path.name.startswith("original-paths")]
        there = {image_id(path.read_bytes()) for path in theirs}
        assert self.must_exist <= there
        self.must_exist |= there

    def sets(self) -> list[DuplicateSet]:
        found = self.engine.duplicates.sets(self.engine.require_snapshot()) or ()
        return [one for one in found if one.tier == SAME]

    def pictures(self) -> list[Path]:
        return sorted(path for path in self.library.rglob("*.*") if path.suffix != ".xmp")

    def picture(self, number: int) -> Path:
        pictures = self.pictures()
        return pictures[number % len(pictures)]

    def new_path(self, ending: str) -> Path:
        self.made += 1
        (self.library / "copies").mkdir(exist_ok=True)
        return self.library / "copies" / f"{self.made}{ending}"

    def forget(self, path: Path) -> None:
        """Of a file that the person overwrites or deletes, unless they have its content twice."""
        self.must_exist.discard(image_id(path.read_bytes()))


def run(examples: int) -> None:
    """Let so many persons do fifteen things each."""
    checks = settings(
        max_examples=examples,
        stateful_step_count=15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Person, settings=checks)


def test_a_person_loses_nothing() -> None:
    run(6)


@pytest.mark.slow
def test_many_persons_lose_nothing() -> None:
    run(150)
