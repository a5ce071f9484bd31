"""The command line of the training: ``python -m training train|export|measure|table …``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from training.card import write_card
from training.measure import mean_average_precisions, whole
from training.network import VGG16, fold, refresh_statistics
from training.pictures import open_pictures
from training.recipe import SMOKE, STARTER, Stage
from training.table import markdown, measure, put_into_card, put_into_page
from training.trainer import Trainer
from training.weights_file import AVERAGE, LAST, read_arrays, write_keras, write_npz

SIZE = 224


def main() -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args()
    try:
        options.command(options)
    except (ValueError, OSError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("training: stopped; --resume goes on from here.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train the network on labelled photographs")
    train.add_argument(
        "--data",
        metavar="PATH[=SHARE]",
        action="append",
        required=True,
        help="class folders, sheets or a public archive, and how often it is drawn from; repeat it",
    )
    train.add_argument("--out", type=Path, required=True, help="folder of checkpoint and log")
    train.add_argument("--init", type=Path, help="weights to start from (.npz, .h5 or .pt)")
    train.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    train.add_argument("--smoke", action="store_true", help="the whole recipe in a minute or two")
    train.add_argument("--seed", type=int, default=0)
    train.set_defaults(command=_train)

    export = commands.add_parser("export", help="write weights for Keras, or to train on from")
    export.add_argument("source", type=Path, help="a checkpoint (.pt) or weights (.npz)")
    export.add_argument("target", type=Path, help=".h5 for Keras, .npz to train on from")
    export.add_argument("--state", choices=(AVERAGE, LAST), default=AVERAGE)
    export.add_argument(
        "--refresh",
        type=Path,
        metavar="PATH",
        help="pictures of the training to take the statistics of normalisation from, at full size",
    )
    export.add_argument("--count", type=int, default=512, help="how many (default: %(default)s)")
    export.set_defaults(command=_export)

    measure = commands.add_parser("measure", help="mean average precision by pooling")
    measure.add_argument("source", type=Path, nargs="+", help="weights (.pt, .npz or .h5)")
    measure.add_argument("--on", type=Path, action="append", required=True, help="labelled folder")
    measure.add_argument("--size", type=int, default=SIZE, help="in pixels (default: %(default)s)")
    measure.add_argument("--state", choices=(AVERAGE, LAST), default=AVERAGE)
    measure.set_defaults(command=_measure)

    table = commands.add_parser(
        "table", help="measure descriptors and weights through the product's command line"
    )
    table.add_argument(
        "--weights",
        metavar="NAME=W",
        action="append",
        required=True,
        help="a name, and random, starter, imagenet or a Keras file; repeat it",
    )
    table.add_argument("--on", type=Path, action="append", required=True, help="labelled folder")
    table.add_argument("--page", type=Path, help="Markdown file to put the table into")
    table.add_argument("--card", type=Path, help="card of the weights to put the measures into")
    table.set_defaults(command=_table)
    return parser


def _train(options: argparse.Namespace) -> None:
    data = [spec.rpartition("=") if "=" in spec else (spec, "=", "1") for spec in options.data]
    trainer = Trainer(
        [open_pictures(Path(path)) for path, _, _ in data],
        [float(share) for _, _, share in data],
        SMOKE if options.smoke else STARTER,
        folder=options.out,
        seed=options.seed,
        report=lambda line: print(line, flush=True),
    )
    if not (options.resume and trainer.resume()):
        trainer.start_from(read_arrays(options.init) if options.init else trainer.network.arrays())
    trainer.run()


def _export(options: argparse.Namespace) -> None:
    network = VGG16()
    network.take(read_arrays(options.source, state=options.state))
    if options.refresh:
        pictures = open_pictures(options.refresh)
        count = min(options.count, len(pictures.items))
        chosen = np.random.default_rng(0).choice(len(pictures.items), count, replace=False)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            refresh_statistics(network, whole(pictures, chosen, SIZE))
    if options.target.suffix == ".npz":
        write_npz(options.target, network.arrays())
        return
    write_keras(options.target, fold(network.arrays()))
    if options.source.suffix == ".pt":
        saved = torch.load(options.source, map_location="cpu", weights_only=True)
        stages = [Stage(**stage) for stage in saved["stages"]]
        write_card(options.target, stages, crops=saved["crops"])


def _measure(options: argparse.Namespace) -> None:
    for source in options.source:
        network = VGG16().to(memory_format=torch.channels_last)
        network.take(read_arrays(source, state=options.state))
        for folder in options.on:
            measures = mean_average_precisions(network, open_pictures(folder), size=options.size)
            line = ", ".join(f"{name} {value:.3f}" for name, value in measures.items())
            print(f"{source.name} on {folder.name} at {options.size}: {line}", flush=True)


def _table(options: argparse.Namespace) -> None:
    weights = [(name, value) for name, _, value in (w.partition("=") for w in options.weights)]
    rows = measure(weights, options.on)
    table = markdown(rows)
    print(table)
    if options.page:
        put_into_page(options.page, table)
    if options.card:
        put_into_card(options.card, rows)


if __name__ == "__main__":
    sys.exit(main())
