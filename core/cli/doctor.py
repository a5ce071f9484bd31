"""``python -m core doctor``: what is installed, and whether the saved features are sound."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from ..detail import finds_parts
from ..engine import ImageSearchEngine
from ..errors import FeatureStoreError, LookalikeError
from ..feature_store import IndexSnapshot
from ..model import FULL_FILE, choose_precision, keras_cache
from ..search import Difference
from ..types import IMAGENET, Damage
from .options import GALLERY, SERVER, engine_options, json_option
from .output import print_result, terminal_progress

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
    snapshot = _readable_snapshot(engine)
    details = engine.parts.info(snapshot) if snapshot and finds_parts(snapshot) else None
    differs, no_answer = _remote(engine)
    packages = {name: _installed(name) for name in PACKAGES}
    used = settings.weights or IMAGENET
    cached = [FULL_FILE.name] if (keras_cache() / FULL_FILE.name).exists() else []
    precision, unknown = _precision(settings.precision)
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
    snapshot = _readable_snapshot(engine)
    details = engine.parts.check(snapshot) if snapshot else ()
    try:
        return (*engine.check(), *details), None
    except FeatureStoreError as error:
        return details, str(error)


def _readable_snapshot(engine: ImageSearchEngine) -> IndexSnapshot | None:
    """The index; ``None`` where there is none or it is damaged."""
    try:
        return engine.snapshot()
    except FeatureStoreError:
        return None


def _remote(engine: ImageSearchEngine) -> tuple[Difference | None, str | None]:
    """How the index on the server differs, or why that is not known."""
    if not engine.indexes.remote:
        return None, None
    try:
        return engine.indexes.difference(engine.require_snapshot()), None
    except LookalikeError as error:
        return None, str(error)


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _precision(wanted: str) -> tuple[str | None, str | None]:
    """The precision, or why it is not known."""
    try:
        return choose_precision(wanted), None
    # A TensorFlow that is missing or broken raises whatever it likes.
    except Exception as error:
        return None, " ".join(f"TensorFlow cannot be used ({error})".split())


def _is_writable(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK)
