"""How scores are made and add up: exact fractions inside, rounded half up to two places once, at the end.

`reviews` experts on applications · `indicators` sets of weighted items · `marks` one answer · `sheets` all answers
of a sheet · `results` grades, composites, raters, satisfaction · `numbers` exactness and rounding.
"""

from evaluation.scoring.indicators import Indicator, IndicatorSet, item_problems, set_problems
from evaluation.scoring.marks import Answer, answer_problem, needs_reason
from evaluation.scoring.numbers import exact, shown
from evaluation.scoring.results import (
    Composite,
    Satisfaction,
    Weighed,
    composite,
    grade_of,
    satisfaction,
    weigh_raters,
)
from evaluation.scoring.reviews import Candidate, Place, ReviewScore, ranked, review_score
from evaluation.scoring.sheets import Scored, SheetScore, score_sheet

__all__ = [
    "Answer",
    "Candidate",
    "Composite",
    "Indicator",
    "IndicatorSet",
    "Place",
    "ReviewScore",
    "Satisfaction",
    "Scored",
    "SheetScore",
    "Weighed",
    "answer_problem",
    "composite",
    "exact",
    "grade_of",
    "item_problems",
    "needs_reason",
    "ranked",
    "review_score",
    "satisfaction",
    "score_sheet",
    "set_problems",
    "shown",
    "weigh_raters",
]
