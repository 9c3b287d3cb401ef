"""What evaluation does when a project asks to be evaluated, and when two files of an organization are made one."""

from __future__ import annotations

from evaluation.models import Evaluation
from evaluation.operations.evaluations import plan_evaluation
from evaluation.states import EvaluationKind
from grants.models import Project
from grants.workflows.projects import PROJECT
from kernel.actor import Actor
from kernel.words import Sentence
from orgs.models import OrganizationMerge
from orgs.operations.carrying import bring_over
from orgs.queries import counts, followers_in
from orgs.workflows import ORGANIZATION_MERGE

counts({Evaluation: Sentence("Evaluations")})


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


@ORGANIZATION_MERGE.after("approve")
def bring_evaluations_over(merge: OrganizationMerge, *, actor: Actor) -> None:
    """Evaluations follow the organization whose projects they are of."""
    bring_over(followers_in("evaluation.models"), merged_id=merge.merged_id, survivor_id=merge.survivor_id)
