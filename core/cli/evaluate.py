"""``python -m core evaluate``: measure how good the answers of the index are."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from ..config import expand_user
from ..datasets import FOLDERS, NAMING_RULES
from ..engine import ImageSearchEngine
from ..errors import ConfigurationError, LibraryError
from ..evaluation import (
    BASELINES,
    DEFAULT_SAMPLE,
    Comparison,
    Estimate,
    measures_json,
    measures_table,
)
from ..types import RANKINGS
from .options import GALLERY, engine_options, json_option, overwrite_option
from .output import check_output, print_result, terminal_progress, write_file
from .recommendation import recommendation_json, recommendation_line


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
@click.option("--csv", metavar="FILE", type=expand_user, help="Save the measures as a table.")
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
    csv: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Measure precision@k, recall and mean average precision."""
    if sample is not None and sample < 1:
        raise ConfigurationError(
            f"Expected at least 1 image to ask with. Received: --sample {sample}"
        )
    if csv:
        check_output("--csv", csv, overwrite=overwrite)
    with terminal_progress() as progress:
        found = engine.quality.compare(
            labels=labels or FOLDERS,
            ranking=ranking,
            sample=sample,
            self_check_images=(sample or DEFAULT_SAMPLE) if self_check else 0,
            others=others,
            baselines=baselines,
            progress=progress,
        )
    # Folders that nobody called labels need not be ones.
    if found.unlabelled and labels:
        raise LibraryError(found.unlabelled)
    evaluations, checks = found.by_name()
    if csv:
        write_file("--csv", csv, [measures_table(evaluations, checks)], overwrite=overwrite)
    names = list(evaluations or checks)
    current = next(iter(found.evaluations or found.self_checks))
    recommended = found.recommendation(current)
    content = measures_json(evaluations.get(names[0]), checks.get(names[0]))
    if others or baselines:
        content["descriptors"] = {
            name: measures_json(evaluations.get(name), checks.get(name)) for name in names
        }
        content["recommended"] = recommendation_json(recommended)
    content["space"] = asdict(found.snapshot.space)
    lines = [line for name in names for line in _measures(found, name)]
    if others or baselines:
        lines.append(recommendation_line(recommended, current))
    print_result(content, lines, as_json=as_json)


def _measures(found: Comparison, name: str) -> Iterator[str]:
    evaluations, checks = found.by_name()
    yield f"{name}; {found.snapshot.space.weights_label}"
    if evaluation := evaluations.get(name):
        yield f"  {evaluation.queries} queries in {evaluation.classes} classes"
        if evaluation.copies_told:
            yield f"  {evaluation.copies_told}"
        for measure, one in evaluation.measures.items():
            yield f"  {measure:14} {_estimate(one)}"
    if check := checks.get(name):
        yield f"  {check.images} changed images looked for their source"
        for transformation, recalls in check.recalls.items():
            values = ", ".join(f"{recall} {_estimate(one)}" for recall, one in recalls.items())
            yield f"  {transformation:26} {values}"


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.mean:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
