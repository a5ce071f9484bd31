"""How good the answers of a gallery are.

In go a gallery and labels, or changed copies of its images; out come measures with confidence
intervals, side by side for several descriptors.
"""

from core.evaluation.changes import CHANGES
from core.evaluation.chart import measures_chart
from core.evaluation.comparison import BASELINES, Comparison, Way, compare, way_of
from core.evaluation.intervals import Estimate, estimates
from core.evaluation.labelled import BadQuery, Evaluation, evaluate
from core.evaluation.measures import (
    MEASURES,
    average_precision,
    precision_at,
    r_precision,
    recall_at,
)
from core.evaluation.report import measures_json, measures_table
from core.evaluation.self_check import (
    DEFAULT_SAMPLE,
    RECALLS,
    SelfCheck,
    change_images,
    self_check,
)
from core.evaluation.truth import FOLDERS, NAMING_RULES, GroundTruth, ground_truth

__all__ = [
    "BASELINES",
    "CHANGES",
    "DEFAULT_SAMPLE",
    "FOLDERS",
    "MEASURES",
    "NAMING_RULES",
    "RECALLS",
    "BadQuery",
    "Comparison",
    "Estimate",
    "Evaluation",
    "GroundTruth",
    "SelfCheck",
    "Way",
    "average_precision",
    "change_images",
    "compare",
    "estimates",
    "evaluate",
    "ground_truth",
    "measures_chart",
    "measures_json",
    "measures_table",
    "precision_at",
    "r_precision",
    "recall_at",
    "self_check",
    "way_of",
]
