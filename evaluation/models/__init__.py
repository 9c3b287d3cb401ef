"""Everything that evaluation keeps."""

from __future__ import annotations

from evaluation.models.agencies import Agency, AgencyMember
from evaluation.models.evaluations import Evaluation, EvaluationScore
from evaluation.models.indicators import IndicatorSetRecord
from evaluation.models.reviews import OVERALL, Review, ReviewItem

__all__ = [
    "OVERALL",
    "Agency",
    "AgencyMember",
    "Evaluation",
    "EvaluationScore",
    "IndicatorSetRecord",
    "Review",
    "ReviewItem",
]
