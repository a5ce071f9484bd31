"""An index in plain words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from core.feature_store import IndexInfo
from core.types import IMAGENET, NO_WEIGHTS, SQUASH, STARTER, UNTRAINED, FeatureSpace


def facts(info: IndexInfo) -> dict[str, str]:
    """What everybody wants to know of an index, by name."""
    return {
        "Images": f"{info.images:,}",
        "Skipped": f"{len(info.skipped):,}",
        "Weights": weights_label(info.space),
        "Last change": time_ago(info.published_at),
    }


def weights_label(space: FeatureSpace) -> str:
    """The weights of a space in a word or two."""
    known = {IMAGENET: "ImageNet", STARTER: "Starter", UNTRAINED: "Untrained", NO_WEIGHTS: "None"}
    return known.get(space.weights) or Path(space.weights).name


def time_ago(moment: str) -> str:
    """How long ago a moment was.

    Args:
        moment: ISO 8601 with its offset from UTC.
    """
    seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return "just now"


def history(info: IndexInfo) -> pd.DataFrame:
    """The last runs, newest first, as a table to show."""
    return pd.DataFrame(
        {
            "Finished (UTC)": [run["finished_at"] for run in info.runs],
            "Images": [run["images"] for run in info.runs],
            "Extracted": [run["extracted"] for run in info.runs],
            "Unchanged": [run["unchanged"] for run in info.runs],
            "Moved": [run["moved"] for run in info.runs],
            "Removed": [run["removed"] for run in info.runs],
            "Skipped": [run["skipped"] for run in info.runs],
            "Seconds": [run["seconds"] for run in info.runs],
            "Images/s": [run["images_per_second"] for run in info.runs],
        }
    )


def details(info: IndexInfo) -> str:
    """What a researcher wants to know of an index, as Markdown."""
    space = info.space
    lines = [
        f"Feature space: {space.model}, descriptor `{space.descriptor}`, {space.dimension} numbers "
        f"an image, {_resize(space)}",
        f"Whitening: {f'to {info.whitening} numbers' if info.whitening else 'none'}",
        f"Weights: {space.weights_label}, digest `{space.weights_digest[:16]}`",
        f"Features folder: `{info.features}`",
        f"Generation {info.generation}, published {info.published_at}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _resize(space: FeatureSpace) -> str:
    size = space.input_size
    if space.resize == SQUASH:
        return f"squashed to {size}×{size} pixels"
    return f"the longer side {size} pixels"
