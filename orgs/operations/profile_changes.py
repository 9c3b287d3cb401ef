"""Changes of a profile that count only once the Centre has compared them with a paper: name, account, representative."""

from __future__ import annotations

from typing import Annotated, BinaryIO

from sqlalchemy import select

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import today
from kernel.db import db
from kernel.files import store_upload
from kernel.workflow import deed, lock, refuse_if
from orgs import notices, rules
from orgs.models import Organization, ProfileChange
from orgs.models.bank_account import TAIL, masked_account
from orgs.operations.accounts import Bank, Holder, Number, current_account, enter_account
from orgs.operations.organizations import rename
from orgs.operations.problems import refuse_fields
from orgs.rules import plain_number
from orgs.states import ChangeState, ProfileField
from orgs.workflows import PROFILE_CHANGE

PROFILE_CHANGE.govern(ProfileChange)

Reason = Annotated[str, Ask("Reason", long=True, most=1000)]


@deed("propose", "ProfileChange")
def propose_name(
    organization: Organization,
    *,
    actor: Actor,
    name: Annotated[str, Ask("New name", hint="As on the certificate of registration.", most=200)],
    reason: Reason,
    stream: BinaryIO,
    filename: str,
) -> ProfileChange:
    """Ask to go by another name, with the paper that says so."""
    refuse_fields(name=rules.is_another(name, organization.name))
    change = _begun(organization, actor, ProfileField.NAME, organization.name, name.strip(), reason)
    return _asked(change, actor, stream, filename)


@deed("propose", "ProfileChange")
def propose_legal_representative(
    organization: Organization,
    *,
    actor: Actor,
    legal_representative: Annotated[str, Ask("New legal representative", most=60)],
    reason: Reason,
    stream: BinaryIO,
    filename: str,
) -> ProfileChange:
    """Ask to have another legal representative entered, with the paper that says so."""
    was = organization.legal_representative
    refuse_fields(legal_representative=rules.is_another(legal_representative, was))
    field, person = ProfileField.LEGAL_REPRESENTATIVE, legal_representative.strip()
    return _asked(_begun(organization, actor, field, was, person, reason), actor, stream, filename)


@deed("propose", "ProfileChange")
def propose_account(
    organization: Organization,
    *,
    actor: Actor,
    holder: Holder,
    bank: Bank,
    number: Number,
    reason: Reason,
    stream: BinaryIO,
    filename: str,
) -> ProfileChange:
    """Ask to be paid to another account, with the bank's paper; until it is approved the former one counts."""
    refuse_fields(number=rules.account_is_written_right(number))
    now = current_account(organization.id)
    plain = plain_number(number)
    value = f"{bank.strip()} {masked_account(plain[-TAIL:])}"
    change = _begun(organization, actor, ProfileField.BANK_ACCOUNT, str(now) if now else None, value, reason)
    change.holder, change.bank, change.number = holder.strip(), bank.strip(), plain
    return _asked(change, actor, stream, filename)


def _begun(
    organization: Organization, actor: Actor, field: ProfileField, was: str | None, value: str, reason: str
) -> ProfileChange:
    refuse_if(rules.is_own(organization, actor))
    assert actor.user_id is not None
    return ProfileChange(
        organization_id=organization.id,
        field=field,
        state=ChangeState.PROPOSED,
        was=was,
        value=value,
        reason=reason,
        proposed_by_id=actor.user_id,
        proposed_on=today(),
    )


def _asked(change: ProfileChange, actor: Actor, stream: BinaryIO, filename: str) -> ProfileChange:
    db.session.add(change)
    db.session.flush()
    store_upload(stream, filename, owner=change, kind="proof", actor=actor)
    notices.CHANGE_ASKED.send(change, actor=actor)
    return change


@PROFILE_CHANGE.step("approve")
def approve_change(change: ProfileChange, *, actor: Actor) -> None:
    """Enter the change into the profile; who approves an account has compared it with the bank's paper."""
    assert actor.user_id is not None
    organization = db.session.scalars(select(Organization).where(Organization.id == change.organization_id)).one()
    lock(organization)
    match change.field:
        case ProfileField.NAME:
            rename(organization, change.value, reason=change.reason)
        case ProfileField.LEGAL_REPRESENTATIVE:
            organization.legal_representative = change.value
        case ProfileField.BANK_ACCOUNT:
            assert change.holder is not None
            assert change.bank is not None
            assert change.number is not None
            enter_account(
                organization,
                holder=change.holder,
                bank=change.bank,
                number=change.number,
                by=change.proposed_by_id,
                verified_by=actor.user_id,
            )
    change.decided_on, change.decided_by_id = today(), actor.user_id


@PROFILE_CHANGE.step("refuse")
def refuse_change(
    change: ProfileChange,
    *,
    actor: Actor,
    answer: Annotated[str, Ask("Reason", hint="The organization reads it.", long=True, most=1000)],
) -> None:
    """Leave the profile as it is, and say why."""
    change.decided_on, change.decided_by_id, change.answer = today(), actor.user_id, answer


@PROFILE_CHANGE.step("withdraw")
def withdraw_change(change: ProfileChange, *, actor: Actor) -> None:
    """Let a change be asked for no longer."""
