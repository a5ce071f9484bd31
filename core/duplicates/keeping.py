"""Which image of a set to keep, and why, in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.duplicates.contents import Contents as Condition
from core.types import ImageRecord

# Names that programs give to copies: "a (1)", "a copy", "Kopie von a", "a_small", "a-edited".
_COPY = re.compile(
    r"\(\d+\)$|(^|[\s_.-])(copy|copie|kopie|copia|small|thumb|thumbnail|resized|edited|edit|web)"
    r"($|[\s_.-])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Reason:
    """A reason to keep one image rather than another.

    Attributes:
        best: What is said of the image that is kept.
        worse: What is said of one that is not.
        value: Of an image, the larger the better; ``None`` where it is not known.
        tolerance: Share of the best value from which on values count as equal.
    """

    best: str
    worse: str
    value: Callable[[ImageRecord], float | None]
    tolerance: float = 1.0


def which_to_keep(
    images: Sequence[ImageRecord], conditions: Mapping[str, Condition], *, folder: str | None = None
) -> tuple[int, tuple[str, ...]]:
    """The number of the image to keep, and for each image what speaks for or against it.

    Args:
        images: At least one.
        conditions: By id, where known.
        folder: Images in this folder of the library, or below it, are kept before all others;
            ``""`` is the library itself, ``None`` no folder.
    """
    left, words = list(range(len(images))), [""] * len(images)
    decisive = []
    for reason in _reasons(conditions, folder):
        values = {number: reason.value(images[number]) for number in left}
        known = [value for value in values.values() if value is not None]
        # What is not known of one cannot speak against another.
        if len(known) < len(left):
            continue
        least = max(known) * reason.tolerance
        worse = [number for number in left if (values[number] or 0) < least]
        for number in worse:
            words[number] = reason.worse
            left.remove(number)
        if worse:
            decisive.append(reason.best)
    kept = min(left, key=lambda number: (images[number].mtime_ns, images[number].path))
    for number, image in enumerate(images):
        if image.id == images[kept].id:
            words[number] = ", ".join(filter(None, ("identical", words[number])))
        words[number] = words[number] or "as good, but newer"
    words[kept] = ", ".join(decisive) or "the oldest file"
    return kept, tuple(words)


def _reasons(conditions: Mapping[str, Condition], folder: str | None) -> list[_Reason]:
    def condition(image: ImageRecord) -> Condition | None:
        return conditions.get(image.id)

    def little_loss(image: ImageRecord) -> float | None:
        known = condition(image)
        return None if known is None or known.loss is None else 1 / max(known.loss, 0.5)

    def sharpness(image: ImageRecord) -> float | None:
        known = condition(image)
        return known.sharpness if known else None

    def camera(image: ImageRecord) -> float | None:
        known = condition(image)
        return float(known.camera) if known else None

    reasons = [
        _Reason("most pixels", "fewer pixels", lambda one: one.width * one.height, 0.98),
        _Reason("least compressed", "more compressed", little_loss, 0.8),
        _Reason("sharpest", "less sharp", sharpness, 0.9),
        _Reason("original name", "named like a copy", lambda one: float(not _is_copy(one.path))),
        _Reason("has camera data", "no camera data", camera),
    ]
    if folder is not None:
        within = _Reason(
            "in the folder to keep",
            "not in the folder to keep",
            lambda one: float(not folder or one.path.startswith(f"{folder}/")),
        )
        reasons.insert(0, within)
    return reasons


def _is_copy(path: str) -> bool:
    return _COPY.search(path.rpartition("/")[2].rpartition(".")[0]) is not None
