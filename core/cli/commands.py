"""The command line: the Offline part and everything the app does, without a screen.

Exit codes: 0 done, 2 bad input, 3 no index or one of another feature space. With ``--json`` one
object goes to standard output and nothing else; progress and errors go to standard error.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from itertools import zip_longest
from pathlib import Path
from typing import Any

from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from core.atomic import atomic_write
from core.config import DEFAULT_MATCHES, Settings
from core.datasets import PHOTOGRAPHS, draw_gallery, fetch_flowers
from core.engine import ImageSearchEngine
from core.errors import ConfigurationError, ImageError, LibraryError, LookalikeError
from core.evaluation import (
    BASELINES,
    DEFAULT_SAMPLE,
    FOLDERS,
    NAMING_RULES,
    Comparison,
    Estimate,
    compare,
    measures_json,
    measures_table,
)
from core.feature_store import IndexSnapshot
from core.images import ENOUGH_SIDE, load_image
from core.indexing import LibraryWatch
from core.media import collage, contact_sheet, copies, table, thumbnail_cache
from core.model import (
    CONVOLUTIONS_FILE,
    DESCRIPTORS,
    FEWEST,
    FULL_FILE,
    MOST,
    PRECISIONS,
    choose_precision,
    keras_cache,
)
from core.search import ALL, ALL_WRONG, COMBINATIONS, FORMATS, ORIENTATIONS, Feedback, Filters
from core.types import (
    BYTE_STAGES,
    IMAGENET,
    STARTER,
    IndexReport,
    Progress,
    ProgressCallback,
    SearchResult,
)

INTERRUPTED = 130
STANDARD_INPUT = "-"
_SAVED = {
    "csv": "the matches as a table",
    "sheet": "a contact sheet of the matches, a JPEG",
    "zip": "copies of the matching images in an archive",
}
PACKAGES = ("streamlit", "keras", "tensorflow", "numpy", "pillow", "pandas")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: What follows the program's name; ``None`` takes it from the command line.

    Returns:
        The exit code.
    """
    logging.basicConfig(format="lookalike: %(message)s", level=logging.WARNING)
    try:
        options = _parser(Settings.from_environment()).parse_args(arguments)
        options.command(options)
    except LookalikeError as error:
        print(f"lookalike: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except KeyboardInterrupt:
        print("lookalike: stopped; what was extracted is kept.", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    return 0


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core", description="Find similar images on your own disk."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    index = commands.add_parser("index", help="extract the features of a folder of images")
    _add_library(index, settings)
    _add_features(index, settings)
    _add_space(index, settings)
    _add_whitening(index, settings)
    index.add_argument("--rebuild", action="store_true", help="extract every image anew")
    _add_json(index)
    index.set_defaults(command=_index)

    watch = commands.add_parser("watch", help="keep the index of a folder up to date")
    _add_library(watch, settings)
    _add_features(watch, settings)
    _add_space(watch, settings)
    _add_whitening(watch, settings)
    watch.set_defaults(command=_watch)

    search = commands.add_parser("search", help="find the images closest to one, or to several")
    search.add_argument(
        "queries",
        metavar="QUERY",
        nargs="+",
        help="an image file, or - for standard input; of several, all are asked with at once",
    )
    search.add_argument(
        "-k", type=int, default=DEFAULT_MATCHES, help="how many (default: %(default)s)"
    )
    search.add_argument(
        "--combine",
        metavar="C",
        default=ALL,
        help="near all of several queries, or near any of them: "
        f"{', '.join(COMBINATIONS)} (default: %(default)s)",
    )
    _add_feedback(search)
    _add_filters(search)
    for option, what in _SAVED.items():
        search.add_argument(f"--{option}", metavar="FILE", type=Path, help=f"save {what}")
    _add_features(search, settings)
    _add_space(search, settings)
    _add_json(search)
    search.set_defaults(command=_search)

    info = commands.add_parser("info", help="describe the index")
    _add_features(info, settings)
    _add_json(info)
    info.set_defaults(command=_info)

    sample = commands.add_parser("sample", help="draw a labelled gallery of flowers")
    sample.add_argument("directory", metavar="DIR", type=Path, help="where the images go")
    sample.add_argument("--count", type=int, default=300, help="how many (default: %(default)s)")
    sample.add_argument("--seed", type=int, default=0, help="another seed draws other flowers")
    _add_json(sample)
    sample.set_defaults(command=_sample)

    flowers = commands.add_parser(
        "flowers", help=f"download {PHOTOGRAPHS:,} flower photographs, Oxford Flowers 102"
    )
    flowers.add_argument("directory", metavar="DIR", type=Path, help="where the images go")
    _add_json(flowers)
    flowers.set_defaults(command=_flowers)

    quality = commands.add_parser(
        "evaluate", help="precision@k, recall and mean average precision of the index"
    )
    quality.add_argument(
        "--labels",
        metavar="L",
        help=f"what belongs together: {', '.join(NAMING_RULES)}, a CSV file with the columns image "
        f"and label, or imagelabels.mat of Oxford Flowers 102 (default: {FOLDERS})",
    )
    quality.add_argument(
        "--sample",
        metavar="N",
        type=int,
        help="ask with this many images, drawn at random (default: all; in the self-check "
        f"{DEFAULT_SAMPLE})",
    )
    quality.add_argument(
        "--self-check",
        action="store_true",
        help="ask with changed images of the gallery too; needs no labels",
    )
    quality.add_argument(
        "--compare",
        action="store_true",
        help="measure all descriptors that one pass gave, as they are and whitened",
    )
    quality.add_argument(
        "--baselines",
        action="store_true",
        help=f"measure {' and '.join(BASELINES)} too, which reads every image",
    )
    quality.add_argument("--csv", metavar="FILE", type=Path, help="save the measures as a table")
    _add_features(quality, settings)
    _add_json(quality)
    quality.set_defaults(command=_evaluate)

    doctor = commands.add_parser(
        "doctor", help="what is installed, and whether the saved features are sound"
    )
    doctor.add_argument(
        "--repair", action="store_true", help="extract anew what is damaged or missing"
    )
    _add_features(doctor, settings)
    _add_json(doctor)
    doctor.set_defaults(command=_doctor)
    return parser


def _add_feedback(parser: argparse.ArgumentParser) -> None:
    feedback = parser.add_argument_group(
        "relevance feedback", "images of the gallery, each by its path in an answer"
    )
    for option, what in (("--more", "more like these"), ("--less", "less like these, and none of")):
        feedback.add_argument(
            option,
            metavar="IMAGE",
            nargs="+",
            action="extend",
            default=[],
            help=f"{what}; may be repeated",
        )


def _add_filters(parser: argparse.ArgumentParser) -> None:
    filters = parser.add_argument_group("which images", "filtered first: -k of them are found")
    filters.add_argument(
        "--max-distance", metavar="D", type=float, help="no match is farther than this, 0 to 2"
    )
    filters.add_argument(
        "--folder",
        metavar="DIR",
        action="append",
        default=[],
        help="in this folder of the library, or below it; may be repeated",
    )
    filters.add_argument("--taken-from", metavar="DATE", help="not before this day, YYYY-MM-DD")
    filters.add_argument("--taken-to", metavar="DATE", help="not after this day, YYYY-MM-DD")
    filters.add_argument(
        "--orientation",
        metavar="O",
        action="append",
        default=[],
        help=f"{', '.join(ORIENTATIONS)}; may be repeated",
    )
    filters.add_argument(
        "--format",
        metavar="F",
        action="append",
        default=[],
        help=f"{', '.join(FORMATS)}; may be repeated",
    )
    filters.add_argument(
        "--min-side",
        metavar="PIXELS",
        type=int,
        default=0,
        help="the shorter side has at least this many",
    )


def _filters(options: argparse.Namespace) -> Filters:
    return Filters(
        folders=tuple(options.folder),
        taken_from=_day("--taken-from", options.taken_from),
        taken_to=_day("--taken-to", options.taken_to),
        orientations=tuple(options.orientation),
        formats=tuple(name.upper() for name in options.format),
        min_side=options.min_side,
    )


def _day(option: str, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise ConfigurationError(
            f"Expected a day such as 2024-12-31 for {option}. Received: {value!r}"
        ) from None


def _add_library(parser: argparse.ArgumentParser, settings: Settings) -> None:
    parser.add_argument(
        "library",
        metavar="LIBRARY",
        type=Path,
        nargs="?",
        default=settings.library,
        help="folder of images, with its subfolders; by default that of the gallery",
    )
    for option, what in (("--include", "only"), ("--exclude", "no")):
        parser.add_argument(
            option,
            metavar="PATTERN",
            action="append",
            help=f"{what} files that match, such as '*.jpg' or 'raw/*'; may be repeated",
        )


def _add_features(parser: argparse.ArgumentParser, settings: Settings) -> None:
    parser.add_argument(
        "--features",
        metavar="DIR",
        type=Path,
        default=settings.features,
        help="folder of the saved features (default: %(default)s)",
    )
    parser.add_argument(
        "--gallery",
        metavar="NAME",
        default=settings.gallery,
        help="name of the gallery (default: the one that was indexed last; of a new folder its "
        "own name)",
    )


def _add_space(parser: argparse.ArgumentParser, settings: Settings) -> None:
    parser.add_argument(
        "--weights",
        metavar="W",
        default=settings.weights,
        help="auto, imagenet, starter, random or a Keras weights file (default: %(default)s)",
    )
    parser.add_argument(
        "--descriptor",
        metavar="D",
        default=settings.descriptor,
        help=f"{', '.join(DESCRIPTORS)} (default: the best for the weights; "
        "a search takes that of the index)",
    )
    parser.add_argument(
        "--size",
        metavar="PIXELS",
        type=int,
        default=settings.size,
        help="of the longer side of an image as VGG16 sees it, 225 to 448; 224 squashes it to a "
        "square, as VGG16 was trained (default: as the gallery was made, else 224)",
    )
    parser.add_argument(
        "--precision",
        metavar="P",
        default=settings.precision,
        help=f"{', '.join(PRECISIONS)} (default: %(default)s)",
    )


def _add_whitening(parser: argparse.ArgumentParser, settings: Settings) -> None:
    parser.add_argument(
        "--whiten",
        metavar="N",
        type=int,
        default=settings.whiten,
        help=f"PCA-whitening, learnt on the gallery, to N dimensions, {FEWEST} to {MOST}; 0 for "
        "none (default: as the gallery was made, else none)",
    )


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _engine(options: argparse.Namespace) -> ImageSearchEngine:
    chosen = {
        name: getattr(options, name)
        for name in (
            *("features", "gallery", "weights", "descriptor"),
            *("size", "whiten", "precision"),
        )
        if name in options
    }
    for name in ("include", "exclude"):
        if patterns := getattr(options, name, None):
            chosen[name] = tuple(patterns)
    return ImageSearchEngine(dataclasses.replace(Settings.from_environment(), **chosen))


def _index(options: argparse.Namespace) -> None:
    with _terminal_progress() as progress:
        report = _engine(options).index(options.library, rebuild=options.rebuild, progress=progress)
    lines = [f"skipped {item.image}: {item.reason}" for item in report.skipped]
    _print(options, dataclasses.asdict(report), [*lines, _summary(report)])


def _summary(report: IndexReport) -> str:
    return (
        f"{report.images} images in {report.library}: {report.extracted} extracted, "
        f"{report.unchanged} unchanged, {report.moved} moved, {report.removed} removed, "
        f"{len(report.skipped)} skipped, in {report.seconds:.1f} s "
        f"({report.images_per_second:.1f} images/s); {report.space}"
    )


def _watch(options: argparse.Namespace) -> None:
    engine = _engine(options)
    with _terminal_progress() as progress:
        report = engine.index(options.library, progress=progress)
    print(_summary(report), flush=True)  # noqa: T201
    with LibraryWatch(Path(report.library), leave_out=options.features) as watch:
        print("watching; press Ctrl-C to stop", flush=True)  # noqa: T201
        for _ in watch.changes():
            try:
                print(_summary(engine.index(options.library)), flush=True)  # noqa: T201
            except LookalikeError as error:
                # The next change may bring it back: a drive plugged in, a run that ends.
                print(f"lookalike: {error}", file=sys.stderr, flush=True)  # noqa: T201


def _search(options: argparse.Namespace) -> None:
    engine = _engine(options)
    snapshot = engine.require_snapshot()
    filters = _filters(options)
    feedback = Feedback(tuple(options.more), tuple(options.less))
    if options.queries.count(STANDARD_INPUT) > 1:
        raise ConfigurationError(
            "Expected standard input as one of the queries at most. "
            f"Received: {STANDARD_INPUT} more than once"
        )
    images = [_query_image(query) for query in options.queries]
    result = engine.search(
        images,
        options.k,
        combine=options.combine,
        feedback=feedback,
        filters=filters,
        max_distance=options.max_distance,
        snapshot=snapshot,
    )
    if not result.searched:
        passing = len(filters.passing(snapshot.images))
        advice = ALL_WRONG if passing else filters.advice(snapshot.images)
        print(f"lookalike: {advice}", file=sys.stderr)  # noqa: T201
    elif not result.matches:
        print(  # noqa: T201
            f"lookalike: None of {result.searched:,} images is that close: raise --max-distance.",
            file=sys.stderr,
        )
    _save(options, collage(images), result, snapshot)
    found = snapshot.distances.closeness([match.distance for match in result.matches])
    close = list(zip_longest(result.matches, found))
    # With several queries, or moved ones, the distance is not that of two pictures.
    if result.matches and len(images) == 1 and not feedback:
        note = snapshot.distances.nothing_similar(result.matches[0].distance)
        if note:
            print(f"lookalike: Nothing is really similar. {note}", file=sys.stderr)  # noqa: T201
    several = {"queries": options.queries} if len(images) > 1 else {}
    _print(
        options,
        {
            "query": options.queries[0],
            **several,
            "seconds": round(result.seconds, 4),
            "matches": [
                dataclasses.asdict(match) | {"closer_than": one and one.share}
                for match, one in close
            ],
        },
        [f"{match.rank:4}  {match.distance:.4f}  {match.image}" for match in result.matches],
    )


def _query_image(query: str) -> Image.Image:
    source = sys.stdin.buffer.read() if query == STANDARD_INPUT else Path(query)
    try:
        return load_image(source, enough=ENOUGH_SIDE).pixels
    except ImageError as error:
        raise ImageError(
            f"The query cannot be used: expected an image file. Received: {query} "
            f"({error}). Choose another picture."
        ) from error


def _save(
    options: argparse.Namespace, query: Image.Image, result: SearchResult, snapshot: IndexSnapshot
) -> None:
    matches = result.matches
    names = [Path(query).name for query in options.queries]
    name = names[0] if len(names) == 1 else f"{len(names)} pictures"
    images = [snapshot.images[snapshot.row_of[match.image]] for match in matches]
    cache = thumbnail_cache(options.features)
    pieces: dict[str, Callable[[], Iterable[bytes]]] = {
        "csv": lambda: [table(matches, snapshot)],
        "sheet": lambda: [contact_sheet(query, name, matches, snapshot, cache)],
        "zip": lambda: copies(images, snapshot.library),
    }
    for option in _SAVED:
        if path := getattr(options, option):
            _write(option, path, pieces[option]())


def _write(option: str, path: Path, pieces: Iterable[bytes]) -> None:
    try:
        with atomic_write(path) as file:
            file.writelines(pieces)
    except OSError as error:
        raise ConfigurationError(
            f"Expected a file that can be written after --{option}. Received: {path} "
            f"({error.strerror}). Name one in a folder that exists."
        ) from error


def _info(options: argparse.Namespace) -> None:
    info = _engine(options).info()
    _print(
        options,
        dataclasses.asdict(info),
        [
            f"gallery     {info.gallery}",
            f"library     {info.library}",
            f"features    {info.features}",
            f"images      {info.images}, {len(info.skipped)} skipped",
            f"space       {info.space}",
            f"whitening   {f'to {info.whitening} numbers' if info.whitening else 'none'}",
            f"generation  {info.generation}, published {info.published_at}",
        ],
    )


def _sample(options: argparse.Namespace) -> None:
    with _terminal_progress() as progress:
        drawn = draw_gallery(
            options.directory,
            count=options.count,
            seed=options.seed,
            progress=lambda done, total: progress(Progress("drawing", done, total)),
        )
    _print(
        options,
        {"directory": str(options.directory), "images": drawn},
        [f"{drawn} flowers drawn in {options.directory}"],
    )


def _flowers(options: argparse.Namespace) -> None:
    base_url = Settings.from_environment().flowers_url
    with _terminal_progress() as progress:
        images = fetch_flowers(options.directory, base_url=base_url, progress=progress)
    _print(
        options,
        {"directory": str(options.directory), "images": images},
        [f"{images} flower photographs in {options.directory}"],
    )


def _evaluate(options: argparse.Namespace) -> None:
    if options.sample is not None and options.sample < 1:
        raise ConfigurationError(
            f"Expected at least 1 image to ask with. Received: --sample {options.sample}"
        )
    changed = options.sample or DEFAULT_SAMPLE
    with _terminal_progress() as progress:
        found = compare(
            _engine(options),
            labels=options.labels or FOLDERS,
            sample=options.sample,
            changed=changed if options.self_check else 0,
            others=options.compare,
            baselines=options.baselines,
            progress=progress,
        )
    # Folders that nobody called labels need not be ones.
    if found.unlabelled and options.labels:
        raise LibraryError(found.unlabelled)
    if options.csv:
        _write("csv", options.csv, [measures_table(*found.by_name())])
    evaluations, checks = found.by_name()
    names = list(evaluations or checks)
    content = measures_json(evaluations.get(names[0]), checks.get(names[0]))
    if options.compare or options.baselines:
        content["descriptors"] = {
            name: measures_json(evaluations.get(name), checks.get(name)) for name in names
        }
    content["space"] = dataclasses.asdict(found.snapshot.space)
    _print(options, content, [line for name in names for line in _measures(found, name)])


def _measures(found: Comparison, name: str) -> Iterator[str]:
    evaluations, checks = found.by_name()
    yield f"{name}; {found.snapshot.space.weights_label}"
    if evaluation := evaluations.get(name):
        yield f"  {evaluation.queries} queries in {evaluation.classes} classes"
        for measure, one in evaluation.measures.items():
            yield f"  {measure:14} {_estimate(one)}"
    if check := checks.get(name):
        yield f"  {check.images} changed images looked for their source"
        for change, recalls in check.changes.items():
            values = ", ".join(f"{recall} {_estimate(one)}" for recall, one in recalls.items())
            yield f"  {change:26} {values}"


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.mean:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _doctor(options: argparse.Namespace) -> None:
    settings = Settings.from_environment()
    features = options.features.resolve()
    engine = _engine(options)
    damages = engine.check() if engine.gallery_name() else ()
    repaired = None
    if options.repair:
        with _terminal_progress() as progress:
            repaired = engine.repair(progress=progress)
    packages = {name: _installed(name) for name in PACKAGES}
    cached = [
        file.name for file in (CONVOLUTIONS_FILE, FULL_FILE) if (keras_cache() / file.name).exists()
    ]
    used = settings.weights
    if used == "auto":
        used = IMAGENET if CONVOLUTIONS_FILE.name in cached else STARTER
    report = {
        "python": platform.python_version(),
        "packages": packages,
        "weights": {
            "setting": settings.weights,
            "used": used,
            "cache": str(keras_cache()),
            "cached": cached,
        },
        "precision": choose_precision(settings.precision),
        "features": str(features),
        "writable": _is_writable(features),
        "damaged": [dataclasses.asdict(damage) for damage in damages],
        "repaired": repaired and dataclasses.asdict(repaired),
    }
    _print(
        options,
        report,
        [
            f"python      {report['python']}",
            *(f"{name:11} {installed or 'missing'}" for name, installed in packages.items()),
            f"weights     {used}; {', '.join(cached) or 'none'} in {keras_cache()}",
            f"precision   {report['precision']}",
            f"features    {features}, {'writable' if report['writable'] else 'NOT writable'}",
            *(f"damaged     {damage.what}: {damage.problem}" for damage in damages),
            *([f"repaired    {repaired.extracted} features extracted anew"] if repaired else []),
        ],
    )


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _is_writable(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK)


def _print(options: argparse.Namespace, content: dict[str, Any], lines: list[str]) -> None:
    text = json.dumps(content) if options.json else "\n".join(lines)
    # A file name may hold characters that the terminal's encoding lacks.
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))  # noqa: T201


@contextmanager
def _terminal_progress() -> Iterator[ProgressCallback]:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:>14}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    # A file or a pipe gets no bar: only the outcome.
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None, rate="")

        def show(progress: Progress) -> None:
            unit = "bytes" if progress.stage in BYTE_STAGES else ""
            rate = (
                f"{progress.images_per_second:.1f} images/s" if progress.images_per_second else unit
            )
            bar.update(
                task,
                description=progress.stage,
                completed=progress.done,
                total=progress.total or None,
                rate=rate,
            )

        yield show
