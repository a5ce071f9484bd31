"""Retrieval quality of a gallery: from labels or transformed images to measures with intervals."""

from core.evaluation.chart import measures_chart
from core.evaluation.comparison import (
    BASELINES,
    Comparison,
    Representation,
    compare,
    representation_of,
)
from core.evaluation.held_out import (
    LEAST_IMAGES,
    LEAST_LABELS,
    HeldOutGain,
    LearningGain,
    can_learn,
    evaluate_held_out,
    held_out_gain,
)
from core.evaluation.intervals import Estimate, estimates
from core.evaluation.labelled import BadQuery, Evaluation, evaluate
from core.evaluation.measures import (
    MEASURES,
    R_PRECISION,
    average_precision,
    precision_at,
    r_precision,
    recall_at,
)
from core.evaluation.ranking import rank
from core.evaluation.report import measures_json, measures_table
from core.evaluation.scores import Scorer
from core.evaluation.self_check import (
    DEFAULT_SAMPLE,
    RECALLS,
    SelfCheck,
    self_check,
    transform_images,
)
from core.evaluation.transformations import TRANSFORMATIONS
from core.evaluation.truth import GroundTruth, ground_truth

__all__ = [
    "BASELINES",
    "DEFAULT_SAMPLE",
    "LEAST_IMAGES",
    "LEAST_LABELS",
    "MEASURES",
    "RECALLS",
    "R_PRECISION",
    "TRANSFORMATIONS",
    "BadQuery",
    "Comparison",
    "Estimate",
    "Evaluation",
    "GroundTruth",
    "HeldOutGain",
    "LearningGain",
    "Representation",
    "Scorer",
    "SelfCheck",
    "average_precision",
    "can_learn",
    "compare",
    "estimates",
    "evaluate",
    "evaluate_held_out",
    "ground_truth",
    "held_out_gain",
    "measures_chart",
    "measures_json",
    "measures_table",
    "precision_at",
    "r_precision",
    "rank",
    "recall_at",
    "representation_of",
    "self_check",
    "transform_images",
]
