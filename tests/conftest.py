"""What the tests share: small galleries, and the rights of an ordinary user."""

from __future__ import annotations

import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.fakes import save_picture

# Derandomised: a run of the suite says something of the change, not of its luck. Slow machines
# get no deadline.
hypothesis.settings.register_profile("suite", deadline=None, max_examples=50, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, max_examples=2000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# The tests start more than a hundred processes, which would compile the project each time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

pytest_plugins = [
    "tests.browser.browser_app",
    "tests.cluster.milvus_server",
    "tests.components.blank_page",
]

COLOURS = {
    "blue": (50, 60, 200),
    "green": (60, 170, 70),
    "red": (200, 50, 60),
    "yellow": (205, 190, 60),
}
IMAGES_A_COLOUR = 10
NOBODY = 65534


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of six distinct pictures in nested folders, JPEG and PNG."""
    folder = tmp_path / "photos"
    names = ("a.jpg", "b.png", "cats/1.jpg", "cats/2.jpg", "cats/old/1.png", "dogs/1.jpg")
    for seed, name in enumerate(names):
        save_picture(folder / name, seed)
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A folder of 40 distinct pictures in four folders, each of one colour: ``red/red-00.png``."""
    folder = tmp_path / "library"
    for place, (name, colour) in enumerate(COLOURS.items()):
        for number in range(IMAGES_A_COLOUR):
            extension = "png" if number % 2 == 0 else "jpg"
            path = folder / name / f"{name}-{number:02}.{extension}"
            save_picture(path, 100 * place + number, colour)
    return folder


@pytest.fixture
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty trash that takes the place of that of the system."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    # It looks for the trash of the user when it is imported.
    for name in [name for name in sys.modules if name.startswith("send2trash")]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path / "data" / "Trash"


@pytest.fixture
def as_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], Any]:
    """Calls a function with the rights of an ordinary user, and returns what it returns.

    For root, whom no permission stops, that is in a child process of user ``nobody``, who may not
    pass the folders above the temporary one: paths must be relative to it, the working folder.
    """
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)

    def call(function: Callable[[], Any]) -> Any:
        if os.geteuid() != 0:
            return function()
        context = multiprocessing.get_context("fork")
        receiver, sender = context.Pipe(duplex=False)
        child = context.Process(target=_call_as_nobody, args=(function, sender))
        child.start()
        sender.close()
        try:
            outcome, value = receiver.recv()
        finally:
            child.join()
        if outcome == "powerless":
            pytest.skip(f"root cannot become another user here: {value}")
        assert outcome == "returned", value
        return value

    return call


def _call_as_nobody(function: Callable[[], Any], sender: Connection) -> None:
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    except OSError as error:
        sender.send(("powerless", str(error)))
        return
    try:
        sender.send(("returned", function()))
    except BaseException:
        sender.send(("raised", traceback.format_exc()))
