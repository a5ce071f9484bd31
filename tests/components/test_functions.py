"""The functions of the components that know nothing of a page, against plain formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from tests.components.blank_page import ORIGIN, answer_with_files

pytestmark = pytest.mark.browser

Call = Callable[..., Any]

SHARES = st.floats(0, 1)
SIZE = {"width": 800, "height": 600}
FIT = 600 - 2 * 28
VIEWPORTS = st.fixed_dictionaries(
    {"x": SHARES, "y": SHARES, "scale": st.floats(FIT / 2, 400 * FIT)}
)
BOXES = st.tuples(SHARES, SHARES, SHARES, SHARES).map(
    lambda e: [min(e[0], e[2]), min(e[1], e[3]), max(e[0], e[2]), max(e[1], e[3])]
)


@pytest.fixture(scope="module")
def call(browser: Browser) -> Iterator[Call]:
    """Calls a function of a module with values, and returns what it returns."""
    context = browser.new_context()
    context.route("**/*", answer_with_files)
    page = context.new_page()
    page.goto(ORIGIN)

    def call(module: str, name: str, *values: Any) -> Any:
        return page.evaluate(
            "async ([address, name, values]) => (await import(address))[name](...values)",
            [f"{ORIGIN}/{module}.js", name, list(values)],
        )

    yield call
    context.close()


@given(VIEWPORTS, st.floats(0.05, 20), st.floats(0, 800), st.floats(0, 600))
def test_zooming_keeps_the_place_under_the_pointer(
    call: Call, viewport: Any, factor: float, px: float, py: float
) -> None:
    before = call("explore/viewport", "toMap", viewport, SIZE, px, py)
    zoomed = call("explore/viewport", "zoomed", viewport, factor, [px, py], SIZE, FIT)
    after = call("explore/viewport", "toMap", zoomed, SIZE, px, py)
    assert after == pytest.approx(before, abs=1e-9)
    assert FIT / 2 <= zoomed["scale"] <= 400 * FIT
    assert call("explore/viewport", "toCanvas", zoomed, SIZE, *after) == pytest.approx(
        [px, py], abs=1e-6
    )


@given(VIEWPORTS, VIEWPORTS, SHARES)
def test_a_flight_begins_and_ends_where_it_should(
    call: Call, start: Any, goal: Any, share: float
) -> None:
    assert call("explore/viewport", "between", start, goal, 0) == pytest.approx(start)
    assert call("explore/viewport", "between", start, goal, 1) == pytest.approx(goal)
    middle = call("explore/viewport", "between", start, goal, share)
    for name in ("x", "y", "scale"):
        low, high = sorted([start[name], goal[name]])
        assert low * (1 - 1e-9) <= middle[name] <= high * (1 + 1e-9)


@given(st.lists(st.tuples(SHARES, SHARES), min_size=3, max_size=9), st.integers(0, 2**32 - 1))
def test_the_points_in_a_polygon_are_those_whose_winding_is_odd(
    call: Call, corners: list[tuple[float, float]], seed: int
) -> None:
    points = np.random.default_rng(seed).random((40, 2)).astype(np.float32).astype(float)
    rows = call("explore/polygon", "rowsInside", corners, *points.T.tolist())
    expected = []
    for row, (x, y) in enumerate(points):
        # The angles that the corners turn around the point, in whole turns.
        angles = [math.atan2(b - y, a - x) for a, b in corners]
        turns = [
            math.remainder(after - before, 2 * math.pi)
            for before, after in zip(angles, [*angles[1:], angles[0]], strict=True)
        ]
        if round(sum(turns) / (2 * math.pi)) % 2:
            expected.append(row)
    assert rows == expected


@given(st.integers(0, 2**32 - 1), SHARES, SHARES, st.floats(0.01, 1))
def test_the_nearest_point_is_the_nearest(
    call: Call, seed: int, x: float, y: float, reach: float
) -> None:
    points = np.random.default_rng(seed).random((30, 2))
    row = call("explore/points", "nearestRow", [x, y], reach, *points.T.tolist())
    distances = np.hypot(*(points - [x, y]).T)
    assert row == (distances.argmin() if distances.min() < reach else -1)


@given(BOXES, st.floats(-2, 2), st.floats(-2, 2))
def test_a_box_that_is_moved_keeps_its_size_and_stays_in_the_picture(
    call: Call, box: list[float], across: float, down: float
) -> None:
    left, top, right, bottom = call("question/box", "movedBox", box, across, down)
    assert right - left == pytest.approx(box[2] - box[0], abs=1e-9)
    assert bottom - top == pytest.approx(box[3] - box[1], abs=1e-9)
    assert min(left, top) >= -1e-9
    assert max(right, bottom) <= 1 + 1e-9


@given(
    st.lists(st.tuples(st.sampled_from(["right", "wrong"]), st.sampled_from("abc")), max_size=12)
)
def test_an_image_has_one_mark_at_most(call: Call, clicks: list[tuple[str, str]]) -> None:
    marks: Any = {"right": [], "wrong": []}
    expected: dict[str, str] = {}
    for mark, image in clicks:
        marks = call("results/marks", "toggledMarks", marks, mark, image)
        if expected.pop(image, None) != mark:
            expected[image] = mark
        assert {image: name for name, ids in marks.items() for image in ids} == expected
        assert sum(len(ids) for ids in marks.values()) == len(expected)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=5))
def test_the_last_picture_that_stays_cannot_be_ticked(
    call: Call, states: list[tuple[bool, bool]]
) -> None:
    boxes = [{"checked": checked, "fixed": fixed} for checked, fixed in states]
    staying = [place for place, box in enumerate(boxes) if not box["checked"]]
    for place, changeable in enumerate(call("duplicates/ticks", "changeable", boxes)):
        assert changeable == (not boxes[place]["fixed"] and staying != [place])


@pytest.mark.parametrize(
    ("key", "place"), [("ArrowLeft", 4), ("ArrowRight", 6), ("ArrowUp", 1), ("ArrowDown", 9)]
)
def test_arrows_lead_through_a_grid(call: Call, key: str, place: int) -> None:
    assert call("keyboard", "placeAfter", key, 5, 4) == place


def test_other_keys_lead_nowhere(call: Call) -> None:
    assert call("keyboard", "placeAfter", "m", 5, 4) is None
    assert call("keyboard", "stepOf", "ArrowUp") is None


@pytest.mark.parametrize(
    ("point", "asks", "expected"),
    [
        ([100, 300], False, [116, 240]),
        ([700, 300], False, [508, 240]),
        ([10, 10], False, [26, 4]),
        ([100, 590], False, [116, 395]),
        ([100, 590], True, [116, 350]),
    ],
)
def test_the_card_stays_on_the_canvas(
    call: Call, point: list[int], asks: bool, expected: list[int]
) -> None:
    assert call("explore/card", "cardPlace", point, SIZE, asks) == expected


@pytest.mark.parametrize(("step", "places"), [(1, [2, 3, 1]), (-1, [3, 1, 2])])
def test_a_comparison_goes_round(call: Call, step: int, places: list[int]) -> None:
    found = [call("duplicates/comparison", "otherPlace", place, step, 4) for place in (1, 2, 3)]
    assert found == places
