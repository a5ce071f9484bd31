"""The address of the search page as a value: the question, its scope, and what is browsed."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self, TypeVar

from ...config import DEFAULT_MATCHES, MOST_MATCHES
from ...images import Framing
from ...search import ALL, ANY, FORMATS, ORIENTATIONS, SIDES, Feedback
from ...types import RANKINGS

# Name of the first upload; an address without a picture means it, too.
FIRST = "file"
MOST_QUERIES = 10
# With this many marked and as many followed an address has 7,800 characters; servers accept 8,000.
MOST_MARKS = 100
# Numbers of results.
FEWEST_MATCHES, MATCHES_STEP = 10, 10
# Limits of the distance: the smallest, which is also the step, and the one that is none.
NEAREST, FARTHEST = 0.05, 2.0

_FILTERS = (
    *("limit", "limit_fit", "folders", "taken_from", "taken_to", "orientations", "formats"),
    *("min_side", "groups", "among"),
)
_HIDDEN, _PART = ("hidden", "part")
ID = re.compile("[0-9a-f]{32}")
# The first digits of the digest of a fit.
FIT_DIGITS = 8
_FIT = re.compile(f"[0-9a-f]{{{FIT_DIGITS}}}")

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class SearchAddress:
    """What the search page shows. The gallery that is searched may lack some of it.

    Attributes:
        images: Ids of images of the gallery and names of uploads, at most ``MOST_QUERIES``.
        combine: ``ALL`` or ``ANY`` of several pictures.
        framing: Crop and turns of a single picture.
        marked: What is marked in the answer, at most ``MOST_MARKS`` images.
        followed: The marks that the answer follows, as many.
        k: Number of results, ``FEWEST_MATCHES`` to ``MOST_MATCHES``, in steps of ``MATCHES_STEP``.
        ranking: One of ``RANKINGS``; ``None`` takes that of the gallery.
        hide_copies: Whether of each picture only the closest file is shown.
        part: Whether the picture is searched for as a part of others.
        limit: Of the distance, ``NEAREST`` to ``FARTHEST``, which is no limit.
        limit_fit: The first digits of the digest of the fit that the limit was set for; empty where
            that is not said, and without a limit.
        folders: Relative to the library, with ``/``.
        taken_from: First day of the photographs.
        taken_to: Last day, no earlier than the first one.
        orientations: Some of ``ORIENTATIONS``, in their order.
        formats: Some of ``FORMATS``, in their order.
        min_side: One of ``SIDES``, or 0.
        groups: Names of groups of the map.
        among: Name of a selection of the session; empty for none.
        browsed: The folder that is shown before there is a question; empty for none.
        page: Which of its pictures are shown, from 0.
    """

    images: tuple[str, ...] = (FIRST,)
    combine: str = ALL
    framing: Framing = field(default_factory=Framing)
    marked: Feedback = field(default_factory=Feedback)
    followed: Feedback = field(default_factory=Feedback)
    k: int = DEFAULT_MATCHES
    ranking: str | None = None
    hide_copies: bool = False
    part: bool = False
    limit: float = FARTHEST
    limit_fit: str = ""
    folders: tuple[str, ...] = ()
    taken_from: date | None = None
    taken_to: date | None = None
    orientations: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    min_side: int = 0
    groups: tuple[str, ...] = ()
    among: str = ""
    browsed: str = ""
    page: int = 0

    @classmethod
    def parse(cls, parameters: Mapping[str, str | Sequence[str]]) -> Self:
        """The address that has these parameters; what makes no sense counts as missing."""
        said = {
            name: (value,) if isinstance(value, str) else tuple(value)
            for name, value in parameters.items()
        }
        last = {name: values[-1] for name, values in said.items() if values}

        def several(name: str, known: Iterable[str] | None = None) -> tuple[str, ...]:
            values = dict.fromkeys(filter(None, said.get(name, ())))
            return tuple(values if known is None else (one for one in known if one in values))

        def read(name: str, kind: Callable[[str], _T], default: _T) -> _T:
            with suppress(ValueError, OverflowError):
                return kind(last.get(name, ""))
            return default

        days = [read(name, date.fromisoformat, None) for name in ("from", "to")]
        taken_from, taken_to = sorted(filter(None, days)) if all(days) else days
        k = read("k", lambda text: round(int(text), -1), DEFAULT_MATCHES)
        limit = read("limit", lambda text: round(float(text), 2), FARTHEST)
        # NaN is no limit, either.
        limited = NEAREST <= limit < FARTHEST
        fit = last.get("fit", "")
        side = read("side", int, 0)
        ranking = last.get("ranking")
        # With the decimals of an address, so that the same address is the same value.
        framing = Framing.from_parameters(Framing.from_parameters(last).parameters())
        return cls(
            images=several("image")[:MOST_QUERIES] or (FIRST,),
            combine=ANY if last.get("near") == ANY else ALL,
            framing=framing,
            marked=marks_of(said.get("right", ()), said.get("wrong", ())),
            followed=marks_of(said.get("more", ()), said.get("less", ())),
            k=min(max(k, FEWEST_MATCHES), MOST_MATCHES),
            ranking=ranking if ranking in RANKINGS else None,
            hide_copies=last.get("copies") == _HIDDEN,
            part=last.get("find") == _PART,
            limit=limit if limited else FARTHEST,
            limit_fit=fit if limited and _FIT.fullmatch(fit) else "",
            folders=several("folder"),
            taken_from=taken_from,
            taken_to=taken_to,
            orientations=several("orientation", ORIENTATIONS),
            formats=several("format", FORMATS),
            min_side=side if side in SIDES else 0,
            groups=several("group"),
            among=last.get("among", ""),
            browsed=last.get("browse", "").strip("/"),
            page=max(read("shown", int, 0), 0),
        )

    def to_parameters(self) -> dict[str, str | list[str]]:
        """The parameters of this address, without those that have their default."""
        said: dict[str, str | list[str]] = {
            "image": [] if self.images == (FIRST,) else list(self.images),
            "near": ANY if self.combine == ANY else "",
            **self.framing.parameters(),
            "right": list(self.marked.right),
            "wrong": list(self.marked.wrong),
            "more": list(self.followed.right),
            "less": list(self.followed.wrong),
            "k": "" if self.k == DEFAULT_MATCHES else str(self.k),
            "ranking": self.ranking or "",
            "copies": _HIDDEN if self.hide_copies else "",
            "find": _PART if self.part else "",
            "limit": "" if self.limit == FARTHEST else str(round(self.limit, 2)),
            "fit": "" if self.limit == FARTHEST else self.limit_fit,
            "folder": list(self.folders),
            "from": str(self.taken_from or ""),
            "to": str(self.taken_to or ""),
            "orientation": list(self.orientations),
            "format": list(self.formats),
            "side": str(self.min_side or ""),
            "group": list(self.groups),
            "among": self.among,
            "browse": self.browsed,
            "shown": str(self.page or ""),
        }
        return {name: value for name, value in said.items() if value}

    def about(self, image: str, framing: Framing | None = None) -> Self:
        """Another question with the same number, order and limits of the matches."""
        scope = self._without("combine", "marked", "followed", "browsed", "page")
        return replace(scope, images=(image,), framing=framing or Framing())

    def without_filters(self) -> Self:
        """The same question to all images of the gallery."""
        return self._without(*_FILTERS)

    def only_among(self, selection: str) -> Self:
        """The same question to the images of a selection, in the default number and order."""
        kept = self._without(*_FILTERS, *("k", "ranking", "hide_copies", "part", "browsed", "page"))
        return replace(kept, among=selection)

    def _without(self, *names: str) -> Self:
        defaults = SearchAddress()
        return replace(self, **{name: getattr(defaults, name) for name in names})


def marks_of(right: Any, wrong: Any) -> Feedback:
    """The marks that two lists of ids mean, at most ``MOST_MARKS``; an image in both is right.

    Anything else than lists of ids, as a browser may send it, counts as nothing.
    """
    kept, rest = (
        dict.fromkeys(filter(ID.fullmatch, map(str, ids if isinstance(ids, list | tuple) else ())))
        for ids in (right, wrong)
    )
    chosen = tuple(kept)[:MOST_MARKS]
    others = tuple(one for one in rest if one not in kept)
    return Feedback(chosen, others[: MOST_MARKS - len(chosen)])
