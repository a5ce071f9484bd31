"""Measures as CSV, as JSON and as a chart."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from core.evaluation import (
    MACRO,
    MEASURES,
    RECALLS,
    Estimate,
    Evaluation,
    GroundTruth,
    SelfCheck,
    evaluate,
    measures_chart,
    measures_json,
    measures_table,
)
from core.model.pooling import l2_normalise
from core.types import Skipped

CHECK = SelfCheck(
    images=7,
    recalls={"mirror": {"recall@1": Estimate(0.5, 0.25, 0.75), "recall@30": Estimate(1, 1, 1)}},
    skipped=(Skipped("a.jpg", "gone"),),
)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    matrix = l2_normalise(np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32))
    labels = tuple(["=SUM(A1)", "roses/red"][row % 2] for row in range(40))
    names = tuple(f"{row:02}.jpg" for row in range(40))
    return evaluate(matrix, GroundTruth(names, labels, names))


def test_table_has_a_line_for_the_gallery_each_class_and_each_transformation(
    evaluation: Evaluation,
) -> None:
    content = measures_table({"gem": evaluation, "hsv": evaluation}, {"gem": CHECK})
    lines = list(csv.DictReader(io.StringIO(content.decode())))
    assert [(line["descriptor"], line["of"], line["name"]) for line in lines] == [
        ("gem", "gallery", ""),
        ("gem", "class", "./=SUM(A1)"),
        ("gem", "class", "roses/red"),
        ("hsv", "gallery", ""),
        ("hsv", "class", "./=SUM(A1)"),
        ("hsv", "class", "roses/red"),
        ("gem", "change", "mirror"),
    ]
    assert [line["queries"] for line in lines] == ["40", "20", "20", "40", "20", "20", "7"]
    for name in MEASURES:
        one = evaluation.measures[name]
        cells = [float(lines[0][f"{name}{end}"]) for end in ("", " low", " high")]
        assert cells == pytest.approx([one.mean, one.low, one.high], abs=1e-6)
        by_class = evaluation.per_class[1].measures[name]
        assert float(lines[2][name]) == pytest.approx(by_class, abs=1e-6)
        assert lines[2][f"{name} low"] == lines[6][name if name not in RECALLS else "mAP"] == ""
    change = lines[6]
    assert float(change["recall@1"]) == 0.5
    assert float(change["recall@1 low"]) == 0.25
    assert float(change["recall@30"]) == 1
    assert lines[0]["recall@1"] == ""


def test_classes_together_are_the_gallery(evaluation: Evaluation) -> None:
    for name in MEASURES:
        weighted = sum(part.measures[name] * part.queries for part in evaluation.per_class)
        assert weighted / evaluation.queries == pytest.approx(evaluation.measures[name].mean)
    means = [part.measures["mAP"] for part in evaluation.per_class]
    assert evaluation.measures[MACRO].mean == pytest.approx(sum(means) / len(means))


def test_json_has_the_measures(evaluation: Evaluation) -> None:
    content = json.loads(json.dumps(measures_json(evaluation, CHECK)))
    assert content["queries"] == 40
    assert content["mAP"] == evaluation.measures["mAP"].mean
    assert content["intervals"]["mAP"] == [
        evaluation.measures["mAP"].low,
        evaluation.measures["mAP"].high,
    ]
    assert content["per_class"][1]["label"] == "roses/red"
    assert content[MACRO] == evaluation.measures[MACRO].mean
    assert content["precision_recall"] == list(evaluation.curve)
    assert content["worst"][0]["image"] == evaluation.worst[0].image
    assert content["self_check"] == {
        "images": 7,
        "changes": {
            "mirror": {
                "recall@1": 0.5,
                "recall@30": 1,
                "intervals": {"recall@1": [0.25, 0.75], "recall@30": [1, 1]},
            }
        },
        "skipped": [{"image": "a.jpg", "reason": "gone"}],
    }
    assert set(measures_json(None, CHECK)) == {"self_check"}
    assert "self_check" not in measures_json(evaluation, None)


def test_chart_has_a_dot_where_each_mean_is() -> None:
    low, high = ({"mAP": Estimate(mean, mean, mean)} for mean in (0.0, 1.0))
    dots = {}
    for name, measures in (("low", low), ("high", high)):
        with Image.open(io.BytesIO(measures_chart("t" * 300, {"gem": measures}))) as chart:
            assert chart.format == "PNG"
            pixels = np.asarray(chart.convert("RGB")).astype(int)
        red = (pixels[..., 0] > 140) & (pixels[..., 1] < 90)
        dots[name] = np.flatnonzero(red.any(axis=0)).mean()
        grid = np.flatnonzero((pixels == (0xE4, 0xDE, 0xD8)).all(axis=2).mean(axis=0) > 0.2)
        assert dots[name] == pytest.approx(grid[0] if name == "low" else grid[-1], abs=2)
    assert dots["low"] < dots["high"]


def test_chart_grows_with_the_number_of_descriptors() -> None:
    of_one = {name: Estimate(0.5, 0.4, 0.6) for name in MEASURES}
    heights = []
    for names in (["gem"], ["gem", "hsv", "crow"]):
        with Image.open(io.BytesIO(measures_chart("q", dict.fromkeys(names, of_one)))) as chart:
            heights.append(chart.height)
    assert heights[1] > heights[0]
