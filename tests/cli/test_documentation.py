"""The documents say what the code says: options, settings, and the examples in Python."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from core.cli.commands import commands
from core.config import Settings
from tests.cli.command_line_page import MARKER, PAGE, current_page
from tests.fakes import save_picture

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_the_command_line_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == current_page(page), "make docs writes it anew"


def test_an_option_that_changed_makes_the_page_old() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert current_page(page.replace("`--rebuild`", "`--renew`")) == page
    assert current_page(page.partition(MARKER)[0]) == page


def test_each_setting_and_its_option_is_a_row_of_the_page() -> None:
    rows = re.findall(
        r"^\| (?:`([\w-]+)`)? ?\| `LOOKALIKE_(\w+)` \| (.+?) \|",
        (DOCS / "settings.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    written = {name: option for option, name, _ in rows}
    read = set(re.findall(r'read\("([A-Z_]+)"', inspect.getsource(Settings.from_environment)))
    assert read - {"SAMPLE_COUNT"} == set(written)
    options = {
        parameter.envvar: parameter.opts[0]
        for command in commands.commands.values()
        for parameter in command.params
        if parameter.envvar
    }
    assert options == {
        f"LOOKALIKE_{name}": option.lower() if name == "LIBRARY" else option
        for name, option in written.items()
        if option
    }
    for option, name, default in rows:
        value = getattr(Settings, name.lower(), None)
        if isinstance(value, str | Path) and not str(value).startswith("https:"):
            assert default.strip("`") == (str(value) or "none"), option or name


def test_the_examples_in_python_run(
    library: Path, monkeypatch: pytest.MonkeyPatch, set_to_colours: None
) -> None:
    folder = library.parent
    library.rename(folder / "photos")
    (folder / "photos" / "red").rename(folder / "photos" / "cats")
    save_picture(folder / "photo.jpg", 1)
    save_picture(folder / "other.jpg", 2)
    monkeypatch.chdir(folder)
    page = (DOCS / "python.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(examples) == len(re.findall(r"^## \d+\.", page, re.MULTILINE)) == 10
    names: dict[str, object] = {}
    for example in examples:
        exec(example, names)
    assert names["report"].images == 40
    assert names["few"].searched == 10
    assert names["snapshot"].matrix.shape == (40, len(names["row"]))
    assert names["comparison"].evaluations
