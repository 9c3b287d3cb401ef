"""The states and coded words of reviews and evaluations, and the named sets of them."""

from __future__ import annotations

from kernel.choices import Coded, Tones, tones_of
from orgs.states import Grade as Grade


class ReviewState(Coded):
    """Where one expert's review of one application stands."""

    ASSIGNED = "assigned", "Assigned", "bud", "clock-history"
    ACCEPTED = "accepted", "Recusal statement made", "info", "unlock"
    SCORING = "scoring", "Being scored", "leaf", "play-circle-fill"
    HANDED_IN = "handed_in", "Handed in", "info", "send-check"
    SEALED = "sealed", "Sealed", "ok", "check-circle-fill"
    RECUSED = "recused", "Recused", "idle", "dash-circle"
    REPLACED = "replaced", "Replaced", "idle", "dash-circle"


class EvaluationKind(Coded):
    """Which evaluation it is."""

    SELF = "self", "Self-evaluation"
    MIDTERM = "midterm", "Mid-term evaluation"
    FINAL = "final", "Final evaluation"
    FOLLOW_UP = "follow_up", "Follow-up evaluation"
    VERIFICATION = "verification", "Verification"


class EvaluationState(Coded):
    """Where an evaluation stands."""

    PLANNED = "planned", "Waiting to be assigned", "idle", "circle"
    ASSIGNED = "assigned", "Assigned", "bud", "clock-history"
    SELF_REPORT = "self_report", "Self-report being written", "leaf", "play-circle-fill"
    DESK = "desk", "Documents being read", "info", "file-earmark-text"
    VISIT = "visit", "On site", "info", "people"
    SCORING = "scoring", "Being scored", "leaf", "play-circle-fill"
    COUNTERSIGN = "countersign", "Second signature in the agency", "bud", "clock-history"
    HANDED_IN = "handed_in", "Handed in", "info", "send-check"
    CONFIRMED = "confirmed", "Confirmed by the Centre", "info", "check-circle"
    TOLD = "told", "Told to the organization", "leaf", "broadcast"
    OBJECTED = "objected", "Objected to", "bad", "exclamation-octagon-fill"
    RECHECK = "recheck", "Being checked again", "bud", "clock-history"
    FINAL = "final", "Result final", "ok", "check-circle-fill"
    LATE_FAILED = "late_failed", "Failed for a late self-report", "bad", "x-octagon-fill"


class IndicatorKind(Coded):
    """How an indicator comes to its score; a group is the sum of its children."""

    GROUP = "group", "Group of indicators"
    CHECKLIST = "checklist", "Checklist"
    THRESHOLD = "threshold", "Steps of a ratio"
    PROPORTIONAL = "proportional", "In proportion to the target"
    OVER_TARGET = "over_target", "In proportion, explained above the target"
    BAND3 = "band3", "Three bands"
    DEDUCT = "deduct", "Full marks less deductions"
    DIRECT = "direct", "Scored by hand"
    BONUS = "bonus", "Bonus"
    PENALTY = "penalty", "Penalty"
    VETO = "veto", "Veto item"


class ScoreColumn(Coded):
    """The three columns that a rating form keeps; none overwrites another."""

    SELF = "self", "Self-evaluation"
    PANEL = "panel", "Evaluation panel"
    COMMITTEE = "committee", "Evaluation committee"


class Rater(Coded):
    """Whose view a part of a result is, with a weight of its own."""

    THIRD_PARTY = "third_party", "Third party"
    DEMAND_SIDE = "demand_side", "Demand side"
    SATISFACTION = "satisfaction", "Satisfaction of participants"


class TieBreak(Coded):
    """What put one application before another."""

    SCORE = "score", "Score"
    RATING = "rating", "Valid rating"
    PAST_GRADE = "past_grade", "Grade of the last project"
    FEASIBILITY = "feasibility", "Score for feasibility"
    LOT = "lot", "Drawn by lot"


# A reviewer sees the application in these, and no longer once it is handed in.
REVIEW_IN_HAND = frozenset({ReviewState.ASSIGNED, ReviewState.ACCEPTED, ReviewState.SCORING})
REVIEW_COUNTED = frozenset({ReviewState.HANDED_IN, ReviewState.SEALED})
REVIEW_LEFT = frozenset({ReviewState.RECUSED, ReviewState.REPLACED})

# An evaluator sees the project in these, and no longer once it is handed in; a recheck opens it again.
EVALUATION_IN_HAND = frozenset(
    {
        EvaluationState.ASSIGNED,
        EvaluationState.SELF_REPORT,
        EvaluationState.DESK,
        EvaluationState.VISIT,
        EvaluationState.SCORING,
        EvaluationState.COUNTERSIGN,
        EvaluationState.RECHECK,
    }
)
ADJUSTMENTS = frozenset({IndicatorKind.BONUS, IndicatorKind.PENALTY})

TONES: Tones = tones_of(ReviewState, EvaluationState, Grade)
