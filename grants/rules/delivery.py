"""What activity records, reports and expenses must be like."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from unicodedata import normalize

from grants.models import Activity, Expense, Project, Report
from grants.queries.projects import head_budget
from grants.states import (
    PROJECT_IN_DELIVERY,
    ActivityState,
    ExpenseState,
    InvoiceKind,
    ProjectState,
    ReportKind,
    ReportState,
)
from kernel.actor import Actor
from kernel.clock import today
from kernel.money import share
from kernel.words import Sentence

RECORD_DAYS: Final = 7
GRACE_DAYS: Final = 30
HEAD_TOLERANCE: Final = Decimal(10)
SPENDING: Final = PROJECT_IN_DELIVERY | {ProjectState.CLOSING, ProjectState.FINAL, ProjectState.AUDIT}
REPORTING: Final = PROJECT_IN_DELIVERY | {ProjectState.CLOSING}
ACTIVITY_EDITABLE: Final = frozenset({ActivityState.DRAFT, ActivityState.RETURNED})
REPORT_EDITABLE: Final = frozenset({ReportState.DRAFT, ReportState.RETURNED})
EXPENSE_EDITABLE: Final = frozenset({ExpenseState.DRAFT, ExpenseState.REJECTED})

# Figures of a key: code and number together. Source: 国家税务总局 on invoice codes; 财政部 on electronic fiscal receipts.
KEY_LENGTHS: Final = {
    InvoiceKind.PAPER_INVOICE: frozenset({18, 20}),
    InvoiceKind.DIGITAL_INVOICE: frozenset({20}),
    InvoiceKind.FISCAL_RECEIPT: frozenset({18}),
}
KEY_SENTENCES: Final = {
    InvoiceKind.PAPER_INVOICE: Sentence(
        "An invoice with a code has a code of 10 or 12 figures and a number of 8; please write both."
    ),
    InvoiceKind.DIGITAL_INVOICE: Sentence("A fully digital invoice has one number of 20 figures."),
    InvoiceKind.FISCAL_RECEIPT: Sentence(
        "A fiscal receipt has a code of 8 figures and a number of 10; please write both."
    ),
}


def clean_key(written: str) -> str:
    """Give the figures of an invoice's key, whatever stands between them."""
    return re.sub(r"[\s\-/,，、:：.]+", "", normalize("NFKC", written))


def key_problem(kind: InvoiceKind, key: str) -> Sentence | None:
    """Say what is wrong with a cleaned key of this kind of invoice."""
    if key.isascii() and key.isdecimal() and len(key) in KEY_LENGTHS[kind]:
        return None
    return KEY_SENTENCES[kind]


def shown_key(kind: InvoiceKind, key: str) -> str:
    """Write a key as it stands on paper: code and number apart."""
    if kind is InvoiceKind.PAPER_INVOICE:
        return f"{key[:-8]} {key[-8:]}"
    return f"{key[:8]} {key[8:]}" if kind is InvoiceKind.FISCAL_RECEIPT else key


def key_is_new(other: Expense | None) -> Sentence | None:
    if other is None:
        return None
    return Sentence("This invoice is in the system already; an invoice counts once. Please look at the number again.")


def spent_within_the_project(project: Project, spent_on: date) -> Sentence | None:
    last = project.ends_on + timedelta(days=GRACE_DAYS)
    if project.starts_on <= spent_on <= last and spent_on <= today():
        return None
    return Sentence(
        "The day must lie between {first} and {last}, and not in the future.", first=project.starts_on, last=last
    )


def amount_is_above_zero(amount: Decimal) -> Sentence | None:
    return None if amount > 0 else Sentence("An expense is more than 0.")


def may_spend(project: Project) -> Sentence | None:
    if project.state in SPENDING and project.audited_on is None:
        return None
    return Sentence("The project is “{state}”; no expense can be entered.", state=project.state)


def head_bears_the_expense(expense: Expense, _actor: Actor) -> Sentence | None:
    """Keep what is accepted under a head within its budget and a tenth above it."""
    planned, accepted = head_budget(expense.project, expense.head)
    most = planned + share(planned, HEAD_TOLERANCE)
    if accepted + expense.amount <= most:
        return None
    return Sentence(
        "{head}: {accepted} of at most {most} is accepted already (budget {planned} and 10%); {amount} is {over} too much.",
        head=expense.head,
        accepted=accepted,
        most=most,
        planned=planned,
        amount=expense.amount,
        over=accepted + expense.amount - most,
    )


def people_add_up(people: int, new_people: int, person_times: int) -> dict[str, Sentence]:
    """Say which counts cannot be: new people are some of the people, people never more than person-times."""
    problems: dict[str, Sentence] = {}
    if people < 0 or person_times < 0 or new_people < 0:
        problems["people"] = Sentence("A count cannot be below zero.")
    if people > person_times:
        problems["person_times"] = Sentence(
            "{people} people cannot make {times} person-times; people are never more.",
            people=people,
            times=person_times,
        )
    if new_people > people:
        problems["new_people"] = Sentence("New people are some of the {people} who came.", people=people)
    return problems


def hours_are_possible(hours: Decimal) -> Sentence | None:
    if 0 < hours <= 24 and hours == hours.quantize(Decimal("0.1")):  # noqa: PLR2004  (a day)
        return None
    return Sentence("Hours lie between 0.1 and 24.0, with one decimal place.")


def held_within_the_project(project: Project, held_on: date) -> Sentence | None:
    if project.starts_on <= held_on <= project.ends_on and held_on <= today():
        return None
    return Sentence(
        "The day must lie between {first} and {last}, and not in the future.",
        first=project.starts_on,
        last=project.ends_on,
    )


def is_recorded_late(held_on: date, recorded_on: date) -> bool:
    """Say whether an activity was recorded more than seven days after it took place; a hint, no refusal."""
    return recorded_on > held_on + timedelta(days=RECORD_DAYS)


def delivers(project: Project) -> Sentence | None:
    if project.state in PROJECT_IN_DELIVERY:
        return None
    return Sentence("The project is “{state}”; activities are recorded while it runs.", state=project.state)


def is_in_delivery(activity: Activity, _actor: Actor) -> Sentence | None:
    return delivers(activity.project)


def activity_is_open(activity: Activity) -> Sentence | None:
    if activity.state in ACTIVITY_EDITABLE:
        return None
    return Sentence("The record is “{state}” now; it cannot be changed.", state=activity.state)


def may_report(project: Project, kind: ReportKind) -> Sentence | None:
    if kind is ReportKind.FINAL and project.state is not ProjectState.CLOSING:
        return Sentence("The final report is written when the service has ended.")
    if project.state in REPORTING:
        return None
    return Sentence("The project is “{state}”; no report is written now.", state=project.state)


def report_is_new(kind: ReportKind, other: Report | None) -> Sentence | None:
    if other is None or kind is ReportKind.PROGRESS:
        return None
    return Sentence("There is a report of this kind already; go on with that one.")


def report_is_open(report: Report) -> Sentence | None:
    if report.state in REPORT_EDITABLE:
        return None
    return Sentence("The report is “{state}” now; it cannot be changed.", state=report.state)


def expense_is_open(expense: Expense) -> Sentence | None:
    if expense.state in EXPENSE_EDITABLE:
        return None
    return Sentence("The expense is “{state}” now; it cannot be changed.", state=expense.state)


def report_is_written(report: Report, _actor: Actor) -> Sentence | None:
    if report.progress.strip() and report.results.strip():
        return None
    return Sentence("Progress and results have to be written before the report is handed in.")
