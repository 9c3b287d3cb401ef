"""What the search of the frame finds of reviews and evaluations."""

from __future__ import annotations

from sqlalchemy import literal, select

from evaluation.models import Evaluation, Review
from evaluation.views.evaluations import EvaluationView
from evaluation.views.sheets import ReviewSheets
from grants.models import ApplicationVersion, Project
from kernel.module import Find

FINDS = (
    Find(
        EvaluationView,
        select(Evaluation.id, Project.title, Evaluation.number, Evaluation.project_number).outerjoin(
            Evaluation.project
        ),
    ),
    Find(
        ReviewSheets,
        select(
            Review.id, ApplicationVersion.snapshot["title"].astext, Review.application_number, literal("")
        ).outerjoin(Review.snapshot),
    ),
)
