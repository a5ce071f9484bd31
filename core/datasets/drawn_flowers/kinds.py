"""The kinds of flowers, read from ``kinds.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.datasets.drawn_flowers.anatomy import Disc, Kind, Petal, Stamen, Whorl

_FILE = Path(__file__).with_name("kinds.toml")


@cache
def flower_kinds() -> Mapping[str, Kind]:
    """All kinds by name, which is also the name of their folder; read on the first call."""
    content = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    leaves = {name: Petal(**leaf) for name, leaf in content["leaves"].items()}
    return MappingProxyType(
        {name: _kind(table, leaves) for name, table in content["kinds"].items()}
    )


def _kind(table: dict[str, Any], leaves: Mapping[str, Petal]) -> Kind:
    fields = _with_tuples(table)
    fields["parts"] = tuple(_part(part) for part in table["parts"])
    fields["palettes"] = tuple(
        tuple(tuple(tint.split()) for tint in palette) for palette in table["palettes"]
    )
    match table.get("leaf"):
        case str(name):
            fields["leaf"] = leaves[name]
        case dict(leaf):
            fields["leaf"] = Petal(**leaf)
    return Kind(**fields)


def _part(table: dict[str, Any]) -> Whorl | Disc:
    match table:
        case {"disc": disc}:
            return Disc(**disc)
        case {"petal": petal, **fields}:
            return Whorl(part=Petal(**petal), **_with_tuples(fields))
        case {"stamen": stamen, **fields}:
            return Whorl(part=Stamen(**_with_tuples(stamen)), **_with_tuples(fields))
        case _:
            raise ValueError(f"expected a disc, a petal or a stamen; received: {table}")


def _with_tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
