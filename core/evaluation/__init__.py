"""Retrieval quality of a gallery: from labels or transformed images to measures with intervals."""

from .chart import measures_chart
from .comparison import (
    BASELINES,
    Comparison,
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
    Rankings,
    Values,
    any_in_first,
    average_precision,
    n_s_score,
    precision_at,
    precision_within,
    r_precision,
    recall_at,
    trapezoid_average_precision,
)
from .ranking import blocks, rank
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
    "LearningGain",
    "Rankings",
    "Representation",
    "Scorer",
    "SelfCheck",
    "Values",
    "any_in_first",
    "average_precision",
    "blocks",
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
    "n_s_score",
    "precision_at",
    "precision_within",
    "r_precision",
    "rank",
    "recall_at",
    "representation_of",
    "self_check",
    "transform_images",
    "trapezoid_average_precision",
]
