"""What ``--help`` says is in the README or in the documents beside it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from core.cli import main
from core.config import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = "\n".join(
    file.read_text(encoding="utf-8")
    for file in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
)


def help_text(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    capsys.readouterr()
    assert main([*command, "--help"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def is_documented(name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", DOCUMENTS) is not None


def test_every_option_of_every_command_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    listed = help_text(capsys).partition("Commands:\n")[2].splitlines()
    commands = [line.split()[0] for line in listed]
    assert {"index", "watch", "search", "flowers", "share"} <= set(commands)
    missing = {}
    for command in commands:
        text = help_text(capsys, command)
        options = re.findall(r"^  (--?[a-z][a-z-]*)", text, re.MULTILINE)
        assert "--help" in options
        names = options + re.findall(r"LOOKALIKE_[A-Z_]+", text)
        missing[command] = [name for name in names if not is_documented(name)]
    assert missing == {command: [] for command in commands}


def test_every_environment_variable_is_documented() -> None:
    names = re.findall(r'read\("([A-Z_]+)"', inspect.getsource(Settings.from_environment))
    assert {"LIBRARY", "WEIGHTS_URL", "SHARE_ADDRESS"} <= set(names)
    assert [name for name in names if not is_documented(f"LOOKALIKE_{name}")] == []


@pytest.mark.parametrize("name", ["--more-or-less", "--help-me", "LOOKALIKE_SHAR", "--shee"])
def test_another_name_is_not_documented(name: str) -> None:
    assert not is_documented(name)
