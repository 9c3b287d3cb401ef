"""What this module hands to the house."""

from __future__ import annotations

from evaluation import models
from evaluation.api import Evaluations, Reviews
from evaluation.demo import load_demo
from evaluation.notices.reminders import REMINDERS
from evaluation.operations import agencies, followers, results, sheets, verdicts
from evaluation.operations.reference import load_indicator_sets
from evaluation.panels import PANELS, tasks
from evaluation.security import GRID, ROLES
from evaluation.sentences import SENTENCES
from evaluation.states import TONES
from evaluation.views.boards import ReviewBoards, ReviewView
from evaluation.views.evaluation_sheets import EvaluationSheets
from evaluation.views.evaluations import EvaluationView
from evaluation.views.finds import FINDS
from evaluation.views.sets import AgencyView, IndicatorSetView
from evaluation.views.sheets import ReviewSheets
from evaluation.workflows import EVALUATION, REVIEW
from kernel.module import Module, NavItem

DEEDS = (agencies, followers, results, sheets, verdicts)
"""The files that carry out the steps and follow those of projects."""

MODULE = Module(
    name="evaluation",
    depends=("orgs", "grants"),
    pages=(
        ReviewSheets,
        ReviewBoards,
        ReviewView,
        EvaluationView,
        EvaluationSheets,
        IndicatorSetView,
        AgencyView,
    ),
    apis=(Reviews, Evaluations),
    nav=(
        NavItem("My reviews", "ReviewSheets.index", "clipboard-check", "list", "ReviewSheet", order=10),
        NavItem(
            "Expert review", "ReviewBoards.index", "list-ol", "list", "Review", group="Review and evaluation", order=40
        ),
        NavItem("Reviews", "ReviewView.index", "people", "list", "Review", group="Review and evaluation", order=41),
        NavItem(
            "Evaluations",
            "EvaluationView.index",
            "clipboard-check",
            "list",
            "Evaluation",
            group="Review and evaluation",
            order=42,
            also=("EvaluationSheets",),
        ),
        NavItem(
            "Indicator sets",
            "IndicatorSetView.index",
            "diagram-3",
            "list",
            "IndicatorSet",
            group="Review and evaluation",
            order=43,
        ),
        NavItem(
            "Evaluation agencies",
            "AgencyView.index",
            "buildings",
            "list",
            "Agency",
            group="Review and evaluation",
            order=44,
        ),
    ),
    finds=FINDS,
    panels=PANELS,
    tasks=(tasks,),
    workflows=(REVIEW, EVALUATION),
    reminders=REMINDERS,
    roles=ROLES,
    grid=GRID,
    data=(load_indicator_sets,),
    demo=load_demo,
    models=tuple(getattr(models, name) for name in models.__all__ if name != "OVERALL"),
    tones=TONES,
    sentences=SENTENCES,
)
