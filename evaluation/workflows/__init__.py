"""How reviews and evaluations live: the tables of their steps."""

from __future__ import annotations

from evaluation.workflows.evaluations import EVALUATION
from evaluation.workflows.reviews import REVIEW

__all__ = ["EVALUATION", "REVIEW"]
