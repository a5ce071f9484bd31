"""Which image of a set to keep, and why, in plain words."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..types import ImageRecord
from .contents import Contents, holds_more

# Names that programs give to copies: "a (1)", "a copy", "Kopie von a", "a_small", "a-edited".
_COPY = re.compile(
    r"\(\d+\)$|(^|[\s_.-])(copy|copie|kopie|copia|small|thumb|thumbnail|resized|edited|edit|web)"
    r"($|[\s_.-])",
    re.IGNORECASE,
)
# Share of the pixels of another image from which on it is of the same size.
ONE_SIZE = 0.98
# Of what the kept image holds more, so many are named.
_NAMED = 3


@dataclass(frozen=True)
class _Reason:
    """A reason to keep one image rather than another.

    Attributes:
        best: What is said of the image that is kept.
        worse: What is said of one that is not, or what tells it.
        value: Of an image, the larger the better; ``None`` where it is not known.
        tolerance: Share of the best value from which on values count as equal.
    """

    best: str
    worse: str | Callable[[ImageRecord], str]
    value: Callable[[ImageRecord], float | None]
    tolerance: float = 1.0


def which_to_keep(
    images: Sequence[ImageRecord],
    contents: Mapping[str, Contents],
    *,
    folder: str | None = None,
    differences: Mapping[tuple[str, str], str] | None = None,
) -> tuple[int, tuple[str, ...]]:
    """The number of the image to keep, and for each image what speaks for or against it.

    First counts the folder, then what a file holds, then whether it is the camera's own, then how
    many pixels it has and how many of the others it shows, then how good its picture is. Where
    nothing is known of a file, it is not kept for one that is known.

    Args:
        images: At least one.
        contents: By id, where known.
        folder: Images in this folder of the library, or below it, are kept before all others;
            ``""`` is the library itself, ``None`` no folder.
        differences: See ``Links``.
    """
    contest = _Contest(images)
    if folder is not None:
        contest.judge(_within(folder))
    contest.judge(_Reason("read", "not read", lambda one: float(one.id in contents)))
    contest.judge_holdings(contents)
    original, *reasons = _reasons(contents)
    contest.judge(original)
    contest.judge_pixels(contents)
    contest.judge(_source(images, differences or {}))
    for reason in reasons:
        contest.judge(reason)
    return contest.result()


class _Contest:
    """The images that are still to be kept, and what was said of the others."""

    def __init__(self, images: Sequence[ImageRecord]) -> None:
        self._images = images
        self._left = list(range(len(images)))
        self._words = [""] * len(images)
        self._decisive: list[str] = []

    def judge(self, reason: _Reason) -> None:
        """Leave the images that a reason speaks for."""
        values = {number: reason.value(self._images[number]) for number in self._left}
        known = [value for value in values.values() if value is not None]
        # What is not known of one cannot speak against another.
        if len(known) < len(self._left):
            return
        least = max(known) * reason.tolerance
        worse = [number for number in self._left if (values[number] or 0) < least]
        for number in worse:
            words = reason.worse
            self._drop(number, words if isinstance(words, str) else words(self._images[number]))
        if worse:
            self._decisive.append(reason.best)

    def judge_holdings(self, contents: Mapping[str, Contents]) -> None:
        """Drop each image of which another holds everything, and more.

        Of the same kind, a camera original is not dropped for a file that is none.
        """
        ids = {self._images[number].id for number in self._left} & contents.keys()
        poorer = {
            image_id: words
            for image_id in sorted(ids)
            if (words := _missed(image_id, {other: contents[other] for other in ids}))
        }
        decisive = [word for words in poorer.values() for word in words]
        for number in [*self._left]:
            if missed := poorer.get(self._images[number].id):
                self._drop(number, f"lacks {_listed(missed)}")
        if decisive:
            self._decisive.append(f"holds more: {_listed(decisive)}")

    def judge_pixels(self, contents: Mapping[str, Contents]) -> None:
        """Leave the images with the most pixels; those of an enlarged one do not count as more."""
        left = {one.id: one for number in self._left if (one := self._images[number])}.values()
        enlargement = {
            one.id: contents[one.id].enlargement if one.id in contents else 1.0 for one in left
        }

        def effective(image: ImageRecord) -> float:
            # Compression blurs and sharpens: of images of one size the best tells.
            alike = (one for one in left if _is_of_one_size(one, image))
            return _pixels(image) / min(enlargement[one.id] for one in alike) ** 2

        best = max(left, key=effective)
        is_largest = all(_pixels(one) <= _pixels(best) for one in left)
        self.judge(
            _Reason(
                "most pixels" if is_largest else "not enlarged",
                lambda one: "enlarged or soft" if _pixels(one) > _pixels(best) else "fewer pixels",
                effective,
                ONE_SIZE,
            )
        )

    def result(self) -> tuple[int, tuple[str, ...]]:
        """See ``which_to_keep``."""
        images, words = self._images, self._words
        kept = min(self._left, key=lambda number: (images[number].mtime_ns, images[number].path))
        for number, image in enumerate(images):
            if image.id == images[kept].id:
                words[number] = ", ".join(filter(None, ("identical", words[number])))
            words[number] = words[number] or "as good, but newer"
        words[kept] = ", ".join(self._decisive) or "the oldest file"
        return kept, tuple(words)

    def _drop(self, number: int, why: str) -> None:
        self._words[number] = why
        self._left.remove(number)


def _missed(image_id: str, contents: Mapping[str, Contents]) -> tuple[str, ...]:
    """What another file holds more than one, if there is such a file."""
    one = contents[image_id]
    others = (
        other
        for _, other in sorted(contents.items())
        if other.kind != one.kind or other.original >= one.original
    )
    return next((words for other in others if (words := holds_more(other, one))), ())


def _pixels(image: ImageRecord) -> int:
    return image.width * image.height


def _is_of_one_size(one: ImageRecord, other: ImageRecord) -> bool:
    return min(_pixels(one), _pixels(other)) >= ONE_SIZE * max(_pixels(one), _pixels(other))


def _listed(words: Sequence[str]) -> str:
    named = [*dict.fromkeys(words)]
    more = len(named) - _NAMED
    return ", ".join(named[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _within(folder: str) -> _Reason:
    return _Reason(
        "in the folder to keep",
        "not in the folder to keep",
        lambda one: float(not folder or one.path.startswith(f"{folder}/")),
    )


def _source(images: Sequence[ImageRecord], differences: Mapping[tuple[str, str], str]) -> _Reason:
    """Of a picture and its changed versions, only the picture itself shows its other copies."""
    ids = {image.id for image in images}
    shown = Counter(
        kept for (copy, kept), words in differences.items() if not words and copy in ids
    )
    return _Reason("others are copies of it", "recompressed", lambda one: float(shown[one.id]))


def _reasons(contents: Mapping[str, Contents]) -> list[_Reason]:
    def value(of: Callable[[Contents], float | None]) -> Callable[[ImageRecord], float | None]:
        return lambda image: None if (known := contents.get(image.id)) is None else of(known)

    def little_loss(known: Contents) -> float | None:
        return None if known.loss is None else 1 / max(known.loss, 0.5)

    return [
        _Reason("the camera original", "not the camera original", value(lambda one: one.original)),
        _Reason("least compressed", "more compressed", value(little_loss), 0.6),
        _Reason("sharpest", "less sharp", value(lambda one: one.sharpness), 0.9),
        _Reason("original name", "named like a copy", lambda one: float(not _is_copy(one.path))),
    ]


def _is_copy(path: str) -> bool:
    return _COPY.search(path.rpartition("/")[2].rpartition(".")[0]) is not None
