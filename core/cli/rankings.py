"""What ``evaluate`` saves of the rankings that it measures."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import click

from ..config import expand_user
from ..evaluation import Answers, Look, QueryTable, qrel_lines, run_lines
from .options import together
from .output import check_output, output_file, write_file

_TREC_FILES = {"run.txt": run_lines, "qrels.txt": qrel_lines}

ranking_options = together(
    click.option(
        "--queries",
        metavar="FILE",
        type=expand_user,
        help="Save how well each query was answered, as a table.",
    ),
    click.option(
        "--trec",
        metavar="DIR",
        type=expand_user,
        help=f"Save the rankings and what is right, {' and '.join(_TREC_FILES)}, for trec_eval.",
    ),
)


@contextmanager
def saved_rankings(
    *, queries: Path | None, trec: Path | None, overwrite: bool
) -> Iterator[Look | None]:
    """What the rankings are to be shown to; the files are there on a clean exit."""
    if queries:
        check_output("--queries", queries, overwrite=overwrite)
    looks = list[Look]()
    table = QueryTable()
    if queries:
        looks.append(table.add)

    def look(answers: Answers) -> None:
        for one in looks:
            one(answers)

    with ExitStack() as stack:
        if trec:
            # Where there can be no folder, the first file says so.
            with suppress(OSError):
                trec.mkdir(parents=True, exist_ok=True)
            for name, lines in _TREC_FILES.items():
                file = output_file("--trec", trec / name, overwrite=overwrite)
                looks.append(_writer(stack.enter_context(file), lines))
        yield look if looks else None
    if queries:
        write_file("--queries", queries, [table.content()], overwrite=overwrite)


def _writer(
    write: Callable[[Iterable[bytes]], None], lines: Callable[[Answers], Iterator[bytes]]
) -> Look:
    return lambda answers: write(lines(answers))
