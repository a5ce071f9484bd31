"""The Quality page as a person meets it, with the real engine and a model that costs nothing."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from core.evaluation import (
    MACRO,
    MEASURES,
    RECALLS,
    TRANSFORMATIONS,
    Estimate,
    Representation,
    SelfCheck,
    evaluate,
    evaluate_held_out,
    ground_truth,
    representation_of,
)
from core.model import Chosen, FitChoice
from core.types import NEIGHBOURHOOD
from core.ui import resources
from core.ui.quality.adoption import lost_copies
from core.ui.sharing import visitor
from tests.fakes import save_kinds, save_picture
from tests.ui.pages import open_page, texts


@pytest.fixture
def indexed(features: Path, library: Path) -> Path:
    """The features folder with an index of forty pictures, a folder for each of four colours."""
    resources.engine().index(library)
    return features


@pytest.fixture
def flat(features: Path, tmp_path: Path) -> Path:
    """Eight pictures in one folder, indexed."""
    folder = tmp_path / "flat"
    for number in range(8):
        save_picture(folder / f"{number}.png", number)
    resources.engine().index(folder)
    return folder


def measured(page: AppTest) -> AppTest:
    page.button(key="start_measure").click().run()
    assert not page.exception
    resources.jobs().quality.wait()
    page.run()
    assert not page.exception
    return page


def curves(page: AppTest) -> dict[str, list[float]]:
    """The precision–recall curves of the page, by what they are of."""
    chart = page.get("vega_lite_chart")[0].proto  # type: ignore[attr-defined]
    rows = convert_arrow_bytes_to_pandas_df(chart.datasets[0].data.data)
    return {
        str(name): rows["Precision"][rows["Representation"] == name].tolist()
        for name in rows["Representation"].unique()
    }


def headers(page: AppTest) -> list[str]:
    return [item.value for item in page.header]


def table(page: AppTest, place: int) -> dict[str, list[object]]:
    content: dict[str, list[object]] = page.dataframe[place].value.to_dict("list")
    return content


def test_without_a_gallery_the_page_leads_to_one(features: Path) -> None:
    page = open_page("quality")
    assert "There is no gallery yet whose quality could be measured" in texts(page)
    assert next(item.value for item in page.subheader) == "Choose a folder"
    assert not features.exists()


def test_first_numbers_are_there_at_once(indexed: Path) -> None:
    page = open_page("quality")
    snapshot = resources.engine().require_snapshot()
    expected = evaluate(snapshot.matrix, ground_truth(snapshot))
    *measures, last = MEASURES
    assert [item.label for item in page.metric] == [*measures, MACRO, last]
    assert [item.value for item in page.metric] == [
        f"{one.mean:.3f}" for one in expected.measures.values()
    ]
    best = expected.measures["mAP"]
    assert page.metric[-1].delta == f"{best.low:.3f} to {best.high:.3f}"
    assert "Asked with 40 pictures, in 4 classes, against all 40." in texts(page)
    assert f"**Hubness** {resources.engine().quality.hubness(snapshot)}." in texts(page)
    assert curves(page) == {"→ rmac, neighbours": list(expected.curve)}
    assert headers(page) == ["By class", "Worst answers"]
    classes = table(page, 0)
    assert sorted(map(str, classes["Class"])) == ["blue", "green", "red", "yellow"]
    assert classes["mAP"] == sorted(classes["mAP"], key=float)  # type: ignore[arg-type]
    cards = page.get("html")[-1].proto.body  # type: ignore[attr-defined]
    assert cards.count("<li>") == 12
    worst = expected.worst[0]
    assert f"Asked with: {worst.image}" in cards
    assert f"/thumbnails/{snapshot.record(worst.image).id}" in cards
    assert f"Closest wrong match: {worst.wrong}" in cards


def test_first_numbers_of_what_is_learnt_from_labels_are_of_held_out_pictures(
    features: Path, tmp_path: Path
) -> None:
    folder = save_kinds(tmp_path / "kinds", count=40, marked=False)
    resources.engine().index(folder, fit="folders")
    page = open_page("quality")
    snapshot, rows = resources.engine().features()
    truth = ground_truth(snapshot)
    expected = evaluate_held_out(rows["rmac"], truth, snapshot.fit.choice).measures["mAP"]
    assert page.metric[-1].value == f"{expected.mean:.3f}"
    assert expected.mean < evaluate(snapshot.matrix, truth).measures["mAP"].mean
    assert "They were held out of what is learnt from labels." in texts(page)


def test_full_measurement_compares_all_and_the_best_is_adopted_by_one_click(
    indexed: Path,
) -> None:
    page = measured(open_page("quality"))
    result = resources.jobs().quality.result("library")
    assert result is not None
    assert headers(page) == [
        "Side by side",
        "By class",
        "Worst answers",
        "Self-check",
    ]
    current = representation_of(resources.engine().require_snapshot())
    assert str(current) == "rmac, neighbours"
    side = table(page, 0)
    # Five descriptors, four fits and two orders.
    assert len(side["Descriptor"]) == len(result.evaluations) == 50
    ways = list(zip(side["Descriptor"], side["Fit"], side["Order"], strict=True))
    assert ("rmac (in use)", "neighbours", "distance") in ways
    assert ("gem", "folders, held out", "neighbourhood") in ways
    assert side["mAP"] == sorted(side["mAP"], key=float, reverse=True)  # type: ignore[arg-type]
    highest = max(one.measures["mAP"].mean for one in result.evaluations.values())
    assert side["mAP"][0] == highest
    beside = result.differences_to(current)
    assert list(side)[3:7] == ["mAP", "gain", "p", MACRO]
    gains = dict(zip(ways, zip(side["gain"], side["p"], side["hubness"], strict=True), strict=True))
    unfitted = Representation("max", FitChoice("none"))
    assert gains["max", "none", "distance"] == (
        beside[unfitted].gain.mean,
        beside[unfitted].p,
        result.hubness[unfitted].skew,
    )
    assert math.isnan(gains["rmac (in use)", "neighbours", "distance"][1])
    expected = {f"→ {current}": list(result.evaluations[current].curve)}
    if better := result.recommendation(current):
        expected[str(better.representation)] = list(result.evaluations[better.representation].curve)
        assert f", p {beside[better.representation].p:.4f})" in texts(page)
    assert curves(page) == expected
    assert "**Held out**: what is learnt from labels" in texts(page)
    assert "The best 12 of 50." in texts(page)
    changes = table(page, 2)
    assert list(changes)[:2] == ["Change", "rmac, neighbours"]
    assert len(changes) == 13

    learnt = FitChoice.of("folders")
    other = Representation("gem", learnt, NEIGHBOURHOOD)
    page.selectbox(key=f"representation beside {current}").select(other).run()
    page.button(key="adopt").click().run()
    assert not page.exception
    resources.jobs().indexing.wait()
    page.run()
    adopted = resources.engine().require_snapshot()
    assert representation_of(adopted) == other
    assert adopted.chosen == Chosen("gem", learnt, "folders", NEIGHBOURHOOD)
    job = resources.jobs().indexing.latest
    assert job is not None and job.result is not None and job.result.extracted == 0
    # What was measured stands: it was of the same pictures.
    assert "gem (in use)" in table(page, 0)["Descriptor"]
    found = result.evaluations[other]
    assert page.metric[-1].value == f"{found.measures['mAP'].mean:.3f}"
    assert "They were held out of what is learnt from labels." in texts(page)
    if better := result.recommendation(other):
        assert f"**{better.representation}** is better for these pictures" in texts(page)
        assert page.button(key="adopt").label == f"Use {better.representation}"
    else:
        assert f"surely better for these pictures than **{other}**, in use." in texts(page)
        assert page.button(key="adopt").disabled


def checked(recall: float) -> SelfCheck:
    estimate = Estimate(recall, recall, recall)
    return SelfCheck(10, {"mirror": dict.fromkeys(RECALLS, estimate)}, ())


def test_copies_that_would_be_lost_are_told() -> None:
    assert lost_copies(checked(0.8), checked(0.95)) == (
        " But changed copies of a picture find it less often: 0.800 instead of 0.950 in the "
        "self-check."
    )
    for after, before in (
        (checked(0.945), checked(0.95)),
        (checked(0.95), checked(0.8)),
        (None, checked(0.9)),
        (checked(0.9), None),
    ):
        assert lost_copies(after, before) == ""


def test_a_baseline_is_adopted(indexed: Path) -> None:
    page = open_page("quality")
    page.checkbox(key="measure_self_check").uncheck().run()
    page.checkbox(key="measure_baselines").check().run()
    page = measured(page)
    colours = Representation("hsv", FitChoice("none"))
    page.selectbox(key="representation beside rmac, neighbours").select(colours).run()
    assert "Every picture is read once for that." in texts(page)
    page.button(key="adopt").click().run()
    assert not page.exception
    resources.jobs().indexing.wait()
    page.run()
    assert representation_of(resources.engine().require_snapshot()) == colours
    assert "hsv (in use)" in table(page, 0)["Descriptor"]


def test_gallery_without_labels_is_measured_by_the_self_check(flat: Path) -> None:
    page = open_page("quality")
    assert "These pictures have no labels to measure by" in texts(page)
    assert len(page.metric) == 0
    page = measured(page)
    assert headers(page) == ["Side by side", "Self-check"]
    assert list(table(page, 0)) == ["Descriptor", "Fit", "Order", "self-check", "hubness"]
    assert list(table(page, 1)["Change"]) == list(TRANSFORMATIONS)
    assert len(table(page, 1)["rmac, neighbours"]) == len(TRANSFORMATIONS)


def test_nothing_to_measure_by_is_told(flat: Path) -> None:
    page = open_page("quality")
    page.checkbox(key="measure_self_check").uncheck().run()
    page.button(key="start_measure").click().run()
    # It fails so soon that either run of the page may be the first one after that.
    told = texts(page)
    resources.jobs().quality.wait()
    page.run()
    assert "try the self-check, which needs no labels" in told + texts(page)
    assert headers(page) == []


def test_labels_come_from_a_file(flat: Path, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("image,label\n" + "".join(f"{n}.png,{'ab'[n % 2]}\n" for n in range(8)))
    page = open_page("quality")
    page.selectbox(key="labels").select("file").run()
    assert "Type where the label file is." in texts(page)
    page.text_input(key="label_file").set_value(str(tmp_path / "none.csv")).run()
    assert "The labels cannot be read: expected one of folders" in texts(page)
    page.text_input(key="label_file").set_value(str(file)).run()
    assert "Asked with 8 pictures, in 2 classes, against all 8." in texts(page)
    page = measured(page)
    assert len(page.metric) == len(MEASURES) + 1
    result = resources.jobs().quality.result("flat")
    assert result is not None
    assert result.truth.labels == tuple("abababab")


def test_result_of_other_pictures_is_not_shown(indexed: Path, library: Path) -> None:
    page = measured(open_page("quality"))
    save_picture(library / "red" / "new.png", 4711)
    resources.engine().index(library)
    page.run()
    assert not page.exception
    assert "The gallery has changed since it was measured: measure again." in texts(page)
    assert headers(page) == ["By class", "Worst answers"]


@pytest.fixture
def held(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Features of the index come only when this is set."""
    go, engine = threading.Event(), resources.engine()
    real = engine.features

    def features(gallery: str | None, **options: Any) -> object:
        go.wait()
        return real(gallery, **options)

    monkeypatch.setattr(engine, "features", features)
    yield go
    go.set()


def test_progress_and_cancel(held: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page("quality")
    page.button(key="start_measure").click().run()
    assert "**Measuring**" in texts(page)
    # The panel is that of every task, so of drawing a map and of finding duplicates, too.
    with monkeypatch.context() as visiting:
        visiting.setattr(visitor, "is_owner", lambda: False)
        page.button(key="cancel_measuring").click().run()
    task = resources.jobs().quality.latest
    assert task is not None
    assert not task.stopping
    page.run()
    page.button(key="cancel_measuring").click().run()
    assert page.button(key="cancel_measuring").disabled
    held.set()
    resources.jobs().quality.wait()
    page.run()
    assert "Stopped: the last result stands." in texts(page)
    assert not page.button(key="start_measure").disabled


def test_descriptor_that_is_set_from_outside_is_not_chosen_here(
    features: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_DESCRIPTOR", "max")
    resources.engine.clear()
    resources.engine().index(library)
    page = measured(open_page("quality"))
    assert "The descriptor is set from outside" in texts(page)
    assert not [item for item in page.button if item.key == "adopt"]


def test_page_is_for_the_owner(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "is_owner", lambda: False)
    page = open_page("quality")
    assert texts(page) == "This page is for the owner of the gallery. You can search it."
    assert len(page.metric) == 0
