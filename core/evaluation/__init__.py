"""Retrieval quality of a gallery: from labels or transformed images to measures with intervals."""

from .answers import Answers, Look
from .baselines import BASELINES
from .chart import measures_chart
from .comparing import compare
from .comparison import Comparison, Recommendation
from .curves import RECALL_LEVELS, interpolated_precision
from .held_out import (
    LEAST_IMAGES,
    LEAST_LABELS,
    HeldOutGain,
    LearningGain,
    can_learn,
    evaluate_held_out,
    held_out_gain,
)
from .hubness import Hubness
from .intervals import Estimate, estimates
from .labelled import BadQuery, Evaluation, evaluate
from .measures import (
    MACRO,
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
from .near_copies import KnownCopies
from .query_table import QueryTable
from .randomisation import FLIPS, Difference, differences, randomisation_test
from .ranking import blocks, rank
from .report import measures_json, measures_table
from .representation import Representation, representation_of
from .scores import Scorer
from .self_check import (
    DEFAULT_SAMPLE,
    RECALLS,
    SelfCheck,
    self_check,
    transform_images,
)
from .teacher import Teacher
from .transformations import TRANSFORMATIONS
from .trec import falling, qrel_lines, run_lines
from .truth import GroundTruth, ground_truth

__all__ = [
    "BASELINES",
    "DEFAULT_SAMPLE",
    "FLIPS",
    "LEAST_IMAGES",
    "LEAST_LABELS",
    "MACRO",
    "MEASURES",
    "RECALLS",
    "RECALL_LEVELS",
    "R_PRECISION",
    "TRANSFORMATIONS",
    "Answers",
    "BadQuery",
    "Comparison",
    "Difference",
    "Estimate",
    "Evaluation",
    "GroundTruth",
    "HeldOutGain",
    "Hubness",
    "KnownCopies",
    "LearningGain",
    "Look",
    "QueryTable",
    "Rankings",
    "Recommendation",
    "Representation",
    "Scorer",
    "SelfCheck",
    "Teacher",
    "Values",
    "any_in_first",
    "average_precision",
    "blocks",
    "can_learn",
    "compare",
    "differences",
    "estimates",
    "evaluate",
    "evaluate_held_out",
    "falling",
    "ground_truth",
    "held_out_gain",
    "interpolated_precision",
    "measures_chart",
    "measures_json",
    "measures_table",
    "n_s_score",
    "precision_at",
    "precision_within",
    "qrel_lines",
    "r_precision",
    "randomisation_test",
    "rank",
    "recall_at",
    "representation_of",
    "run_lines",
    "self_check",
    "transform_images",
    "trapezoid_average_precision",
]
