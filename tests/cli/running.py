"""Run a command in this process."""

from __future__ import annotations

import pytest

from core.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> tuple[str, str]:
    """What a command prints and what it says beside it: one line where it fails, else nothing."""
    capsys.readouterr()
    assert main([*map(str, arguments)]) == code
    captured = capsys.readouterr()
    assert captured.err.count("\n") == (code != 0)
    return captured.out, captured.err
