"""An index in plain words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from core.engine import IndexInfo
from core.types import FeatureSpace


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
    if not space.trained:
        return "Untrained"
    return "ImageNet" if space.weights == "imagenet" else Path(space.weights).name


def time_ago(moment: str) -> str:
    """How long ago a moment was.

    Args:
        moment: ISO 8601 with its offset from UTC.
    """
    seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return "just now"


def details(info: IndexInfo) -> str:
    """What a researcher wants to know of an index, as Markdown."""
    space = info.space
    lines = [
        f"Feature space: {space.model}, descriptor `{space.descriptor}`, {space.dimension} numbers "
        f"an image, {space.resize} to {space.input_size}×{space.input_size}",
        f"Weights: {space.weights if space.trained else 'untrained weights (random)'}, "
        f"digest `{space.weights_digest[:16]}`",
        f"Features folder: `{info.features}`",
        f"Generation {info.generation}, published {info.published_at}",
    ]
    if info.runs:
        run = info.runs[0]
        rate = f", {run['images_per_second']:.1f} images/s" if run["extracted"] else ""
        lines.append(
            f"Last run: {run['finished_at']} UTC, {run['seconds']:.1f} s{rate}: "
            f"{run['extracted']:,} extracted, {run['unchanged']:,} unchanged, "
            f"{run['moved']:,} moved, {run['removed']:,} removed, {run['skipped']:,} skipped"
        )
    return "\n".join(f"- {line}" for line in lines)
