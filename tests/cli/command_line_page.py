"""Writes the list of commands and options in ``docs/command-line.md``, which click knows.

``make docs`` runs this. A person writes what stands above the marker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from core.cli.commands import commands

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
MARKER = "<!-- What follows is written by `make docs`. -->\n"


def current_page(page: str) -> str:
    """The page with the commands and options as they are now."""
    above, marker, _ = page.partition(MARKER)
    return above + (marker or MARKER) + "".join(_sections())


def _sections() -> Iterator[str]:
    for name, command in commands.commands.items():
        context = click.Context(command, info_name=name, show_default=True)
        usage = " ".join(command.collect_usage_pieces(context))
        yield f"\n## {name}\n\n```sh\npython -m core {name} {usage}\n```\n\n"
        yield "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
        yield "\n\n| option | meaning |\n| --- | --- |\n"
        for parameter in command.params:
            # A hidden option has no record.
            if record := parameter.get_help_record(context):
                names, meaning = record
                yield f"| `{_cell(names)}` | {_cell(_as_code(meaning))} |\n"


def _as_code(meaning: str) -> str:
    """A meaning with its options, variables and patterns as code, which Markdown leaves alone."""
    return re.sub(r"(?<![\w-])(--[a-z][\w-]*|LOOKALIKE_\w+|'[^' ]*\*[^' ]*')", r"`\1`", meaning)


def _cell(text: str) -> str:
    return text.replace("  ", " ").replace("|", r"\|")


if __name__ == "__main__":
    PAGE.write_text(current_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
