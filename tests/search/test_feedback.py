"""Relevance feedback compared with a slow reference, in the function and in a search."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.cli import main
from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import ConfigurationError
from core.images import QueryPicture, image_id, load_image
from core.model.pooling import l2_normalise
from core.search import Feedback, Filters, SearchOptions, rocchio
from core.search.feedback import ALPHA, BETA, GAMMA
from core.types import Array
from tests.fakes import FakeExtractor, fake_extractor, feedback_on


def slow_rocchio(query: Array, right: Array, wrong: Array) -> list[float]:
    """The formula of the textbook, number by number (Manning et al. 2008, equation 9.3)."""
    moved = []
    for place in range(len(query)):
        value = ALPHA * float(query[place])
        if len(right):
            value += BETA / len(right) * sum(float(row[place]) for row in right)
        if len(wrong):
            value -= GAMMA / len(wrong) * sum(float(row[place]) for row in wrong)
        moved.append(value)
    length = sum(value * value for value in moved) ** 0.5
    return [value / length for value in moved]


@st.composite
def marked(draw: st.DrawFn) -> tuple[Array, Array, Array]:
    """Queries, right and wrong rows, all unit, some of them equal."""
    dimension = draw(st.sampled_from([2, 3, 16, 512]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = l2_normalise(random.normal(size=(20, dimension)).astype(np.float32))

    def some(least: int) -> Array:
        return rows[draw(st.lists(st.integers(0, 19), min_size=least, max_size=8))]

    return some(1), some(0), some(0)


@given(marked())
def test_a_query_moves_as_the_textbook_says(given: tuple[Array, Array, Array]) -> None:
    queries, right, wrong = given
    moved = rocchio(queries, right, wrong)
    assert (moved.shape, moved.dtype) == (queries.shape, np.float32)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1, rtol=1e-6)
    for row, query in zip(moved, queries, strict=True):
        np.testing.assert_allclose(row, slow_rocchio(query, right, wrong), atol=1e-6)


@given(marked())
def test_no_marks_leave_the_queries_where_they_are(given: tuple[Array, Array, Array]) -> None:
    queries, nothing = given[0], np.empty((0, given[0].shape[1]), np.float32)
    np.testing.assert_allclose(rocchio(queries, nothing, nothing), queries, atol=1e-7)


@given(marked(), st.floats(0, 2), st.floats(0, 2), st.floats(0, 2))
def test_weights_of_any_size_give_unit_rows(
    given: tuple[Array, Array, Array], alpha: float, beta: float, gamma: float
) -> None:
    moved = rocchio(*given, alpha=alpha, beta=beta, gamma=gamma)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1, rtol=1e-5)


def test_a_query_that_cancels_out_stays_where_it_is() -> None:
    queries = l2_normalise(np.array([[3, 4], [0, 1]], np.float32))
    nothing = np.empty((0, 2), np.float32)
    # The first query is also the wrong feature, with the same weight: the sum is zero.
    moved = rocchio(queries, nothing, queries[:1], gamma=ALPHA)
    np.testing.assert_array_equal(moved[0], queries[0])
    assert np.isfinite(moved).all()
    towards_the_opposite = rocchio(queries[:1], -queries[:1], nothing, beta=ALPHA)
    np.testing.assert_array_equal(towards_the_opposite, queries[:1])


def test_the_picture_counts_more_than_the_marks() -> None:
    """So that a query with only wrong marks stays near the picture."""
    assert ALPHA > BETA > GAMMA


def test_an_image_is_right_or_wrong_but_not_both() -> None:
    with pytest.raises(ConfigurationError, match=r"right or as wrong\. Received: 'b\.jpg' as both"):
        Feedback(("a.jpg", "b.jpg"), ("b.jpg",))


@pytest.fixture
def engine(library: Path, tmp_path: Path) -> ImageSearchEngine:
    """The engine over 40 pictures of four colours, two of them with the same content."""
    (library / "red" / "twin.png").write_bytes((library / "red" / "red-02.png").read_bytes())
    settings = Settings(features=tmp_path / "features", weights="random")
    engine = ImageSearchEngine(settings, make_extractor=fake_extractor)
    engine.index(library)
    return engine


def features(engine: ImageSearchEngine, *paths: str) -> Array:
    snapshot = engine.require_snapshot()
    return np.asarray(snapshot.matrix[[snapshot.images.row_of_path(path) for path in paths]])


@pytest.mark.parametrize("combine", ["all", "any"])
@pytest.mark.parametrize("k", [1, 7, 300])
@pytest.mark.parametrize("filters", [None, Filters(formats=("PNG",)), Filters(folders=("red",))])
@pytest.mark.parametrize("limit", [None, 0.3])
def test_a_search_equals_brute_force_over_what_may_be_found(
    combine: str,
    k: int,
    filters: Filters | None,
    limit: float | None,
    engine: ImageSearchEngine,
    library: Path,
) -> None:
    asked = ("red/red-00.png", "blue/blue-03.jpg", "red/red-05.jpg")
    right, wrong = ("red/red-01.jpg", "yellow/yellow-04.png"), ("red/red-02.png", "red/red-04.png")
    snapshot = engine.require_snapshot()
    found = engine.search(
        [load_image(library / path).pixels for path in asked],
        SearchOptions(
            k=k,
            combine=combine,
            feedback=feedback_on(snapshot, right, wrong),
            filters=filters or Filters(),
            max_distance=limit,
        ),
    )
    moved = [
        slow_rocchio(query, features(engine, *right), features(engine, *wrong))
        for query in features(engine, *asked)
    ]
    allowed = filters.passing(snapshot.images) if filters else range(len(snapshot.images))
    of_each = []
    for row in allowed:
        image = snapshot.images[row]
        if image.path in (*wrong, "red/twin.png"):
            continue
        distances = [float(np.linalg.norm(snapshot.matrix[row] - query)) for query in moved]
        of_each.append((max(distances) if combine == "all" else min(distances), row))
    expected = sorted(of_each)[:k]
    assert found.searched == len(of_each)
    if limit is not None:
        expected = [pair for pair in expected if pair[0] <= limit]
    assert [match.image for match in found.matches] == [
        snapshot.images[row].path for _, row in expected
    ]
    np.testing.assert_allclose(
        [match.distance for match in found.matches],
        [distance for distance, _ in expected],
        atol=1e-5,
    )


def test_several_queries_are_one_call_of_the_model(library: Path, tmp_path: Path) -> None:
    made: list[FakeExtractor] = []

    def make(*arguments: object) -> FakeExtractor:
        made.append(fake_extractor(*arguments))  # type: ignore[arg-type]
        return made[-1]

    settings = Settings(features=tmp_path / "features", weights="random")
    engine = ImageSearchEngine(settings, make_extractor=make)  # type: ignore[arg-type]
    engine.index(library)
    made[-1].batches.clear()
    queries = [load_image(file).pixels for file in sorted(library.rglob("*-0[0-4].*"))[:5]]
    engine.search(queries)
    assert made[-1].batches == [5]


def test_one_query_in_a_list_is_that_query(engine: ImageSearchEngine, library: Path) -> None:
    query = load_image(library / "red" / "red-00.png").pixels
    alone = engine.search(query).matches
    assert engine.search([query]).matches == alone
    assert engine.search([query, query], SearchOptions(combine="any")).matches == alone
    assert engine.search(query, SearchOptions(feedback=Feedback())).matches == alone


def test_marks_bring_more_like_the_right_and_none_of_the_wrong(
    engine: ImageSearchEngine, library: Path
) -> None:
    query = load_image(library / "red" / "red-00.png").pixels
    before = engine.search(query, SearchOptions(k=40)).matches
    blue, gone = ("blue/blue-00.png", "blue/blue-01.jpg"), "red/red-02.png"
    after = engine.search(
        query, SearchOptions(k=40, feedback=feedback_on(engine.require_snapshot(), blue, (gone,)))
    ).matches

    def mean_rank(matches: tuple, folder: str) -> float:  # type: ignore[type-arg]
        return float(np.mean([m.rank for m in matches if m.image.startswith(folder)]))

    assert mean_rank(after, "blue/") < mean_rank(before, "blue/")
    # Images marked as right are ranked like the others, and are closer than before.
    ranks = [{match.image: match.rank for match in matches} for matches in (before, after)]
    assert all(ranks[1][path] < ranks[0][path] for path in blue)
    # A file with the same content is the same picture for the user.
    assert {gone, "red/twin.png"}.isdisjoint(match.image for match in after)
    assert [match.rank for match in after] == list(range(1, len(after) + 1))


def test_identical_files_marked_as_right_count_once(
    engine: ImageSearchEngine, library: Path
) -> None:
    query = load_image(library / "blue" / "blue-00.png").pixels
    snapshot = engine.require_snapshot()
    once = engine.search(
        query, SearchOptions(feedback=feedback_on(snapshot, ("red/red-02.png",)))
    ).matches
    twice = feedback_on(snapshot, ("red/red-02.png", "red/twin.png", "red/red-02.png"))
    assert engine.search(query, SearchOptions(feedback=twice)).matches == once


def test_everything_marked_as_wrong_leaves_nothing(
    engine: ImageSearchEngine, library: Path
) -> None:
    wrong = tuple(image.id for image in engine.require_snapshot().images)
    found = engine.search(
        load_image(library / "red" / "red-00.png").pixels,
        SearchOptions(feedback=Feedback(wrong=wrong)),
    )
    assert (found.matches, found.searched) == ((), 0)


@pytest.mark.parametrize("feedback", [Feedback(("../x.png",)), Feedback((), ("0" * 32,))])
def test_a_mark_on_no_image_of_the_gallery_is_refused(
    feedback: Feedback, engine: ImageSearchEngine, library: Path
) -> None:
    query = load_image(library / "red" / "red-00.png").pixels
    received = repr((feedback.right or feedback.wrong)[0])
    known = engine.require_snapshot().images[0].id
    with pytest.raises(ConfigurationError, match=rf"such as '{known}'\. Received: ") as it:
        engine.search(query, SearchOptions(feedback=feedback))
    assert received in str(it.value)


def test_no_query_and_an_unknown_combination_are_refused(
    engine: ImageSearchEngine, library: Path
) -> None:
    query = load_image(library / "red" / "red-00.png").pixels
    with pytest.raises(ConfigurationError, match="at least one query"):
        engine.search([])
    with pytest.raises(ConfigurationError, match=r"all or any\. Received: combine='some'"):
        engine.search([query, query], SearchOptions(combine="some"))


@pytest.fixture
def features_folder(library: Path, tmp_path: Path) -> Path:
    """An index of the 40 pictures by their colours, for the command line."""
    settings = Settings(features=tmp_path / "features", descriptor="hsv")
    ImageSearchEngine(settings).index(library)
    return tmp_path / "features"


def asked(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:  # type: ignore[type-arg]
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == 0
    answer: dict = json.loads(capsys.readouterr().out)  # type: ignore[type-arg]
    return answer


@pytest.mark.parametrize("combine", ["all", "any"])
def test_command_line_asks_with_several_pictures_and_marks(
    combine: str, features_folder: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queries = [library / "red" / "red-00.png", library / "blue" / "blue-03.jpg"]
    answer = asked(
        capsys,
        "search",
        *queries,
        *("-k", 9, "--features", features_folder, "--combine", combine),
        *("--more", "red/red-01.jpg", "red/red-03.jpg", "--more", "blue/blue-01.jpg"),
        *("--less", "red/red-02.png"),
    )
    assert set(answer) == {"query", "queries", "seconds", "nothing_similar", "matches"}
    # Only a single picture that no marks have moved has the distance of two pictures.
    assert answer["nothing_similar"] is None
    assert answer["query"] == str(queries[0])
    assert answer["queries"] == [str(query) for query in queries]
    engine = ImageSearchEngine(Settings(features=features_folder))
    expected = engine.search(
        [QueryPicture(load_image(query).pixels, image_id(query.read_bytes())) for query in queries],
        SearchOptions(
            k=9,
            combine=combine,
            feedback=feedback_on(
                engine.require_snapshot(),
                ("red/red-01.jpg", "red/red-03.jpg", "blue/blue-01.jpg"),
                ("red/red-02.png",),
            ),
        ),
    )
    for said, match in zip(answer["matches"], expected.matches, strict=True):
        known = {"rank": match.rank, "image": match.image, "distance": match.distance}
        assert said.items() >= known.items()


def test_contact_sheet_shows_all_queries(features_folder: Path, library: Path) -> None:
    sheet = features_folder.parent / "sheet.jpg"
    queries = [str(file) for file in sorted((library / "red").iterdir())[:5]]
    options = ["--features", str(features_folder), "--sheet", str(sheet)]
    assert main(["search", *queries, *options]) == 0
    assert load_image(sheet).width > 1000


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--combine", "some"], "all or any. Received: combine='some'"),
        (["--more", "red/gone.png"], "such as 'blue/blue-00.png'. Received: 'red/gone.png'"),
        (["--less", "/etc/passwd"], "Received: '/etc/passwd'"),
        (["--more", "red/red-01.jpg", "--less", "red/red-01.jpg"], "'red/red-01.jpg' as both"),
        (["nothing.png"], "Received: "),
    ],
)
def test_bad_marks_on_the_command_line_are_one_clear_line(
    arguments: list[str],
    expected: str,
    features_folder: Path,
    library: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = str(library / "red" / "red-00.png")
    assert main(["search", first, *arguments, "--features", str(features_folder)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert expected in captured.err


def test_standard_input_is_one_query_at_most(
    features_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", "-", "-", "--features", str(features_folder)]) == 2
    assert "Received: - more than once" in capsys.readouterr().err


def test_all_marked_as_wrong_says_so(
    features_folder: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = [f"red/{file.name}" for file in (library / "red").iterdir()]
    query = str(library / "red" / "red-00.png")
    options = ["--features", str(features_folder), "--folder", "red"]
    assert main(["search", query, "--less", *wrong, *options]) == 0
    assert "Every image that could be found is marked as wrong" in capsys.readouterr().err


def test_the_same_marks_in_another_order_are_the_same_search(
    engine: ImageSearchEngine, library: Path
) -> None:
    query = load_image(library / "red" / "red-00.png").pixels
    marks = ("red/red-01.jpg", "blue/blue-01.jpg", "green/green-01.jpg")
    snapshot = engine.require_snapshot()
    found = engine.search(query, SearchOptions(feedback=feedback_on(snapshot, marks))).matches
    again = engine.search(query, SearchOptions(feedback=feedback_on(snapshot, marks[::-1]))).matches
    assert again == found


def test_command_line_says_that_nothing_is_similar(
    features_folder: Path, library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asking = ["search", "--features", str(features_folder), "-k", "1"]
    black = tmp_path / "black.png"
    Image.new("RGB", (64, 48)).save(black)
    answer = asked(capsys, *asking, black)
    assert answer["nothing_similar"].endswith(
        "have a nearer neighbour in it than your picture has."
    )
    assert asked(capsys, *asking, library / "red" / "red-00.png")["nothing_similar"] is None
    assert asked(capsys, *asking, black, "--more", "red/red-01.jpg")["nothing_similar"] is None
    assert main([*asking, str(black)]) == 0
    assert f"Nothing is really similar. {answer['nothing_similar']}" in capsys.readouterr().err
