"""What is handed in during delivery: activities, milestones, reports and expenses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from grants.models import Activity, Milestone, Project, Report
from grants.queries.projects import open_report, reached_by
from grants.rules.delivery import (
    activity_is_open,
    delivers,
    held_within_the_project,
    hours_are_possible,
    may_report,
    people_add_up,
    report_is_new,
    report_is_open,
)
from grants.states import MilestoneState, ReportKind
from grants.workflows.delivery import ACTIVITY, REPORT
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import now, today
from kernel.db import db
from kernel.errors import Invalid
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if

ACTIVITY.govern(Activity)
REPORT.govern(Report)

Theme = Annotated[str, Ask("Theme", most=200)]
HeldOn = Annotated[date, Ask("Day")]
Place = Annotated[str, Ask("Place", most=200)]
ServiceType = Annotated[str, Ask("Kind of service", "Lecture, group, visit, counselling and the like.", most=60)]
People = Annotated[int, Ask("People present", "Each person counted once.")]
NewPeople = Annotated[int, Ask("New people", "Of these, how many came to this project for the first time.")]
PersonTimes = Annotated[int, Ask("Person-times", "Each attendance counted; never fewer than people.")]
Hours = Annotated[Decimal, Ask("Hours", "With one decimal place, such as 1.5.")]
Reflection = Annotated[str, Ask("Reflection", "What worked, what to change. No names of people served.", long=True)]


@deed("record", "Activity")
def record_activity(
    project: Project,
    *,
    actor: Actor,
    theme: Theme,
    held_on: HeldOn,
    place: Place,
    people: People,
    new_people: NewPeople,
    person_times: PersonTimes,
    hours: Hours,
    service_type: ServiceType = "",
    reflection: Reflection = "",
) -> Activity:
    """Record one activity as it took place; it counts at once, until it is sent back.

    Raises Invalid with every field that cannot be, Refused when the project does not run.
    """
    lock(project)
    refuse_if(delivers(project))
    _check_activity(project, held_on, people, new_people, person_times, hours)
    activity = Activity(
        project_id=project.id,
        project=project,
        organization_id=project.organization_id,
        theme=theme,
        held_on=held_on,
        place=place,
        service_type=service_type,
        people=people,
        new_people=new_people,
        person_times=person_times,
        hours=hours,
        reflection=reflection,
    )
    db.session.add(activity)
    db.session.flush()
    ACTIVITY["record"](activity, actor=actor)
    return activity


@deed("record", "Activity")
def change_activity(
    activity: Activity,
    *,
    actor: Actor,
    theme: Theme,
    held_on: HeldOn,
    place: Place,
    people: People,
    new_people: NewPeople,
    person_times: PersonTimes,
    hours: Hours,
    service_type: ServiceType = "",
    reflection: Reflection = "",
) -> Activity:
    """Mend a record that was sent back, and hand it in again."""
    lock(activity)
    refuse_if(activity_is_open(activity))
    _check_activity(activity.project, held_on, people, new_people, person_times, hours)
    activity.theme, activity.held_on, activity.place = theme, held_on, place
    activity.people, activity.new_people, activity.person_times = people, new_people, person_times
    activity.hours, activity.service_type, activity.reflection = hours, service_type, reflection
    db.session.flush()
    ACTIVITY["record"](activity, actor=actor)
    return activity


def _check_activity(
    project: Project, held_on: date, people: int, new_people: int, person_times: int, hours: Decimal
) -> None:
    problems = people_add_up(people, new_people, person_times)
    if told := held_within_the_project(project, held_on):
        problems["held_on"] = told
    if told := hours_are_possible(hours):
        problems["hours"] = told
    if problems:
        raise Invalid({name: [sentence] for name, sentence in problems.items()})


@ACTIVITY.step("record")
def hand_in_activity(activity: Activity, *, actor: Actor) -> None:
    activity.recorded_by_id = actor.user_id


@ACTIVITY.step("accept")
def accept_activity(activity: Activity, *, actor: Actor) -> None:
    """Find a record in order."""


@ACTIVITY.step("send_back")
def send_back_activity(activity: Activity, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True)]) -> None:
    activity.return_reason = reason


@ACTIVITY.after("record")
@ACTIVITY.after("send_back")
def count_what_was_reached(activity: Activity, *, actor: Actor) -> None:
    """Add the project's activities anew, under the project's lock."""
    project = activity.project
    lock(project)
    project.people_reached, project.person_times_reached, project.sessions_reached = reached_by(project.id)
    db.session.flush()


@deed("reach", "Milestone")
def reach_milestone(
    milestone: Milestone,
    *,
    actor: Actor,
    reached_on: Annotated[date, Ask("Reached on")],
    note: Annotated[str, Ask("Note", long=True)] = "",
) -> None:
    """Mark a milestone of the plan as reached on a day."""
    lock(milestone)
    refuse_if(
        delivers(milestone.project),
        Sentence("A day in the future cannot be the day it was reached.") if reached_on > today() else None,
        Sentence("This milestone is reached already.") if milestone.state is MilestoneState.REACHED else None,
    )
    milestone.state = MilestoneState.REACHED
    milestone.reached_on = reached_on
    milestone.note = note
    db.session.flush()


Progress = Annotated[str, Ask("What was done", "What was done against the plan, with numbers.", long=True)]
Results = Annotated[str, Ask("Results", "What changed for the people served.", long=True)]
Problems = Annotated[str, Ask("Problems", long=True)]
NextSteps = Annotated[str, Ask("Next steps", long=True)]


@deed("write", "Report")
def write_report(
    project: Project,
    *,
    actor: Actor,
    kind: Annotated[ReportKind, Ask("Kind of report")],
    progress: Progress,
    results: Results,
    problems: Problems = "",
    next_steps: NextSteps = "",
) -> Report:
    """Begin a report; one mid-term and one final report are open at a time."""
    lock(project)
    refuse_if(may_report(project, kind), report_is_new(kind, open_report(project.id, kind)))
    report = Report(
        project_id=project.id,
        project=project,
        organization_id=project.organization_id,
        kind=kind,
        progress=progress,
        results=results,
        problems=problems,
        next_steps=next_steps,
    )
    db.session.add(report)
    db.session.flush()
    return report


@deed("write", "Report")
def rewrite_report(
    report: Report,
    *,
    actor: Actor,
    progress: Progress,
    results: Results,
    problems: Problems = "",
    next_steps: NextSteps = "",
) -> None:
    """Go on writing a draft, or mend a report that was sent back."""
    lock(report)
    refuse_if(report_is_open(report))
    report.progress, report.results = progress, results
    report.problems, report.next_steps = problems, next_steps
    db.session.flush()


@REPORT.step("submit")
def submit_report(report: Report, *, actor: Actor) -> None:
    report.submitted_at = now()
    report.submitted_by_id = actor.user_id


@REPORT.step("accept")
def accept_report(report: Report, *, actor: Actor) -> None:
    """Find a report in order; the evaluation it opens may begin."""


@REPORT.step("send_back")
def send_back_report(report: Report, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True)]) -> None:
    report.return_reason = reason
