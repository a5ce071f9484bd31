"""What ``evaluate`` recommends after a comparison: a JSON object, or a line."""

from typing import Any

from ..evaluation import Recommendation, Representation


def recommendation_json(found: Recommendation | None) -> dict[str, Any] | None:
    """The name, and the gain in mean average precision with its interval."""
    if not found:
        return None
    gain = found.gain
    return {
        "name": str(found.representation),
        "gain": gain and {"mAP": gain.mean, "interval": [gain.low, gain.high]},
    }


def recommendation_line(found: Recommendation | None, current: Representation) -> str:
    """What is surely better than the current representation, and by how much."""
    if not found:
        return f"None of them is surely better than {current}."
    line = f"Better for these pictures than {current}: {found.representation}."
    if gain := found.gain:
        line += f" Its mAP is higher by {gain.mean:.3f} ({gain.low:.3f} to {gain.high:.3f})."
    return line
