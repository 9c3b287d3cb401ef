"""Two files of one organization made into one: proposed by an officer, approved by the director, kept for good."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from sqlalchemy import select
from sqlalchemy.orm import undefer_group

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import today
from kernel.db import db
from kernel.errors import Refused
from kernel.scope import whole
from kernel.workflow import deed, refuse_if
from orgs import notices, queries, rules
from orgs.credit_code import normalize
from orgs.models import Inspection, NameChange, Organization, OrganizationMerge
from orgs.names import name_columns
from orgs.operations import carrying
from orgs.operations.problems import refuse_fields
from orgs.operations.ratings import show_rating_on
from orgs.queries.clashes import Clash, clashes_between
from orgs.queries.merges import BOTH, CHOSEN
from orgs.reference import NO_CODES, Codes
from orgs.rules import merges as merge_rules
from orgs.workflows import ORGANIZATION_MERGE

ORGANIZATION_MERGE.govern(OrganizationMerge)


@deed("propose", "OrganizationMerge")
def propose_merge(
    survivor: Organization,
    *,
    actor: Actor,
    credit_code: Annotated[str, Ask("Credit code of the other organization", most=60)],
    reason: Annotated[str, Ask("Reason", hint="How you know that both are one organization.", long=True, most=1000)],
    taken: Annotated[Codes, Ask("Entries that are taken from the other file")] = NO_CODES,
) -> OrganizationMerge:
    """Ask to make the other file part of this one; nothing moves before it is approved.

    `taken` names the fields and clashes in which the other side counts. Raises Invalid for an unknown code, Refused
    for what stands against it.
    """
    wanted = select(Organization).where(Organization.credit_code == normalize(credit_code))
    other = db.session.scalars(wanted).first()
    refuse_fields(credit_code=rules.other_is_known(other) or rules.is_not_itself(survivor, other))
    assert other is not None
    assert actor.user_id is not None
    refuse_if(*merge_rules.against_merging(queries.obstacles_to(survivor.id, other.id)))
    clashes = [clash.key for clash in clashes_of(survivor.id, other.id)]
    refuse_fields(taken=merge_rules.choices_are_offered(taken, {*CHOSEN, BOTH, *clashes}))
    merge = OrganizationMerge(
        survivor_id=survivor.id,
        merged_id=other.id,
        merged_name=other.name,
        merged_code=other.credit_code,
        reason=reason,
        taken=sorted(set(taken)),
        clashes=clashes,
        proposed_by_id=actor.user_id,
        proposed_on=today(),
    )
    db.session.add(merge)
    db.session.flush()
    notices.MERGE_PROPOSED.send(merge, actor=actor)
    return merge


@ORGANIZATION_MERGE.step("approve")
def approve_merge(merge: OrganizationMerge, *, actor: Actor) -> None:
    """Bring all that hangs on the one file over to the other; modules above follow with their own rows.

    Raises Refused when one of the two is gone by now, or when something clashes that nobody had seen.
    """
    survivor, merged = _both_held(merge)
    clashes = clashes_of(survivor.id, merged.id)
    refuse_if(merge_rules.clashes_were_seen(merge, [clash.key for clash in clashes]))
    was, aside = carrying.snapshot_of(merged), carrying.settle(clashes, merge.taken, merge)
    moved = queries.hanging_on(merged.id).numbers()
    carrying.withdraw_letters(merged.id)
    pair = {"merged_id": merged.id, "survivor_id": survivor.id}
    carrying.bring_over(carrying.own_models(), **pair)
    carrying.lead_on(**pair)
    _take_entries(survivor, merged, merge)
    _take_names(survivor, merged, merge)
    _add_up(survivor, merged)
    # Last of all: the database wants them together with the state.
    merge.moved, merge.was, merge.aside = moved, was, aside
    merge.decided_on, merge.decided_by_id = today(), actor.user_id


@ORGANIZATION_MERGE.step("refuse")
def refuse_merge(
    merge: OrganizationMerge,
    *,
    actor: Actor,
    answer: Annotated[str, Ask("Reason", hint="Whoever proposed it reads it.", long=True, most=1000)],
) -> None:
    """Leave both files as they are, and say why."""
    merge.decided_on, merge.decided_by_id, merge.answer = today(), actor.user_id, answer


@ORGANIZATION_MERGE.step("withdraw")
def withdraw_merge(merge: OrganizationMerge, *, actor: Actor) -> None:
    """Let a merge be asked for no longer."""


@ORGANIZATION_MERGE.after("approve", last=True)
def let_go(merge: OrganizationMerge, *, actor: Actor) -> None:
    """Take the row of the merged file away, once every module has brought over what was its own."""
    carrying.drop_what_was_left(merge.merged_id)


def survivor_of(organization_id: int, *, actor: Actor) -> int | None:
    """Give the file into which one was merged, so that old addresses lead on; what it may be seen of is asked there."""
    with whole(actor, "OrganizationMerge.survivor_of"):
        return queries.survivor_of(organization_id)


def _both_held(merge: OrganizationMerge) -> tuple[Organization, Organization]:
    """Take both rows, the earlier one first, so that two merges never wait for each other."""
    wanted = (
        select(Organization)
        .where(Organization.id.in_((merge.survivor_id, merge.merged_id)))
        .order_by(Organization.id)
        .with_for_update()
        .options(undefer_group("contacts"))
        .execution_options(populate_existing=True)
    )
    found = {one.id: one for one in db.session.scalars(wanted)}
    if len(found) < 2:  # noqa: PLR2004  (both of them)
        raise Refused(merge_rules.ONE_IS_GONE)
    return found[merge.survivor_id], found[merge.merged_id]


def clashes_of(survivor_id: int, merged_id: int) -> list[Clash]:
    """Give what two files cannot both keep, as both stand now."""
    dossiers = queries.dossiers_of((survivor_id, merged_id))
    return clashes_between(dossiers[survivor_id], dossiers[merged_id])


def _take_entries(survivor: Organization, merged: Organization, merge: OrganizationMerge) -> None:
    for field in set(CHOSEN) & set(merge.taken) - {"name"}:
        for column in ("contact_name", "contact_phone") if field == "contacts" else (field,):
            setattr(survivor, column, getattr(merged, column))
    if BOTH in merge.taken:
        survivor.service_fields = sorted({*survivor.service_fields, *merged.service_fields})


def _take_names(survivor: Organization, merged: Organization, merge: OrganizationMerge) -> None:
    """Let the survivor be found by all names and codes of both; the name that is left becomes a former one."""
    name, left = survivor.name, merged.name
    if "name" in merge.taken:
        name, left = left, name
    told = (*survivor.former_names, *merged.former_names, left)
    former = [one for one in dict.fromkeys(told) if one != name]
    if left != name:
        since = today()
        change = NameChange(organization_id=survivor.id, since=since, was=left, name=name, reason=merge.reason)
        db.session.add(change)
    codes = [*survivor.former_codes, *merged.former_codes, merged.credit_code]
    survivor.former_codes = codes
    for column, value in name_columns(name, former, survivor.credit_code, codes).items():
        setattr(survivor, column, value)


def _add_up(survivor: Organization, merged: Organization) -> None:
    """Write the summaries of both files together; the module that knows the projects counts them anew after this."""
    survivor.projects_running += merged.projects_running
    survivor.projects_total += merged.projects_total
    survivor.received += merged.received
    survivor.first_project_on = min(_known(survivor.first_project_on, merged.first_project_on), default=None)
    if merged.last_graded_on and (survivor.last_graded_on is None or merged.last_graded_on > survivor.last_graded_on):
        survivor.last_grade, survivor.last_graded_on = merged.last_grade, merged.last_graded_on
    show_rating_on(survivor)
    wanted = select(Inspection).where(Inspection.organization_id == survivor.id).order_by(Inspection.year.desc())
    latest = db.session.scalars(wanted.limit(1)).first()
    if latest is not None:
        survivor.inspection_year, survivor.inspection_result = latest.year, latest.result


def _known(*days: Any) -> Collection[Any]:
    return [day for day in days if day is not None]
