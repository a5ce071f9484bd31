"""The fit of a gallery on the Index page, with the real engine and a model that costs nothing."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets import remember, remembered_labels
from core.evaluation import ground_truth, held_out_gain
from core.feature_store import IndexSnapshot
from core.model import CENTRE, fitting, selection
from core.types import IndexReport, ProgressCallback
from core.ui import resources
from core.ui.sharing import visitor
from tests.fakes import save_kinds, save_picture
from tests.ui.conftest import SECONDS
from tests.ui.pages import PAGES, open_page, texts

NAMES = ["None", "Centre", "Learn from neighbours (in use)", "Whiten", "Learn from my folders"]
CHANGED = "**Answers now learn from each picture's neighbours**"


@pytest.fixture
def indexed(features: Path, library: Path) -> Path:
    """The library of forty pictures, a folder for each of four colours, with its index."""
    resources.engine().index(library)
    return library


@pytest.fixture
def older(features: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eighty pictures, indexed while the default was to centre them."""
    # So that pictures as alike as these teach.
    monkeypatch.setattr(fitting, "SAME_PICTURE", 1.0)
    for number in range(40):
        save_picture(library / "more" / f"{number}.png", 900 + number)
    with monkeypatch.context() as patch:
        patch.setattr(selection, "DEFAULT_FIT", CENTRE)
        resources.engine().index(library)
    assert snapshot().fit.choice.kind == CENTRE
    return library


def keys(page: AppTest) -> list[str | None]:
    return [item.key for item in page.button]


def choose(page: AppTest, fit: str) -> AppTest:
    page.radio[0].set_value(fit).run()
    assert not page.exception
    return page


def use(page: AppTest) -> AppTest:
    page.button(key="use_fit").click().run()
    assert not page.exception
    resources.jobs().indexing.wait()
    return page.run()


def measure(page: AppTest) -> AppTest:
    page.button(key="measure_gain").click().run()
    assert not page.exception
    resources.jobs().quality.wait()
    page.run()
    assert not page.exception
    return page


def snapshot() -> IndexSnapshot:
    return resources.engine().require_snapshot()


def test_fit_is_shown_and_another_one_is_one_click_without_reading_a_picture(indexed: Path) -> None:
    page = open_page("index")
    assert list(page.radio[0].options) == NAMES
    assert page.radio[0].value == "neighbours"
    assert {item.label: item.value for item in page.metric}["Fit"] == "Neighbours"
    assert "- Fit: neighbours" in texts(page)
    assert "use_fit" not in keys(page)
    for number, (fit, name) in enumerate([("whiten", "whiten 256"), ("none", "none")], 2):
        use(choose(page, fit))
        job = resources.jobs().indexing.latest
        assert job is not None and job.result is not None
        assert (job.result.extracted, job.result.generation) == (0, number)
        assert str(snapshot().fit.choice) == name
        assert page.radio[0].value == fit
        assert f"- Fit: {name}" in texts(page)


def press(page: AppTest, key: str) -> IndexReport:
    """Press a button that starts an indexing run; what the run reports."""
    next(item for item in page.button if key in (item.key, item.label)).click().run()
    resources.jobs().indexing.wait()
    page.run()
    assert not page.exception
    job = resources.jobs().indexing.latest
    assert job is not None and isinstance(job.result, IndexReport)
    return job.result


def test_a_new_default_is_told_until_it_is_taken_back_by_one_click(older: Path) -> None:
    page = open_page("index")
    assert CHANGED not in texts(page)
    updated = press(page, "Update")
    assert (updated.fit_before, updated.fit, updated.extracted) == ("centre", "neighbours", 0)
    for shown in (page, open_page("index")):
        assert CHANGED in texts(shown)
        assert "take_fit_back" in keys(shown)
    taken_back = press(page, "take_fit_back")
    assert (taken_back.fit, taken_back.extracted) == ("centre", 0)
    # It is a choice now, which stays.
    for shown in (page, open_page("index")):
        assert CHANGED not in texts(shown)
        assert "take_fit_back" not in keys(shown)
    assert press(page, "Update").fit == "centre"
    assert CHANGED not in texts(page)


def test_a_new_default_is_told_until_another_run(older: Path) -> None:
    resources.engine().index(older)
    assert CHANGED in texts(open_page("index"))
    resources.engine().index(older)
    assert CHANGED not in texts(open_page("index"))
    assert snapshot().fit.choice.kind == "neighbours"


@pytest.mark.parametrize("pictures", [40, 80])
def test_where_nothing_changes_nothing_is_told(
    pictures: int, older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if pictures == 40:
        # Too few: centred now as then.
        shutil.rmtree(older / "more")
        with monkeypatch.context() as patch:
            patch.setattr(selection, "DEFAULT_FIT", CENTRE)
            resources.engine().index(older)
        resources.engine().index(older)
        assert {item.label: item.value for item in open_page("index").metric}["Fit"] == (
            "Neighbours"
        )
    else:
        resources.engine().index(older, fit="centre")
        resources.engine().index(older)
        assert snapshot().fit.choice.kind == "centre"
    assert CHANGED not in texts(open_page("index"))


def test_learning_from_folders_is_measured_on_held_out_pictures_before_it_is_chosen(
    indexed: Path,
) -> None:
    page = choose(open_page("index"), "folders")
    assert page.button(key="use_fit").disabled
    assert "Measure first what it gains." in texts(page)
    measure(page)
    before, features = resources.engine().features()
    expected = held_out_gain(features[before.space.descriptor], ground_truth(before))
    told = texts(page)
    for evaluation in (expected.label_free, expected.learnt):
        assert f"{evaluation.measures['mAP'].mean:.3f}" in told
    gain = expected.gain
    assert f"{gain.mean:+.3f} (95 % confidence interval {gain.low:+.3f} to {gain.high:+.3f})" in (
        told
    )
    assert not page.button(key="use_fit").disabled
    use(page)
    after = snapshot()
    assert (str(after.fit.choice), after.chosen.labels) == ("folders", "folders")
    assert page.radio[0].value == "folders"
    # It stands: the pictures are the same.
    assert f"{gain.mean:+.3f}" in texts(page)


def test_gain_that_is_sure_preselects_learning(features: Path, tmp_path: Path) -> None:
    resources.engine().index(save_kinds(tmp_path / "kinds", count=80, marked=True))
    page = measure(open_page("index"))
    assert "**Learning from your folders helps here.**" in texts(page)
    assert page.radio[0].value == "folders"
    assert page.button(key="use_fit").label == "Use: Learn from my folders"
    # Once it is in use, there is nothing better to choose.
    use(page)
    assert page.radio[0].value == "folders"
    assert "use_fit" not in keys(page)


def test_folders_that_say_nothing_are_told_and_not_preselected(
    features: Path, tmp_path: Path
) -> None:
    resources.engine().index(save_kinds(tmp_path / "kinds", count=80, marked=False))
    page = measure(open_page("index"))
    assert "**Learning from your folders does not help here.**" in texts(page)
    assert page.radio[0].value == "neighbours"
    assert "use_fit" not in keys(page)
    # Whoever wants it all the same may.
    assert not choose(page, "folders").button(key="use_fit").disabled


def test_few_folders_or_pictures_teach_nothing(features: Path, photos: Path) -> None:
    resources.engine().index(photos)
    page = open_page("index")
    assert list(page.radio[0].options) == NAMES[:4]
    assert "needs at least 2 folders with at least 10 pictures each" in texts(page)
    assert "measure_gain" not in keys(page)


def test_gain_of_other_pictures_is_not_shown(indexed: Path) -> None:
    page = measure(open_page("index"))
    assert "held out of it, the mAP is" in texts(page)
    save_picture(indexed / "red" / "new.png", 4711)
    resources.engine().index(indexed)
    page.run()
    assert "held out of it, the mAP is" not in texts(page)
    assert "measure_gain" in keys(page)


def test_measurement_shows_its_progress_and_is_cancelled(
    indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, engine = threading.Event(), resources.engine()
    real = engine.features

    def features(gallery: str | None, *, progress: ProgressCallback) -> object:
        go.wait()
        return real(gallery, progress=progress)

    monkeypatch.setattr(engine, "features", features)
    page = open_page("index")
    page.button(key="measure_gain").click().run()
    assert "**Measuring**" in texts(page)
    assert "measure_gain" not in keys(page)
    page.button(key="cancel_measuring").click().run()
    go.set()
    resources.jobs().quality.wait()
    page.run()
    assert "Stopped: nothing was measured." in texts(page)
    assert "measure_gain" in keys(page)


def test_labels_of_the_gallery_are_what_is_learnt_from(indexed: Path, tmp_path: Path) -> None:
    paths = [image.path for image in snapshot().images]
    file = tmp_path / "labels.csv"
    lines = [f"{path},{'ab'[number % 2]}" for number, path in enumerate(paths)]
    file.write_text("\n".join(["image,label", *lines]))
    resources.engine().index(indexed, labels=str(file))
    page = measure(open_page("index"))
    found = resources.jobs().quality.gain("library")
    assert found is not None
    assert found.held_out.learnt.classes == 2
    use(choose(page, "folders"))
    assert snapshot().chosen.labels == str(file)
    file.unlink()
    page = open_page("index")
    assert page.radio[0].value == "folders"
    assert "needs at least 2 folders" in texts(page)


def test_remembered_marks_teach_the_gallery(indexed: Path) -> None:
    kinds = {path.parent.name for path in indexed.rglob("*.png")}
    right, wrong = sorted(kinds)[:2]
    ids = {
        kind: [image.id for image in snapshot().images if image.path.startswith(kind)]
        for kind in (right, wrong)
    }
    search = AppTest.from_file(PAGES / "search.py", default_timeout=SECONDS)
    search.query_params["image"] = ids[right][0]
    search.query_params["right"], search.query_params["wrong"] = ids[right], ids[wrong]
    search.run()
    search.text_input(key="remembered_name").set_value("mine")
    search.button(key="remember").click().run()
    assert not search.exception
    assert f"Remembered as **mine**: {len(ids[right])} right, {len(ids[wrong])} wrong." in (
        texts(search)
    )

    page = open_page("index")
    sources = page.radio[0]
    assert (sources.label, sources.value) == ("Learn from", "folders")
    marks = next(name for name in map(str, sources.options) if "marks" in name)
    sources.set_value(labels_file()).run()
    assert marks == "My remembered marks"
    page = measure(page)
    fits = page.radio[1]
    assert fits.options[-1] == "Learn from my marks"
    fits.set_value("folders").run()
    use(page)
    assert (snapshot().chosen.labels, snapshot().generation) == (labels_file(), 2)
    # Marks that are added teach it once it learns anew.
    learnt = snapshot().fit.axes
    other = next(path for path in snapshot().images.paths if not path.startswith((right, wrong)))
    remember(Path(labels_file()), "mine", [other])
    measure(page.run())
    page.button(key="learn_anew").click().run()
    resources.jobs().indexing.wait()
    assert snapshot().generation == 3
    assert not np.array_equal(snapshot().fit.axes, learnt)


def labels_file() -> str:
    return str(remembered_labels(resources.engine().settings.features, "library"))


def test_fit_that_is_set_from_outside_is_not_chosen_here(
    features: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_FIT", "none")
    resources.engine.clear()
    resources.engine().index(library)
    page = open_page("index")
    assert "It is set from outside, to **none**" in texts(page)
    assert len(page.radio) == 0


def visitor_measures() -> None:
    from core.ui.library import start_measurement
    from core.ui.resources import jobs

    start_measurement(lambda: jobs().quality.measure_gain("library"))


def test_measurement_refuses_a_visitor_whoever_starts_it(
    indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "is_owner", lambda: False)
    page = AppTest.from_function(visitor_measures, default_timeout=SECONDS).run()
    assert not page.exception
    assert [item.value[:34] for item in page.error] == ["Expected the owner of the gallery."]
    assert resources.jobs().quality.latest is None
