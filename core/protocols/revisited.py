"""Revisited Oxford and Paris (Radenovic et al. 2018): easy, medium and hard.

``gnd_roxford5k.pkl`` and ``gnd_rparis6k.pkl`` name the queries, which have a box, and the searched
pictures, which no query is among. In each setup some of the right ones count as junk.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..evaluation import precision_within, trapezoid_average_precision
from .files import file_in, unusable
from .pictures import Pictures
from .protocol import Measure, Protocol, Query
from .published import MAP
from .restricted_pickle import read_pickle

_KINDS = ("easy", "hard", "junk")
# What is right in each setup; the other kinds are junk.
_SETUPS = {"easy": ("easy",), "medium": ("easy", "hard"), "hard": ("hard",)}
_MEASURES: MappingProxyType[str, Measure] = MappingProxyType(
    {
        MAP: trapezoid_average_precision,
        **{f"mP@{k}": partial(precision_within, k=k) for k in (1, 5, 10)},
    }
)


def _read(
    name: str, file_name: str, size: int, folder: Path, pictures: Pictures
) -> tuple[Protocol, ...]:
    file = file_in(folder, file_name, source="cmp.felk.cvut.cz/revisitop")
    truth = _Truth(file)
    gallery = [pictures.find(image) for image in truth.images]
    protocols = []
    for setup, kinds in _SETUPS.items():
        queries = []
        for query, lists in zip(truth.queries, truth.lists, strict=True):
            right = [gallery[place] for kind in kinds for place in lists[kind]]
            junk = [gallery[place] for kind in _KINDS if kind not in kinds for place in lists[kind]]
            there = frozenset(filter(None, right))
            queries.append(
                Query(
                    pictures[query],
                    there,
                    frozenset(filter(None, junk)),
                    tuple(lists["bbx"]),
                    right.count(None),
                )
            )
        searched = tuple(filter(None, gallery))
        protocols.append(Protocol(f"{name}, {setup}", tuple(queries), searched, _MEASURES, size))
    return tuple(protocols)


read_roxford5k = partial(_read, "Revisited Oxford", "gnd_roxford5k.pkl", 4993)
read_rparis6k = partial(_read, "Revisited Paris", "gnd_rparis6k.pkl", 6322)


class _Truth:
    """What is in such a file, checked."""

    def __init__(self, file: Path) -> None:
        content = read_pickle(file)
        try:
            self.images = _each(str, content["imlist"])
            self.queries = _each(str, content["qimlist"])
            self.lists = [
                {
                    **{kind: _each(int, one[kind]) for kind in _KINDS},
                    "bbx": [float(edge) for edge in _each((int, float), one["bbx"])],
                }
                for one in content["gnd"]
            ]
        except (KeyError, TypeError, IndexError) as error:
            raise unusable(file, f"no imlist, qimlist and gnd of pictures: {error}") from error
        places = {place for lists in self.lists for kind in _KINDS for place in lists[kind]}
        if len(self.lists) != len(self.queries) or not places <= set(range(len(self.images))):
            raise unusable(file, "its lists do not fit together")
        if any(len(lists["bbx"]) != 4 for lists in self.lists):
            raise unusable(file, "a box has four edges")


def _each(kind: type | tuple[type, ...], values: Any) -> Sequence[Any]:
    if not isinstance(values, list) or not all(isinstance(value, kind) for value in values):
        raise TypeError(f"{type(values).__name__} in place of a list")
    return values
