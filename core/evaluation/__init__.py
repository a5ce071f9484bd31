"""Retrieval quality of a gallery: from labels or transformed images to measures with intervals."""

from .chart import measures_chart
from .comparison import (
    BASELINES,
    Comparison,
    Recommendation,
    Representation,
    compare,
    representation_of,
)
from .held_out import (
    LEAST_IMAGES,
    LEAST_LABELS,
    HeldOutGain,
    LearningGain,
    can_learn,
    evaluate_held_out,
    held_out_gain,
)
from .intervals import Estimate, estimates
from .labelled import BadQuery, Evaluation, evaluate
from .measures import (
    MEASURES,
    R_PRECISION,
    average_precision,
    precision_at,
    r_precision,
    recall_at,
)
from .near_copies import KnownCopies
from .ranking import rank
from .report import measures_json, measures_table
from .scores import Scorer
from .self_check import (
    DEFAULT_SAMPLE,
    RECALLS,
    SelfCheck,
    self_check,
    transform_images,
)
from .transformations import TRANSFORMATIONS
from .truth import GroundTruth, ground_truth

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
    "KnownCopies",
    "LearningGain",
    "Recommendation",
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
