"""``python -m core evaluate``: measure how good the answers of the index are."""

from dataclasses import asdict
from pathlib import Path

import click

from ..config import expand_user
from ..datasets import FOLDERS, NAMING_RULES
from ..engine import ImageSearchEngine
from ..errors import ConfigurationError, LibraryError
from ..evaluation import BASELINES, DEFAULT_SAMPLE, measures_table
from ..protocols import PROTOCOLS, protocol_lines, protocols_json
from ..types import RANKINGS
from .measures import comparison_json, comparison_lines
from .options import GALLERY, engine_options, json_option, overwrite_option
from .output import check_output, print_result, terminal_progress, write_file
from .rankings import ranking_options, saved_rankings


@click.command()
@click.option(
    "--labels",
    metavar="L",
    show_default=FOLDERS,
    help=f"What belongs together: {', '.join(NAMING_RULES)}, a CSV file with the columns image and "
    "label, or imagelabels.mat of Oxford Flowers 102.",
)
@click.option(
    "--sample",
    metavar="N",
    type=int,
    show_default=f"all; in the self-check {DEFAULT_SAMPLE}",
    help="Ask with this many images, drawn at random.",
)
@click.option(
    "--ranking",
    metavar="R",
    show_default="as the gallery was made, else distance",
    help=f"Order of the answers that are measured: {', '.join(RANKINGS)}.",
)
@click.option(
    "--self-check",
    is_flag=True,
    help="Ask with changed images of the gallery too; needs no labels.",
)
@click.option(
    "--compare",
    "others",
    is_flag=True,
    help="Measure all descriptors that one pass gave, with all fits and in all rankings.",
)
@click.option(
    "--baselines",
    is_flag=True,
    help=f"Measure {' and '.join(BASELINES)} too, which reads every image.",
)
@click.option(
    "--protocol",
    nargs=2,
    type=(str, expand_user),
    metavar="NAME DIR",
    help=f"Measure a data set of papers as they do, in its indexed folder: {', '.join(PROTOCOLS)}, "
    "or a CSV file; see docs/protocols.md.",
)
@click.option(
    "--fit-from",
    metavar="GALLERY",
    help="Measure with the fit of another gallery with the same kind of features; with --compare, "
    "with all fits learnt from it.",
)
@click.option("--csv", metavar="FILE", type=expand_user, help="Save the measures as a table.")
@ranking_options
@overwrite_option
@engine_options(*GALLERY)
@json_option
def evaluate(
    engine: ImageSearchEngine,
    *,
    labels: str | None,
    sample: int | None,
    ranking: str | None,
    self_check: bool,
    others: bool,
    baselines: bool,
    protocol: tuple[str, Path] | None,
    fit_from: str | None,
    csv: Path | None,
    queries: Path | None,
    trec: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Measure precision@k, recall and mean average precision."""
    if protocol:
        if any((labels, sample, self_check, others, baselines, csv, queries, trec)):
            raise ConfigurationError(
                "Expected --protocol alone or with --ranking, --fit-from, --gallery, --features or "
                "--json: it says itself what is right. Received: other options. Leave them out."
            )
        _evaluate_protocol(engine, *protocol, ranking=ranking, fit_from=fit_from, as_json=as_json)
        return
    if sample is not None and sample < 1:
        raise ConfigurationError(
            f"Expected at least 1 image to ask with. Received: --sample {sample}"
        )
    if csv:
        check_output("--csv", csv, overwrite=overwrite)
    with (
        saved_rankings(queries=queries, trec=trec, overwrite=overwrite) as look,
        terminal_progress() as progress,
    ):
        found = engine.quality.compare(
            labels=labels or FOLDERS,
            ranking=ranking,
            sample=sample,
            self_check_images=(sample or DEFAULT_SAMPLE) if self_check else 0,
            others=others,
            baselines=baselines,
            fit_from=fit_from,
            look=look,
            progress=progress,
        )
        # Folders that nobody called labels need not be ones.
        if found.unlabelled and (labels or look):
            raise LibraryError(found.unlabelled)
    if csv:
        write_file("--csv", csv, [measures_table(*found.by_name())], overwrite=overwrite)
    all_of_them = others or baselines
    content = comparison_json(found, all_of_them=all_of_them)
    lines = list(comparison_lines(found, all_of_them=all_of_them))
    print_result(content, lines, as_json=as_json)


def _evaluate_protocol(
    engine: ImageSearchEngine,
    name: str,
    folder: Path,
    *,
    ranking: str | None,
    fit_from: str | None,
    as_json: bool,
) -> None:
    with terminal_progress() as progress:
        report = engine.quality.protocol(
            name, folder, ranking=ranking, fit_from=fit_from, progress=progress
        )
    content = {
        "protocols": protocols_json(report.measures),
        "representation": str(report.representation),
        "space": asdict(report.snapshot.space),
    }
    lines = [f"{report.representation}; {report.snapshot.space}"]
    lines += [line for one in report.measures for line in protocol_lines(one)]
    print_result(content, lines, as_json=as_json)
