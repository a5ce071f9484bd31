"""What commands write to a terminal and to files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cli.output import print_error, print_result, write_file
from core.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
# It would clear the screen, set the title, ring, start a line and show "exe.gpj" as "jpg.exe".
NASTY = "\x1b[2J\x1b]0;title\x07 \x9b31m\n\r\u2028\u202egpj.exe"


def test_names_send_no_control_characters_to_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_result({}, [f"1  {NASTY}", "2  Ünïcödé 猫 👩‍👩‍👧 ok"], as_json=False)
    print_error(f"{NASTY} cannot be read")
    out, error = capsys.readouterr()
    first, second = out.splitlines()
    assert first == r"1  \x1b[2J\x1b]0;title\x07 \x9b31m\n\r\u2028\u202egpj.exe"
    assert second == "2  Ünïcödé 猫 👩‍👩‍👧 ok"
    assert len(error.splitlines()) == 1
    assert not {*"\x1b\x07\x9b\u202e"} & {*error}


def test_warnings_send_no_control_characters_to_the_terminal(tmp_path: Path) -> None:
    code = f"""
import logging
from core.cli import main
main(["info", "--features", {str(tmp_path)!r}])
logging.getLogger("core").warning("%s cannot be read", {NASTY!r})
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "lookalike: \\x1b[2J" in done.stderr
    assert not {*"\x1b\x07\x9b\u202e"} & {*done.stderr}


def test_json_has_the_exact_name(capsys: pytest.CaptureFixture[str]) -> None:
    print_result({"image": NASTY}, [], as_json=True)
    out = capsys.readouterr().out
    assert json.loads(out) == {"image": NASTY}
    assert not {*"\x1b\x07\x9b\u202e"} & {*out}


def test_a_file_that_comes_during_the_work_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"

    def pieces() -> Iterator[bytes]:
        yield b"ours"
        path.write_text("of somebody else")

    with pytest.raises(ConfigurationError, match=r"--csv. Received: .*table\.csv.*--overwrite"):
        write_file("--csv", path, pieces(), overwrite=False)
    assert path.read_text() == "of somebody else"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_that_leads_nowhere_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.symlink_to(tmp_path / "unplugged" / "table.csv")
    with pytest.raises(ConfigurationError, match="--overwrite"):
        write_file("--csv", path, [b"ours"], overwrite=False)
    assert path.is_symlink()
