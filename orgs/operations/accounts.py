"""The bank account that an organization is paid to: entered, verified by another, the earlier ones kept."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import select

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.clock import today
from kernel.db import db
from kernel.workflow import deed, lock, refuse_if
from orgs import notices, rules
from orgs.models import BankAccount, Organization
from orgs.models.bank_account import number_columns
from orgs.operations.problems import refuse_fields
from orgs.rules import plain_number

Holder = Annotated[str, Ask("Account holder", hint="As the bank writes it.", most=200)]
Bank = Annotated[str, Ask("Bank and branch", most=200)]
Number = Annotated[str, Ask("Account number", hint="8 to 32 figures; blanks are left out.", most=60)]


@deed("record", "BankAccount")
def record_account(
    organization: Organization, *, actor: Actor, holder: Holder, bank: Bank, number: Number
) -> BankAccount:
    """Enter the account that an organization is paid to from today on; another person verifies it."""
    refuse_fields(number=rules.account_is_written_right(number))
    lock(organization)
    assert actor.user_id is not None
    account = enter_account(organization, holder=holder, bank=bank, number=number, by=actor.user_id)
    notices.ACCOUNT_CHANGED.send(account, actor=actor)
    return account


@deed("verify", "BankAccount")
def verify_account(account: BankAccount, *, actor: Actor) -> None:
    """Say that the account was compared with the bank's paper; never by who entered it."""
    lock(account)
    refuse_if(rules.account_is_to_be_verified(account), rules.is_verified_by_another(account, actor))
    account.verified_on, account.verified_by_id = today(), actor.user_id


def enter_account(
    organization: Organization, *, holder: str, bank: str, number: str, by: int, verified_by: int | None = None
) -> BankAccount:
    """Make an account the current one of an organization, whose row the caller holds; the former one ends today."""
    current = current_account(organization.id)
    if current is not None:
        current.until = today()
        db.session.flush()
    account = BankAccount(
        organization_id=organization.id,
        holder=holder.strip(),
        bank=bank.strip(),
        **number_columns(plain_number(number)),
        since=today(),
        recorded_by_id=by,
        verified_on=today() if verified_by else None,
        verified_by_id=verified_by,
    )
    db.session.add(account)
    db.session.flush()
    return account


def current_account(organization_id: int) -> BankAccount | None:
    """Give the account that an organization is paid to, if there is one."""
    wanted = select(BankAccount).where(BankAccount.organization_id == organization_id, BankAccount.until.is_(None))
    return db.session.scalars(wanted).first()
