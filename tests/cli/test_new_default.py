"""``python -m core index`` says that the default fit has changed, and how to take that back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.model import CENTRE, selection
from tests.fakes import save_picture

TOLD = "To take that back, run the same command with --fit centre."


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command that indexes a gallery, which was indexed while the default was to centre it."""
    monkeypatch.delenv("LOOKALIKE_FIT", raising=False)
    for number in range(80):
        save_picture(tmp_path / "library" / f"{number}.png", number)
    options = ["--features", str(tmp_path / "features"), "--descriptor", "hsv"]
    command = ["index", str(tmp_path / "library"), *options]
    with monkeypatch.context() as patch:
        patch.setattr(selection, "DEFAULT_FIT", CENTRE)
        assert main(command) == 0
    return command


def said(capsys: pytest.CaptureFixture[str], command: list[str]) -> str:
    capsys.readouterr()
    assert main(command) == 0
    return capsys.readouterr().out


def test_a_new_default_is_told_once_with_how_to_take_it_back(
    index: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = [line for line in said(capsys, index).splitlines() if TOLD in line]
    assert line.startswith("Answers now learn from each image's neighbours")
    assert TOLD not in said(capsys, index)
    assert TOLD not in said(capsys, [*index, "--fit", "centre"])
    # It is a choice now, which stays.
    report: dict[str, Any] = json.loads(said(capsys, [*index, "--json"]))
    assert (report["fit"], report["fit_before"]) == ("centre", None)


def test_a_program_reads_both_fits(index: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    report: dict[str, Any] = json.loads(said(capsys, [*index, "--json"]))
    assert (report["fit"], report["fit_before"]) == ("neighbours", "centre")
    assert report["extracted"] == 0
