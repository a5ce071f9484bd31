"""``python -m core doctor``: what is installed, and whether the saved features are sound."""

import os
import platform
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

import click

from ..detail import finds_parts
from ..engine import ImageSearchEngine
from ..errors import FeatureStoreError, LookalikeError
from ..model import FULL_FILE, choose_precision, keras_cache
from ..search import Difference
from ..types import IMAGENET, Damage
from .options import GALLERY, SERVER, engine_options, json_option
from .output import print_result, terminal_progress

T = TypeVar("T")

PACKAGES = ("streamlit", "keras", "tensorflow", "numpy", "pillow", "pandas")


@click.command()
@click.option("--repair", is_flag=True, help="Extract anew what is damaged or missing.")
@engine_options(*GALLERY, *SERVER)
@json_option
def doctor(engine: ImageSearchEngine, *, repair: bool, as_json: bool) -> None:
    """Tell what is installed, and whether the features are sound."""
    settings = engine.settings
    features = settings.features.resolve()
    damages, unchecked = _damages(engine)
    repaired = described = None
    if repair:
        with terminal_progress() as progress:
            repaired = engine.repair(progress=progress)
            described = engine.parts.refresh(engine.require_snapshot(), progress=progress)
    snapshot, _ = _answer(engine.snapshot, FeatureStoreError)
    details = engine.parts.info(snapshot) if snapshot and finds_parts(snapshot) else None
    differs, no_answer = _answer(lambda: _difference(engine), LookalikeError)
    packages = {name: _answer(partial(version, name), PackageNotFoundError)[0] for name in PACKAGES}
    used = settings.weights or IMAGENET
    cached = [FULL_FILE.name] if (keras_cache() / FULL_FILE.name).exists() else []
    # A TensorFlow that is missing or broken raises whatever it likes.
    precision, unknown = _answer(lambda: choose_precision(settings.precision), Exception)
    if unknown is not None:
        unknown = f"TensorFlow cannot be used ({' '.join(unknown.split())})"
    writable = _is_writable(features)
    print_result(
        {
            "python": platform.python_version(),
            "packages": packages,
            "weights": {
                "setting": settings.weights,
                "used": used,
                "cache": str(keras_cache()),
                "cached": cached,
            },
            "precision": precision,
            "precision_unknown": unknown,
            "features": str(features),
            "writable": writable,
            "damaged": [asdict(damage) for damage in damages],
            "damaged_unknown": unchecked,
            "detail": details and asdict(details),
            "repaired": repaired and asdict(repaired),
            "repaired_detail": described and asdict(described),
            "server": None if differs is None else asdict(differs),
            "server_unknown": no_answer,
        },
        [
            f"python      {platform.python_version()}",
            *(f"{name:11} {installed or 'missing'}" for name, installed in packages.items()),
            f"weights     {used}",
            *(f"cached      {name}" for name in cached),
            f"precision   {precision or f'unknown: {unknown}'}",
            f"features    {features}, {'writable' if writable else 'NOT writable'}",
            *(f"damaged     {damage.what}: {damage.problem}" for damage in damages),
            *([f"damaged     unknown: {unchecked}"] if unchecked else []),
            *([f"server      {differs}"] if differs is not None else []),
            *([f"server      unknown: {no_answer}"] if no_answer else []),
            *([f"details     {details}"] if details else []),
            *([f"repaired    {repaired.extracted} features extracted anew"] if repaired else []),
            *([f"repaired    {described.extracted} details made anew"] if described else []),
        ],
        as_json=as_json,
    )


def _damages(engine: ImageSearchEngine) -> tuple[tuple[Damage, ...], str | None]:
    """What is damaged, or why that is not known: the features may be on another machine."""
    if not engine.gallery_name():
        return (), None
    snapshot, _ = _answer(engine.snapshot, FeatureStoreError)
    details = engine.parts.check(snapshot) if snapshot else ()
    damages, unknown = _answer(engine.check, FeatureStoreError)
    return (*(damages or ()), *details), unknown


def _difference(engine: ImageSearchEngine) -> Difference | None:
    """How the index on the server differs; ``None`` without a server."""
    remote = engine.indexes.remote
    return engine.indexes.difference(engine.require_snapshot()) if remote else None


def _answer(ask: Callable[[], T], error: type[Exception]) -> tuple[T | None, str | None]:
    """The answer, or the message of the error in its place."""
    try:
        return ask(), None
    except error as problem:
        return None, str(problem)


def _is_writable(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK)
