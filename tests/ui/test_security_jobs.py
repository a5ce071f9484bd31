"""Only the owner starts and cancels a long action, whatever a visitor sends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from core.config import Settings
from core.engine import ImageSearchEngine
from tests.served import Run, Served, served
from tests.ui.security import (
    FORGED,
    environment,
    expect_refused,
    furnish,
    generation,
    trigger,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pipe with a name holds the jobs")

# A shared app each of whose jobs waits for a pipe before its first step.
HELD = """
import os, sys
from core.cli import main
from core.jobs.background import Background

start = Background.start

def held(job, subject, work, **options):
    def wait(progress):
        open(os.environ["LOOKALIKE_TEST_PIPE"]).close()
        return work(progress)
    start(job, subject, wait, **options)

Background.start = held
sys.argv[:1] = ["lookalike", "share"]
sys.exit(main())
"""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that the server may read and write, with the pipe and a mirrored copy."""
    folder = tmp_path_factory.mktemp("held")
    library = furnish(folder)
    blots = np.random.default_rng(7).integers(0, 256, (15, 20, 3), np.uint8)
    picture = Image.fromarray(blots).resize((640, 480), Image.Resampling.BICUBIC)
    picture.save(library / "blots.png")
    ImageOps.mirror(picture).save(library / "turned.jpg")
    engine = ImageSearchEngine(Settings(features=folder / "features", descriptor="hsv"))
    engine.index(library)
    engine.duplicates.find()
    os.mkfifo(folder / "pipe")
    return folder


@pytest.fixture(scope="module")
def held(furnished: Path) -> Iterator[Served]:
    """A shared app whose jobs wait."""
    # The gallery has a descriptor, and others can be chosen.
    variables = environment(furnished) | {
        "LOOKALIKE_DESCRIPTOR": "",
        "LOOKALIKE_TEST_PIPE": str(furnished / "pipe"),
    }
    with served(furnished, "-c", HELD, environment=variables) as server:
        yield server


def forge(server: Served, session: str, page: str, *widgets: tuple[str, str, object]) -> None:
    """Let a visitor send what the owner sends, in an own session and in that of the owner."""
    for options in ({}, {"session": session}):
        with server.browser(server.visitor_key, headers=FORGED, **options) as visitor:
            run = visitor.run(page, widgets=widgets)
            assert not {"Cancel", "Stopping …"} & set(run.buttons)
            if page != "explore":
                expect_refused(run)


def owner_sees(server: Served, page: str) -> tuple[Run, str]:
    """The page of the owner, and the session of the browser."""
    with server.browser(server.owner_key) as owner:
        return owner.run(page), owner.session


def go_on(folder: Path) -> None:
    """Let the job that waits go on; waits until there is one."""
    with (folder / "pipe").open("w"):
        pass


@pytest.mark.parametrize(
    ("page", "label"),
    [
        ("index", "Update"),
        ("quality", "Measure"),
        ("explore", "Draw the map"),
        ("duplicates", "Look again"),
    ],
)
def test_a_visitor_who_forges_start_and_cancel_of_a_job_does_neither(
    page: str, label: str, held: Served, furnished: Path
) -> None:
    run, session = owner_sees(held, page)
    start = trigger(run.buttons[label])
    forge(held, session, page, start)
    run, _ = owner_sees(held, page)
    assert label in run.buttons
    assert "Cancel" not in run.buttons
    # The same message of the owner starts it.
    with held.browser(held.owner_key) as owner:
        owner.run(page)
        owner.run(page, widgets=[start])
        cancel = trigger(owner.run(page).buttons["Cancel"])
        session = owner.session
    forge(held, session, page, cancel)
    run, _ = owner_sees(held, page)
    assert "Cancel" in run.buttons
    # And cancels it.
    with held.browser(held.owner_key) as owner:
        owner.run(page)
        owner.run(page, widgets=[cancel])
        assert "Stopping …" in owner.run(page).buttons
        go_on(furnished)
        while "Stopping …" in owner.run(page).buttons:
            pass
    assert generation(furnished) == 2


def test_a_visitor_who_forges_a_better_representation_adopts_none(
    held: Served, furnished: Path
) -> None:
    with held.browser(held.owner_key) as owner:
        measure = trigger(owner.run("quality").buttons["Measure"])
        owner.run("quality", widgets=[measure])
        go_on(furnished)
        boxes: dict[str, Any] = {}
        while "Search with" not in boxes:
            boxes = {item.label: item for item in owner.run("quality").of_kind("selectbox")}
        choice = boxes["Search with"]
        other = next(name for name in choice.options if "neighbours" not in name)
        chosen = (choice.id, "string_value", other)
        use = trigger(owner.run("quality", widgets=[chosen]).buttons[f"Use {other}"])
        session = owner.session
    forge(held, session, "quality", chosen)
    forge(held, session, "quality", chosen, use)
    run, _ = owner_sees(held, "index")
    assert "Cancel" not in run.buttons
    # The same messages of the owner do it.
    with held.browser(held.owner_key) as owner:
        owner.run("quality", widgets=[chosen])
        owner.run("quality", widgets=[chosen, use])
        assert "Cancel" in owner.run("index").buttons
        go_on(furnished)
        while generation(furnished) == 2:
            assert "error" not in owner.run("index").texts.lower()


def test_a_visitor_who_forges_ticks_of_versions_ticks_none(held: Served) -> None:
    with held.browser(held.owner_key) as owner:
        ask = trigger(owner.run("duplicates").buttons["Tick 1 version too"])
        tick = trigger(owner.run("duplicates", widgets=[ask]).buttons["Tick them"])
        session = owner.session
    forge(held, session, "duplicates", tick)
    with held.browser(held.owner_key, session=session) as owner:
        assert "Move 0 pictures to the trash" in owner.run("duplicates").buttons
    # The same messages of the owner do it.
    with held.browser(held.owner_key) as owner:
        owner.run("duplicates")
        owner.run("duplicates", widgets=[ask])
        owner.run("duplicates", widgets=[tick])
        assert "Move 1 picture to the trash" in owner.run("duplicates").buttons


def test_a_visitor_who_forges_another_folder_does_not_choose_it(
    held: Served, furnished: Path
) -> None:
    def chosen(run: Run) -> str:
        (name,) = (item for item in run.of_kind("text_input") if "gallery" in item.label)
        return str(name.placeholder)

    run, session = owner_sees(held, "index")
    place = next(item for item in run.of_kind("selectbox") if "another folder" in item.label)
    up = (place.id, "string_value", place.options[0])
    assert chosen(run) == furnished.name
    forge(held, session, "index", up)
    with held.browser(held.owner_key, session=session) as owner:
        assert chosen(owner.run("index")) == furnished.name
    # The same message of the owner does it.
    with held.browser(held.owner_key) as owner:
        owner.run("index")
        assert chosen(owner.run("index", widgets=[up])) == furnished.parent.name
