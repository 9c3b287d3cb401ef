"""Filling in an application: sections saved by autosave or by the button, attachments, the declaration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import select

from grants.models import Application, ApplicationMilestone, BudgetLine, Lot, TeamMember
from grants.money_rules import totals_of
from grants.queries.applying import passport_files, points_of
from grants.queries.calls import categories
from grants.queries.eligibility import track_of
from grants.rules.applications import Problem, may_be_edited, problems_of
from grants.rules.corrections import section_may_be_changed
from grants.rules.eligibility import organization_findings
from grants.rules.eligibility.choosing import chosen_of
from grants.rules.fields import Rows, read_section
from grants.states import AttachmentKind, CheckOutcome, Section
from kernel.actor import Actor
from kernel.clock import day_of, now
from kernel.db import db
from kernel.errors import Invalid, NotFound, Refused, Stale
from kernel.files import WITH_ZIP, StoredFile, copy_file, files_of, store_upload, supersede
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if
from orgs.queries import qualification_facts
from orgs.reference import districts

RESTRICTED = frozenset({AttachmentKind.STAFF_CHECK})
"""Record checks of persons: each opening is written down."""


@deed("edit", "Application")
def save_section(
    application: Application,
    section: Section,
    *,
    actor: Actor,
    values: Mapping[str, Any],
    version: int | None = None,
) -> int:
    """Save one section as it was typed, and give the section's new version.

    `values` are typed texts by field name, rows as `lines-0-price`; a table is replaced as a whole. `version` is the
    section's as the form was opened. Raises Refused when the application can no longer be changed, Stale when somebody
    saved this section meanwhile, Invalid for values that cannot be read.
    """
    lock(application)
    refuse_if(may_be_edited(application), section_may_be_changed(application, points_of(application), section.value))
    saved = version_of(application, section)
    if version is not None and version != saved:
        raise Stale(application, saved)
    told, rows = read_section(section, values)
    if section is Section.BASICS:
        _choose(application, told)
    for name, value in told.items():
        setattr(application, name, value)
    if rows is not None:
        _replace(application, section, rows)
    touch(application, section, actor)
    return saved + 1


def version_of(application: Application, section: str) -> int:
    """Give how often a section has been saved; a form carries it, so that nobody writes over somebody else's text."""
    return int(application.section_versions.get(str(section), 0))


@deed("edit", "Application")
def attach_file(
    application: Application, *, actor: Actor, kind: AttachmentKind, stream: BinaryIO, filename: str
) -> StoredFile:
    """Attach a file to the application; a new one of the same kind stands beside the old ones.

    Raises Refused with the file's name when it cannot be taken.
    """
    lock(application)
    refuse_if(may_be_edited(application))
    restricted = kind in RESTRICTED
    file = store_upload(
        stream, filename, owner=application, kind=kind.value, actor=actor, allowed=WITH_ZIP, restricted=restricted
    )
    touch(application, Section.ATTACHMENTS, actor)
    return file


@deed("edit", "Application")
def take_from_passport(application: Application, *, actor: Actor, kind: AttachmentKind) -> StoredFile:
    """Attach a paper that the organization's passport holds already; a later change of the passport leaves it as it is.

    Raises Refused when the application can no longer be changed, and when the passport holds no such paper today.
    """
    lock(application)
    refuse_if(may_be_edited(application))
    held = passport_files(application.organization_id).get(kind)
    if held is None:
        raise Refused(Sentence("The passport holds no such paper today. Please choose a file instead."))
    file = copy_file(held, owner=application, actor=actor, kind=kind.value)
    touch(application, Section.ATTACHMENTS, actor)
    return file


@deed("edit", "Application")
def replace_file(
    application: Application, *, actor: Actor, file: StoredFile, stream: BinaryIO, filename: str
) -> StoredFile:
    """Put a newer file in the place of an attachment; the old one stays in the trail.

    Raises NotFound when the older one is no attachment of this application.
    """
    is_own = (file.owner_kind, file.owner_id) == (type(application).__name__, application.id)
    kind = next((one for one in AttachmentKind if one.value == file.kind), None)
    if not is_own or kind is None:
        raise NotFound
    newer = attach_file(application, actor=actor, kind=kind, stream=stream, filename=filename)
    supersede(file, by=newer)
    return newer


@deed("edit", "Application")
def declare(application: Application, *, actor: Actor, declared: bool) -> None:
    """Keep the declaration of no double funding and of truth."""
    lock(application)
    refuse_if(may_be_edited(application))
    application.declared = declared
    touch(application, Section.DECLARATION, actor)


def attached_kinds(application: Application) -> set[str]:
    """Give the kinds of the attachments that are there."""
    return {file.kind for file in files_of(application)}


def touch(application: Application, section: str, actor: Actor) -> None:
    """Note that a section was saved, by whom and when, and what the form still lacks; called inside the deed."""
    name, moment = str(section), now()
    application.section_versions = {**application.section_versions, name: version_of(application, name) + 1}
    application.section_savers = {**application.section_savers, name: [actor.name, moment.isoformat()]}
    application.saved_at = moment
    # What is asked for the open points is not what was just typed: one UPDATE writes both.
    with db.session.no_autoflush:
        note_open_points(application)


def last_saved(application: Application, section: str) -> tuple[str, datetime | None]:
    """Say who saved a section last, and when; nobody where it was never saved."""
    who, moment = application.section_savers.get(str(section), ("", None))
    return who, datetime.fromisoformat(moment) if moment else None


def note_open_points(application: Application) -> None:
    """Keep what the form still lacks, and which facts of the register stand against the organization."""
    closing_day = day_of(application.call.closes_at)
    facts = qualification_facts(application.organization_id, closing_day)
    problems = problems_of(application, attached=attached_kinds(application), first_time=facts.projects_total == 0)
    bars = [
        Problem(Section.SELF_CHECK, found.rule.value, found.reason)
        for found in organization_findings(
            application.call,
            facts,
            rules=chosen_of(application.call_id),
            track=track_of(application.organization_id),
            as_of=closing_day,
        )
        if found.outcome is CheckOutcome.FAILED
    ]
    application.open_points = [
        [str(problem.section), problem.field, problem.sentence.dump()] for problem in [*bars, *problems]
    ]
    db.session.flush()


def _choose(application: Application, told: dict[str, Any]) -> None:
    """Take a lot, category and district only from what is offered; a lot brings its category along."""
    problems: dict[str, list[Sentence]] = {}
    choose = [Sentence("Please choose one of the offered values.")]
    if told.get("lot_id") is not None:
        lot = db.session.scalars(
            select(Lot).where(Lot.id == told["lot_id"], Lot.call_id == application.call_id)
        ).first()
        if lot is None:
            problems["lot_id"] = choose
        elif lot.category_code and not told["category_code"]:
            told["category_code"] = lot.category_code
        application.lot = lot
    else:
        application.lot = None
    if told.get("category_code") and told["category_code"] not in {one.code for one in categories()}:
        problems["category_code"] = choose
    if told.get("district_code") and told["district_code"] not in districts():
        problems["district_code"] = choose
    if problems:
        raise Invalid(problems)


def _replace(application: Application, section: Section, rows: Rows) -> None:
    """Put new rows in the place of a section's table."""
    owner = {"application_id": application.id, "organization_id": application.organization_id}
    match section:
        case Section.BUDGET:
            lines = [BudgetLine(**owner, position=place, **row) for place, row in enumerate(rows, 1)]
            application.budget_lines = lines
            totals = totals_of(lines)
            application.own_funds, application.donated_funds = totals.own, totals.donated
        case Section.PLAN:
            application.milestones = [
                ApplicationMilestone(**owner, position=place, **row) for place, row in enumerate(rows, 1)
            ]
        case _:
            application.team = [TeamMember(**owner, position=place, **row) for place, row in enumerate(rows, 1)]
