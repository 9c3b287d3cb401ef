"""What evaluation does when a project asks to be evaluated."""

from __future__ import annotations

from evaluation.operations.evaluations import plan_evaluation
from evaluation.states import EvaluationKind
from grants.models import Project
from grants.workflows.projects import PROJECT
from kernel.actor import Actor


@PROJECT.after("start_midterm")
def plan_midterm(project: Project, *, actor: Actor) -> None:
    """A project at half time gets its mid-term evaluation."""
    plan_evaluation(project, EvaluationKind.MIDTERM, actor=actor)


@PROJECT.after("rectified")
def plan_midterm_again(project: Project, *, actor: Actor) -> None:
    """What was put right is evaluated again."""
    plan_evaluation(project, EvaluationKind.MIDTERM, actor=actor)


@PROJECT.after("start_final")
def plan_final(project: Project, *, actor: Actor) -> None:
    """A project that has ended gets its final evaluation."""
    plan_evaluation(project, EvaluationKind.FINAL, actor=actor)
