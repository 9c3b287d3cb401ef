"""Deeds on applications: started, submitted once, checked, corrected, judged, and moved by what is decided about them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from grants.models import Application, ApplicationVersion, Call, Lot
from grants.operations.application_form import note_open_points
from grants.operations.eligibility import check_application
from grants.operations.snapshots import snapshot_of, written
from grants.queries.applications import latest_version
from grants.queries.applying import passport_files
from grants.queries.calls import quota_for
from grants.queries.forms import latest_form_version
from grants.queries.locks import hold_call
from grants.reports.application import RECEIPT, build_receipt
from grants.reports.contract import CENTRE
from grants.rules.applications import problems_of
from grants.rules.calls import takes_applications
from grants.states import APPLICATION_EDITABLE, ApplicationState
from grants.workflows.applications import APPLICATION
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.calendar import add_working_days
from kernel.clock import day_of, now, today
from kernel.db import db
from kernel.errors import Refused
from kernel.files import copy_file, files_of
from kernel.numbering import next_number
from kernel.papers import issue_paper
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if
from orgs.queries import qualification_facts

APPLICATION.govern(Application)

NO_QUOTA = Sentence("This call has no money for the category that you chose. Please choose another one.")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What whoever submits gets: the number, the version, its hash and the moment."""

    number: str
    version: int
    sha256: str
    submitted_at: datetime


@deed("create", "Application")
def start_application(call: Call, *, actor: Actor, lot: Lot | None = None, title: str = "") -> Application:
    """Start a draft for the actor's own organization, on the version of the call's questions that is published now.

    Raises Refused when the call takes no applications, or the actor acts for no organization.
    """
    if actor.organization_id is None:
        raise Refused(Sentence("You act for no organization, so you cannot apply."))
    refuse_if(takes_applications(call))
    application = Application(
        number=next_number(db.session(), "SB", call.fiscal_year.year),
        call_id=call.id,
        call=call,
        form_version=latest_form_version(call.id),
        organization_id=actor.organization_id,
        title=title or (lot.title if lot else ""),
        lot_id=lot.id if lot else None,
        category_code=lot.category_code if lot else None,
        created_by_id=actor.user_id,
    )
    db.session.add(application)
    db.session.flush()
    _fill_in(application, actor)
    note_open_points(application)
    return application


def _fill_in(application: Application, actor: Actor) -> None:
    """Write down what the passport knows: the organization's district, and its papers that applications ask for."""
    application.district_code = application.organization.district_code
    for kind, file in passport_files(application.organization_id).items():
        if kind.value in application.call.required_attachments:
            copy_file(file, owner=application, actor=actor, kind=kind.value)


@deed("submit", "Application")
def hand_in(application: Application, *, actor: Actor, key: UUID, declared: bool | None = None) -> Receipt:
    """Submit once: the same key gives the same receipt, however often it is pressed.

    `declared` is the declaration as it was ticked beside the button; without it the stored one counts.

    Raises Refused with every problem of the form, or when the application was submitted before.
    """
    lock(application)
    if application.submission_key == key and application.submitted_at is not None:
        return receipt_of(application)
    if application.state not in APPLICATION_EDITABLE and application.submitted_at is not None:
        raise Refused(
            Sentence(
                "{number} was submitted at {moment} already; it is not submitted twice.",
                number=application.number,
                moment=application.submitted_at,
            )
        )
    if declared is not None:
        application.declared = declared
    APPLICATION["submit"](application, actor=actor, key=str(key))
    return receipt_of(application)


def receipt_of(application: Application) -> Receipt:
    """Give the receipt of the version that was handed in last."""
    version = latest_version(application.id)
    moment = application.submitted_at
    if version is None or moment is None:
        raise Refused(Sentence("This application has not been submitted yet."))
    return Receipt(application.number, version.number, version.sha256, moment)


@APPLICATION.step("submit")
def submit_application(application: Application, *, actor: Actor, key: Annotated[str, Ask("Key")] = "") -> None:
    """Freeze the version, run the qualification rules as of the closing day; refused with all problems at once.

    The moment that is written down is the one at which the closing was asked, with the call held: an application is
    accepted before its closing moment or not at all, however many hand in at once.
    """
    is_first = application.state is ApplicationState.DRAFT
    if is_first:
        hold_call(application.call)
    moment = now()
    refuse_if(takes_applications(application.call, moment) if is_first else None)
    closing_day = day_of(application.call.closes_at)
    facts = qualification_facts(application.organization_id, closing_day)
    attached = {file.kind for file in files_of(application)}
    problems = problems_of(application, attached=attached, first_time=facts.projects_total == 0)
    quota = quota_for(application.call_id, category_code=application.category_code, lot_id=application.lot_id)
    refuse_if(*(problem.sentence for problem in problems), None if quota else NO_QUOTA)
    application.quota = quota
    application.submission_key = UUID(key) if key else None
    application.submitted_at = moment
    application.submitted_by_id = actor.user_id
    application.version_number += 1
    _give_receipt(_freeze(application, actor), application, actor)
    check_application(application, facts, actor=actor)


def _freeze(application: Application, actor: Actor) -> ApplicationVersion:
    snapshot = snapshot_of(application)
    version = ApplicationVersion(
        application_id=application.id,
        organization_id=application.organization_id,
        number=application.version_number,
        snapshot=snapshot,
        sha256=hashlib.sha256(written(snapshot).encode()).hexdigest(),
        submitted_by=actor.name,
        submitted_by_id=actor.user_id,
    )
    db.session.add(version)
    db.session.flush()
    return version


def _give_receipt(version: ApplicationVersion, application: Application, actor: Actor) -> None:
    """Issue the receipt as a paper that anybody can verify, in the transaction that accepts the application."""
    issue_paper(
        lambda code: build_receipt(application, version, code),
        owner=version,
        kind="receipt",
        word=RECEIPT,
        number=application.number,
        issuer=CENTRE,
        actor=actor,
    )


@APPLICATION.step("withdraw")
def withdraw_application(application: Application, *, actor: Actor) -> None:
    """Take the application back before the call closes."""


@APPLICATION.step("return_application")
def return_application(
    application: Application,
    *,
    actor: Actor,
    reason: Annotated[
        str, Ask("What to correct", "Say what is missing and how to mend it; the organization reads this.", long=True)
    ],
) -> None:
    """Send the application back once, for the working days that its call gives."""
    application.return_reason = reason
    application.return_due_on = add_working_days(today(), application.call.correction_days)


@APPLICATION.step("qualify")
def qualify_application(application: Application, *, actor: Actor) -> None:
    """Let the application go to the review."""


@APPLICATION.step("disqualify")
def disqualify_application(
    application: Application,
    *,
    actor: Actor,
    reason: Annotated[str, Ask("Reason", "The organization reads this and may object.", long=True)],
) -> None:
    application.return_reason = reason


@APPLICATION.step("start_review")
def start_review(application: Application, *, actor: Actor) -> None:
    """Hand the application to the reviewers."""


def record_result(application: Application, *, actor: Actor, score: Decimal, spread: Decimal, rank: int) -> None:
    """Keep the official result of the expert review; called inside the deed that closes the review.

    `score` is the unrounded mean out of 100, `spread` the widest difference between reviewers, `rank` from 1.
    """
    if application.state is not ApplicationState.REVIEWING:
        raise Refused(Sentence("{number} is not under review.", number=application.number))
    application.score = score
    application.score_spread = spread
    application.rank = rank
    db.session.flush()


@APPLICATION.step("recommend")
def recommend_application(application: Application, *, actor: Actor, amount: Decimal | None = None) -> None:
    """Propose the award; `amount` in yuan is kept where it is given."""
    if amount is not None:
        application.awarded = amount


@APPLICATION.step("waitlist")
def waitlist_application(application: Application, *, actor: Actor) -> None:
    """Keep the application in case an award falls through."""


@APPLICATION.step("decline")
def decline_application(application: Application, *, actor: Actor) -> None:
    """Leave the application without an award."""


@APPLICATION.step("unrecommend")
def unrecommend_application(application: Application, *, actor: Actor) -> None:
    """Take the proposal back: the list was sent back."""
    application.awarded = None


@APPLICATION.step("put_on_notice")
def put_application_on_notice(application: Application, *, actor: Actor) -> None:
    """Show the application on the public notice."""


@APPLICATION.step("object")
def object_to_application(application: Application, *, actor: Actor) -> None:
    """Hold the award until the objection is answered."""


@APPLICATION.step("overrule_objection")
def overrule_objection(application: Application, *, actor: Actor) -> None:
    """Let the application stay on the notice."""


@APPLICATION.step("uphold_objection")
def uphold_objection(application: Application, *, actor: Actor) -> None:
    """End the application: the objection holds."""
    application.awarded = None


@APPLICATION.step("award")
def award_application(application: Application, *, actor: Actor, amount: Decimal | None = None) -> None:
    """Make the award final; `amount` in yuan is kept where it is given."""
    if amount is not None:
        application.awarded = amount
