"""How good the answers of a descriptor are, with labels and without."""

from core.evaluation.changes import CHANGES
from core.evaluation.chart import measures_chart
from core.evaluation.intervals import Estimate, estimates
from core.evaluation.labelled import BadQuery, ClassScore, Evaluation, Steps, evaluate
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
    ChangedImages,
    SelfCheck,
    change_images,
    self_check,
)
from core.evaluation.truth import FOLDERS, NAMING_RULES, GroundTruth, ground_truth

__all__ = [
    "CHANGES",
    "DEFAULT_SAMPLE",
    "FOLDERS",
    "MEASURES",
    "NAMING_RULES",
    "RECALLS",
    "BadQuery",
    "ChangedImages",
    "ClassScore",
    "Estimate",
    "Evaluation",
    "GroundTruth",
    "SelfCheck",
    "Steps",
    "average_precision",
    "change_images",
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
]
