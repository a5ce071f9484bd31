"""What ``search --part`` takes and prints."""

from collections.abc import Sequence

from ..errors import ConfigurationError
from ..search import Feedback
from ..types import NEIGHBOURHOOD, Match


def check_part(queries: Sequence[str], feedback: Feedback, ranking: str | None) -> None:
    """Raise ``ConfigurationError`` unless a search for a part takes what is asked for."""
    given = {
        "several queries": len(queries) > 1,
        "--more or --less": bool(feedback),
        "--ranking neighbourhood": ranking == NEIGHBOURHOOD,
    }
    for what, is_given in given.items():
        if is_given:
            raise ConfigurationError(
                "Expected one query with --part, without marks and in the order of the distances. "
                f"Received: {what}. Leave it out."
            )


def match_line(match: Match) -> str:
    """Rank, distance and path; of a part also its edges, in percent of the sides."""
    box = ""
    if match.box:
        left, top, right, bottom = (f"{edge:.0%}" for edge in match.box)
        box = f"  from {left} to {right} across, {top} to {bottom} down"
    return f"{match.rank:4}  {match.distance:.4f}  {match.image}{box}"
