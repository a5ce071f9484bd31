"""Rankings and judgements as ``trec_eval`` reads them."""

from collections.abc import Iterator
from urllib.parse import quote

import numpy as np

from ..types import Array
from .answers import Answers

_SIGN = 1 << 31


def run_lines(answers: Answers) -> Iterator[bytes]:
    """The ranking of each query: ``qid Q0 docno rank score tag``.

    Both names are paths in which all but letters, digits, ``-._~`` and ``/`` is percent-encoded.
    The ranking ends after the last relevant image: the rest changes no measure. The query and what
    else is left out are not in it.
    """
    ends = _ends(answers)
    names = _Names(answers)
    for number, row in enumerate(answers.queries.tolist()):
        order = answers.order[number, : ends[number]]
        ranked = answers.gallery[order].tolist()
        scores = falling(answers.scores[number, order]).tolist()
        query = names[row]
        yield "".join(
            f"{query} Q0 {names[image]} {place} {score:.9g} lookalike\n"
            for place, (image, score) in enumerate(zip(ranked, scores, strict=True), start=1)
        ).encode()


def qrel_lines(answers: Answers) -> Iterator[bytes]:
    """What is relevant to each query: ``qid 0 docno 1``; see ``run_lines``.

    A query to which nothing is relevant, as may be where some images are held out, has its first
    image with ``0``, so that ``trec_eval`` counts it.
    """
    names = _Names(answers)
    for number, row in enumerate(answers.queries.tolist()):
        ranked = answers.gallery[answers.order[number]]
        relevant = ranked[answers.relevant[number]].tolist()
        judged = [(image, 1) for image in relevant] or [(int(ranked[0]), 0)]
        yield "".join(
            f"{names[row]} 0 {names[image]} {is_so}\n" for image, is_so in judged
        ).encode()


def falling(scores: Array) -> Array:
    """Scores that fall from each image to the next, nearest to the given ones: ``(n,)`` float32.

    ``trec_eval`` orders images by their scores in float32, ties by name. Scores that tie or rise by
    a rounding error are lowered to the next float32 below the one before.

    Args:
        scores: ``(n,)`` float32, finite.
    """
    # As integers, float32 numbers are in the same order, without gaps.
    bits = scores.astype(np.float32).view(np.int32).astype(np.int64)
    steps = np.where(bits < 0, -(bits + _SIGN), bits)
    places = np.arange(len(steps))
    steps = np.minimum.accumulate(steps + places) - places
    lowered = np.where(steps < 0, -steps - _SIGN, steps)
    found: Array = lowered.astype(np.int32).view(np.float32)
    return found


class _Names(dict[int, str]):
    """Names of images, each encoded once."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self._paths = answers.truth.paths

    def __missing__(self, row: int) -> str:
        self[row] = quote(self._paths[row], errors="surrogateescape")
        return self[row]


def _ends(answers: Answers) -> list[int]:
    """How many images of each ranking are written, at least one."""
    last = answers.relevant.shape[1] - np.argmax(answers.relevant[:, ::-1], axis=1)
    ends: list[int] = np.where(answers.relevant.any(axis=1), last, 1).tolist()
    return ends
