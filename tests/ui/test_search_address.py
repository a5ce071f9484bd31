"""The address of the search page as a value: any address is valid, and leads to itself."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import DEFAULT_MATCHES, MOST_MATCHES
from core.images import Framing
from core.search import ALL, ANY, FORMATS, ORIENTATIONS, SIDES, Feedback
from core.types import RANKINGS
from core.ui.question import SearchAddress, address, marks_of

NAMES = (
    *("image", "near", "mirror", "turn", "box", "right", "wrong", "more", "less", "k", "ranking"),
    *("copies", "find", "limit", "fit", "folder", "from", "to", "orientation", "format", "side"),
    *("group", "among", "browse", "shown"),
)
# Such as an address says, and such as make no sense there.
VALUES = (
    *("", "file", "file2", "any", "all", "1", "90", "360", "0.1,0.2,0.3,0.4", "0,0,1e-5,1"),
    *("nan", "inf", "-inf", "1e400", "-1", "0.05", "1.999", "2", "45", "9" * 20, "9" * 5000, "٣"),
    *("distance", "neighbourhood", "hidden", "part", "red/old", "/red/", "../..", "<b>", "\x00"),
    *("2001-05-04", "2020-13-45", "20190504", "0001-01-01", "9999-12-31", "landscape", "square"),
    *("JPEG", "PNG", "EXE", "500", "501", "selection1", "0" * 32, "A" * 32, "f" * 32, "\udce9"),
    *("0123abcd", "0123ABCD", "0123abc"),
)
values = st.sampled_from(VALUES) | st.text(max_size=8) | st.floats().map(str)
IDS = [f"{number:032x}" for number in range(120)]
marks = st.builds(
    lambda ids, cut: Feedback(tuple(ids[:cut]), tuple(ids[cut:])),
    st.lists(st.sampled_from(IDS), unique=True, max_size=address.MOST_MARKS),
    st.integers(0, address.MOST_MARKS),
)
names = st.lists(st.text(min_size=1, max_size=5), unique=True, max_size=3).map(tuple)


def some_of(known: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """Some values in the order of all."""
    return st.sets(st.sampled_from(known)).map(
        lambda chosen: tuple(one for one in known if one in chosen)
    )


@st.composite
def addresses(draw: st.DrawFn) -> SearchAddress:
    """Any address that a widget, a link or a click can lead to."""
    edges = st.lists(st.integers(0, 10_000), unique=True, min_size=2, max_size=2).map(sorted)
    (left, right), (top, bottom) = draw(edges), draw(edges)
    box = draw(st.sampled_from([None, tuple(one / 10_000 for one in (left, top, right, bottom))]))
    days = sorted(draw(st.lists(st.dates(), min_size=2, max_size=2)))
    first, last = (draw(st.sampled_from([None, day])) for day in days)
    limit = draw(st.integers(1, 40)) * 5 / 100
    return SearchAddress(
        images=draw(names)[: address.MOST_QUERIES] or (address.FIRST,),
        combine=draw(st.sampled_from([ALL, ANY])),
        framing=Framing(draw(st.booleans()), draw(st.integers(0, 3)), box),
        marked=draw(marks),
        followed=draw(marks),
        k=draw(st.integers(1, 30)) * 10,
        ranking=draw(st.sampled_from([None, *RANKINGS])),
        hide_copies=draw(st.booleans()),
        part=draw(st.booleans()),
        limit=limit,
        limit_fit=draw(st.sampled_from(["", "0123abcd"])) if limit < address.FARTHEST else "",
        folders=draw(names),
        taken_from=first,
        taken_to=last,
        orientations=draw(some_of(ORIENTATIONS)),
        formats=draw(some_of(FORMATS)),
        min_side=draw(st.sampled_from([0, *SIDES])),
        groups=draw(names),
        among=draw(st.sampled_from(["", "selection3"])),
        browsed=draw(st.text(max_size=5)).strip("/"),
        page=draw(st.integers(0, 100)),
    )


@given(addresses())
def test_an_address_leads_to_itself(said: SearchAddress) -> None:
    assert SearchAddress.parse(said.to_parameters()) == said


@given(
    st.dictionaries(
        st.sampled_from(NAMES) | st.text(max_size=4), values | st.lists(values, max_size=4)
    )
)
def test_any_parameters_are_a_valid_address(parameters: dict[str, str | list[str]]) -> None:
    said = SearchAddress.parse(parameters)
    assert SearchAddress.parse(said.to_parameters()) == said
    assert set(said.to_parameters()) <= set(NAMES)
    assert 0 < len(said.images) <= address.MOST_QUERIES
    assert all(said.images)
    assert said.combine in (ALL, ANY)
    assert said.k in range(address.FEWEST_MATCHES, MOST_MATCHES + 1, address.MATCHES_STEP)
    assert said.ranking in (None, *RANKINGS)
    assert address.NEAREST <= said.limit <= address.FARTHEST
    assert not said.limit_fit or (len(said.limit_fit) == 8 and said.limit < address.FARTHEST)
    assert said.min_side in (0, *SIDES)
    assert set(said.orientations) <= set(ORIENTATIONS)
    assert set(said.formats) <= set(FORMATS)
    assert said.taken_from is None or said.taken_to is None or said.taken_from <= said.taken_to
    assert said.page >= 0


def test_every_parameter_is_read_and_written() -> None:
    said = {
        "image": ["file2", IDS[0]],
        "near": "any",
        "mirror": "1",
        "turn": "270",
        "box": "0.1,0.25,0.3333,1",
        "right": [IDS[1], IDS[2]],
        "wrong": [IDS[3]],
        "more": [IDS[4]],
        "less": [IDS[5]],
        "k": "50",
        "ranking": "neighbourhood",
        "copies": "hidden",
        "find": "part",
        "limit": "1.15",
        "fit": "0123abcd",
        "folder": ["red", "blue/old"],
        "from": "2001-05-04",
        "to": "2019-05-04",
        "orientation": ["landscape", "square"],
        "format": ["JPEG", "PNG"],
        "side": "500",
        "group": ["roses"],
        "among": "selection1",
        "browse": "red",
        "shown": "3",
    }
    assert set(said) == set(NAMES)
    read = SearchAddress.parse(said)
    assert read.to_parameters() == said
    defaults = SearchAddress()
    assert defaults.to_parameters() == {}
    same = {
        field.name
        for field in dataclasses.fields(read)
        if getattr(read, field.name) == getattr(defaults, field.name)
    }
    assert same == set()


def test_another_question_keeps_the_scope_and_no_marks() -> None:
    limits = {"k": 50, "limit": 0.5, "limit_fit": "0123abcd", "folders": ("red",)}
    said = SearchAddress(
        images=("a", "b"), combine=ANY, marked=Feedback((IDS[0],)), page=2, **limits
    )
    assert said.about("c") == SearchAddress(images=("c",), **limits)
    assert said.without_filters() == SearchAddress(
        images=("a", "b"), combine=ANY, marked=Feedback((IDS[0],)), k=50, page=2
    )
    assert said.only_among("s") == SearchAddress(
        images=("a", "b"), combine=ANY, marked=Feedback((IDS[0],)), among="s"
    )


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"k": "44"}, {"k": 40}),
        ({"k": "7"}, {"k": 10}),
        ({"k": "1000"}, {"k": MOST_MATCHES}),
        ({"k": "many"}, {"k": DEFAULT_MATCHES}),
        ({"limit": "2.5"}, {"limit": address.FARTHEST}),
        ({"limit": "0.04"}, {"limit": address.FARTHEST}),
        ({"limit": "1", "fit": "0123ABCD"}, {"limit": 1.0, "limit_fit": ""}),
        ({"limit": "2", "fit": "0123abcd"}, {"limit": address.FARTHEST, "limit_fit": ""}),
        ({"from": "2010-01-01", "to": "2004-01-01"}, {"taken_to": date(2010, 1, 1)}),
        ({"image": ["file", "file"]}, {"images": ("file",)}),
        ({"browse": "/red/old/"}, {"browsed": "red/old"}),
        # Of a parameter that should occur once the last one counts.
        ({"k": ["10", "20"]}, {"k": 20}),
    ],
)
def test_values_are_brought_into_their_limits(
    parameters: dict[str, str | list[str]], expected: dict[str, object]
) -> None:
    said = SearchAddress.parse(parameters)
    assert {name: getattr(said, name) for name in expected} == expected


@pytest.mark.parametrize("sent", [None, 5, "f" * 32, {"a": 1}, [None, [1], "<b>", "F" * 32]])
def test_marks_of_other_values_than_ids_are_none(sent: object) -> None:
    assert marks_of(sent, sent) == Feedback()


def test_an_image_marked_as_both_is_right_and_there_are_not_too_many() -> None:
    assert marks_of(IDS[:3], IDS[1:4]) == Feedback(tuple(IDS[:3]), (IDS[3],))
    many = marks_of(IDS[:70], IDS)
    assert len(many.right) == 70
    assert len(many.wrong) == address.MOST_MARKS - 70


def test_the_address_knows_no_streamlit() -> None:
    imported = {
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(inspect.getsource(address)))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert not [name for name in imported if name and name.startswith(("streamlit", "core.ui"))]
