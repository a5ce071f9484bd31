"""The table of descriptors and weights, measured through the product's own command line."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.atomic import atomic_write
from training.measure import POOLINGS

BASELINES = ("hsv",)
START, END = "<!-- table: start -->\n", "<!-- table: end -->"


@dataclass(frozen=True)
class Row:
    """What one descriptor with some weights reaches.

    Attributes:
        weights: What to call them.
        descriptor: Its name.
        measures: By name of the labelled folder, mean average precision and precision@30.
    """

    weights: str
    descriptor: str
    measures: dict[str, tuple[float, float]]


def measure(weights: Sequence[tuple[str, str]], folders: Sequence[Path]) -> list[Row]:
    """Index and evaluate each folder with each descriptor.

    Args:
        weights: A name and the value of ``--weights`` of each.
        folders: With class folders in each.

    Returns:
        The baselines first, then each weights with each pooling.
    """
    choices = [("no network", "random", baseline) for baseline in BASELINES]
    choices += [(name, value, pooling) for name, value in weights for pooling in POOLINGS]
    return [
        Row(name, descriptor, {f.name: _evaluate(f, value, descriptor) for f in folders})
        for name, value, descriptor in choices
    ]


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a table of mAP / precision@30; the best of each column is bold."""
    folders = list(rows[0].measures)
    best = {f: max(row.measures[f] for row in rows) for f in folders}
    lines = [
        f"| weights | descriptor | {' | '.join(folders)} |",
        "| --- | --- |" + " --- |" * len(folders),
    ]
    for row in rows:
        cells = []
        for folder in folders:
            cell = "{:.3f} / {:.3f}".format(*row.measures[folder])
            cells.append(f"**{cell}**" if row.measures[folder] == best[folder] else cell)
        lines.append(f"| {row.weights} | `{row.descriptor}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def put_into_page(page: Path, table: str) -> None:
    """Replace what stands between the two marks of a Markdown file.

    Raises:
        ValueError: The marks are missing.
    """
    before, start, rest = page.read_text().partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"Expected the marks {START.strip()} and {END}. Received: {page}")
    with atomic_write(page) as file:
        file.write((before + start + table + end + after).encode())


def put_into_card(card: Path, rows: Sequence[Row]) -> None:
    """Replace the measures of a card."""
    content = json.loads(card.read_text())
    content["measures"] = [
        {
            "weights": row.weights,
            "descriptor": row.descriptor,
            **{
                folder: {"mAP": round(mean, 4), "precision@30": round(precision, 4)}
                for folder, (mean, precision) in row.measures.items()
            },
        }
        for row in rows
    ]
    with atomic_write(card) as file:
        file.write((json.dumps(content, indent=2) + "\n").encode())


def _evaluate(folder: Path, weights: str, descriptor: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as features:

        def run(*arguments: str) -> dict[str, float]:
            command = [sys.executable, "-m", "core", *arguments, "--features", features, "--json"]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            result: dict[str, float] = json.loads(done.stdout)
            return result

        run("index", str(folder), "--weights", weights, "--descriptor", descriptor)
        found = run("evaluate")
        return found["mAP"], found["precision@30"]
