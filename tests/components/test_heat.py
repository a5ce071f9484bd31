"""Why a match matches, in the large view: asked for, shown, and pointed at."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from core.types import Array
from tests.components.blank_page import Mount, Mounted
from tests.components.test_grid import GRID, identity, tile

pytestmark = pytest.mark.browser

# Rows and columns of the query and of the match.
QUERY, MATCH = (2, 3), (3, 2)
HEAT = {"query": [128, 140, 255, 0, 100, 128], "match": [0, 255, 128, 130, 126, 200]}
RNG = np.random.default_rng(3)
PAIRS = RNG.integers(256, size=(6, 6))
# Grey, so that a level is what one reads.
COLOURS = np.stack([np.arange(256)] * 3 + [np.full(256, 255)], axis=1)


def base64(numbers: Any) -> str:
    return b64encode(np.asarray(numbers, np.uint8).tobytes()).decode()


def explanation(grid: Mounted, rank: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": identity(grid, rank),
        "sentence": f"It speaks for match {rank}.",
        "note": "The maps are coarse.",
        "query": {"shape": QUERY, "heat": base64(HEAT["query"])},
        "match": {"shape": MATCH, "heat": base64(HEAT["match"])},
        "pairs": base64(PAIRS),
        "colours": base64(COLOURS),
        **changes,
    }


def explained(mount: Mount) -> Mounted:
    """The second match, with its explanation."""
    grid = mount(GRID)
    tile(grid, 2).click()
    grid.press("w")
    grid.show(explanation=explanation(grid, 2))
    expect(grid.find("canvas.heat:visible")).to_have_count(2)
    expect(grid.find("figure img").nth(1)).to_have_attribute(
        "src", f"/pictures/{identity(grid, 2)}"
    )
    return grid


def levels(grid: Mounted, side: int, shape: tuple[int, int]) -> Array:
    """What a heat map shows in the middle of each cell."""
    rows, columns = shape
    read = (
        grid.find("canvas.heat")
        .nth(side)
        .evaluate(
            """(canvas, [rows, columns]) => {
          const context = canvas.getContext("2d");
          const read = (row, column) => context.getImageData(
            (column + 0.5) * canvas.width / columns, (row + 0.5) * canvas.height / rows, 1, 1
          ).data[0];
          return Array.from({ length: rows * columns }, (_, cell) =>
            read(Math.floor(cell / columns), cell % columns));
        }""",
            [rows, columns],
        )
    )
    return np.array(read)


def answer_levels(answers: Array) -> Array:
    """Stretched, so that the strongest reaches an end of the scale, but weak ones do not."""
    far = answers.astype(float) - 128
    return np.floor(128 + 127 * far / max(32, np.abs(far).max()))


def is_near(shown: Array, expected: Any) -> bool:
    """The cells are painted softly, into each other; those of other places differ by far more."""
    return bool(np.abs(shown - expected).max() <= 30)


def test_it_is_asked_for_and_shown_once_it_has_arrived(mount: Mount) -> None:
    grid = mount(GRID)
    tile(grid, 2).click()
    expect(grid.find("canvas.heat:visible")).to_have_count(0)
    expect(grid.find(".key")).to_be_hidden()
    grid.find(".why button").click()
    assert grid.sent("explain") == [identity(grid, 2)]
    expect(grid.find(".why p").first).to_have_text("…")
    # The answer to an earlier question is none to this one.
    grid.show(explanation=explanation(grid, 5))
    expect(grid.find("canvas.heat:visible")).to_have_count(0)
    grid.show(explanation=explanation(grid, 2))
    expect(grid.find(".why p")).to_have_text(["It speaks for match 2.", "The maps are coarse."])
    expect(grid.find(".key")).to_be_visible()
    frames = [grid.find("figure .frame").nth(side).bounding_box() for side in (0, 1)]
    assert frames == [grid.find("canvas.heat").nth(side).bounding_box() for side in (0, 1)]
    assert is_near(levels(grid, 0, QUERY), HEAT["query"])
    assert is_near(levels(grid, 1, MATCH), HEAT["match"])
    grid.show(explanation={"id": identity(grid, 2), "problem": "The file is gone."})
    expect(grid.find(".why p").first).to_have_text("The file is gone.")
    expect(grid.find("canvas.heat:visible")).to_have_count(0)


def test_the_switch_stays_on_for_the_next_match(mount: Mount) -> None:
    grid = explained(mount)
    grid.press("ArrowRight")
    assert grid.sent("explain") == [identity(grid, 2), identity(grid, 3)]
    expect(grid.find(".why p").first).to_have_text("…")
    grid.show(explanation=explanation(grid, 3))
    expect(grid.find(".why p").first).to_have_text("It speaks for match 3.")
    grid.press("w")
    expect(grid.find("canvas.heat:visible")).to_have_count(0)
    expect(grid.find(".why p").first).to_be_empty()
    grid.press("ArrowRight")
    assert len(grid.sent("explain")) == 2


def test_a_place_of_one_picture_shows_what_answers_it_in_the_other(mount: Mount) -> None:
    grid = explained(mount)
    sides = [grid.find("canvas.heat").nth(side) for side in (0, 1)]
    images = []
    for side in sides:
        box = side.bounding_box()
        assert box
        # The picture is shown whole in the middle of its box: four to three.
        scale = min(box["width"] / 4, box["height"] / 3)
        left = box["x"] + (box["width"] - 4 * scale) / 2
        top = box["y"] + (box["height"] - 3 * scale) / 2
        images.append((left, top, 4 * scale, 3 * scale))
    for cell in range(6):
        left, top, width, height = images[0]
        row, column = divmod(cell, QUERY[1])
        grid.page.mouse.move(left + (column + 0.5) * width / 3, top + (row + 0.5) * height / 2)
        shown = levels(grid, 1, MATCH)
        assert is_near(shown, answer_levels(PAIRS[cell])), cell
        left, top, width, height = images[1]
        row, column = divmod(cell, MATCH[1])
        grid.page.mouse.move(left + (column + 0.5) * width / 2, top + (row + 0.5) * height / 3)
        shown = levels(grid, 0, QUERY)
        assert is_near(shown, answer_levels(PAIRS[:, cell])), cell
    # Beside the picture nothing is pointed at.
    left, top, width, height = images[1]
    grid.page.mouse.move(left + width / 2, top - 5)
    assert is_near(levels(grid, 0, QUERY), HEAT["query"])


def test_the_arrow_keys_point_at_the_warmest_place_first(mount: Mount) -> None:
    grid = explained(mount)
    grid.find("canvas.heat").first.focus()
    grid.press("ArrowDown")
    assert is_near(levels(grid, 1, MATCH), answer_levels(PAIRS[2]))
    grid.press("ArrowDown", "ArrowDown")
    assert is_near(levels(grid, 1, MATCH), answer_levels(PAIRS[5]))
    grid.press("ArrowLeft", "ArrowUp")
    assert is_near(levels(grid, 1, MATCH), answer_levels(PAIRS[1]))
    # They do not lead to another match, and Tab leaves the place.
    expect(grid.find("figcaption").nth(1)).to_have_text("Match 2")
    grid.press("Tab")
    assert is_near(levels(grid, 1, MATCH), HEAT["match"])
