"""Ctrl-C stops an indexing run with one line and loses at most the batch in flight."""

from __future__ import annotations

import os
import pty
import signal
from pathlib import Path

import pytest

from core.model import BATCH_SIZE
from tests.indexing.campaign import Campaign
from tests.indexing.faults import (
    INTERRUPTED,
    STOPPED,
    Process,
    catalogued,
    engine,
    index_command,
    leftovers,
    worker,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the faults are those of POSIX systems")


def test_interrupted_runs_say_so_and_lose_nothing(tmp_path: Path) -> None:
    Campaign(tmp_path, seed=5, interrupt=True).run(kills=2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [6, 7])
def test_many_interrupted_runs_say_so_and_lose_nothing(seed: int, tmp_path: Path) -> None:
    Campaign(tmp_path, seed, interrupt=True).run(kills=20)


def test_ctrl_c_keeps_what_was_extracted(library: Path, tmp_path: Path) -> None:
    features = tmp_path / "features"
    with worker(library, features, "--hold", "extracting") as run:
        run.wait_for("step extracting")
        run.popen.send_signal(signal.SIGINT)
        assert run.finish() == (INTERRUPTED, STOPPED)
    assert len(catalogued(features)) == BATCH_SIZE
    assert engine(features).index(library).extracted == 40 - BATCH_SIZE
    assert leftovers(features) == []


@pytest.mark.slow
@pytest.mark.model
def test_ctrl_c_in_a_terminal_stops_the_model(library: Path, tmp_path: Path) -> None:
    features = tmp_path / "features"
    terminal, end = pty.openpty()
    os.set_blocking(terminal, True)
    with Process("core", index_command(library, features), stderr=end) as run:
        os.close(end)
        shown = b""
        while f"{BATCH_SIZE}/40".encode() not in shown:
            shown += os.read(terminal, 1000)
        run.popen.send_signal(signal.SIGINT)
        last = b""
        while not last.endswith(b"kept.\r\n"):
            last += os.read(terminal, 1000)
        assert run.finish()[0] == INTERRUPTED
    os.close(terminal)
    assert b"lookalike: stopped; what was extracted is kept." in last
    assert b"Traceback" not in last
    assert len(catalogued(features)) == BATCH_SIZE
