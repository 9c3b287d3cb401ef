"""Expenses: entered with the invoice's key, handed in, accepted within the head's budget."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from grants.models import Expense, Project
from grants.queries.expenses import expense_with_key
from grants.queries.projects import accepted_spend
from grants.rules.delivery import (
    amount_is_above_zero,
    clean_key,
    expense_is_open,
    head_bears_the_expense,
    key_is_new,
    key_problem,
    may_spend,
    spent_within_the_project,
)
from grants.states import BudgetHead, InvoiceKind
from grants.workflows.delivery import EXPENSE
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.db import db
from kernel.errors import Invalid
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if

EXPENSE.govern(Expense)

SpentOn = Annotated[date, Ask("Day")]
Payee = Annotated[str, Ask("Payee", most=200)]
Head = Annotated[BudgetHead, Ask("Budget head")]
Amount = Annotated[Decimal, Ask("Amount")]
Kind = Annotated[InvoiceKind, Ask("Kind of proof")]
Key = Annotated[str, Ask("Invoice number", "Code and number for paper, 20 figures for a fully digital one.", most=60)]
Content = Annotated[str, Ask("What for", most=300)]


@deed("enter", "Expense")
def enter_expense(
    project: Project,
    *,
    actor: Actor,
    spent_on: SpentOn,
    payee: Payee,
    head: Head,
    amount: Amount,
    invoice_kind: Kind,
    invoice_key: Key,
    content: Content = "",
) -> Expense:
    """Enter an expense as a draft; the invoice may stand in the whole system once.

    Raises Invalid with every field that cannot be, Refused when the project spends nothing now.
    """
    refuse_if(may_spend(project))
    key = _checked(project, spent_on, amount, invoice_kind, invoice_key)
    expense = Expense(
        project_id=project.id,
        project=project,
        organization_id=project.organization_id,
        spent_on=spent_on,
        payee=payee,
        head=head,
        content=content,
        amount=amount,
        invoice_kind=invoice_kind,
        invoice_key=key,
        entered_by_id=actor.user_id,
    )
    db.session.add(expense)
    db.session.flush()
    return expense


@deed("enter", "Expense")
def change_expense(
    expense: Expense,
    *,
    actor: Actor,
    spent_on: SpentOn,
    payee: Payee,
    head: Head,
    amount: Amount,
    invoice_kind: Kind,
    invoice_key: Key,
    content: Content = "",
) -> None:
    """Mend a draft, or an expense that was not accepted."""
    lock(expense)
    refuse_if(expense_is_open(expense), may_spend(expense.project))
    key = _checked(expense.project, spent_on, amount, invoice_kind, invoice_key, but=expense.id)
    expense.spent_on, expense.payee, expense.head = spent_on, payee, head
    expense.amount, expense.content = amount, content
    expense.invoice_kind, expense.invoice_key = invoice_kind, key
    db.session.flush()


def _checked(
    project: Project, spent_on: date, amount: Decimal, kind: InvoiceKind, written: str, *, but: int | None = None
) -> str:
    key = clean_key(written)
    told: dict[str, Sentence | None] = {
        "spent_on": spent_within_the_project(project, spent_on),
        "amount": amount_is_above_zero(amount),
        "invoice_key": key_problem(kind, key) or key_is_new(expense_with_key(key, but=but)),
    }
    problems: dict[str, Any] = {name: [sentence] for name, sentence in told.items() if sentence is not None}
    if problems:
        raise Invalid(problems)
    return key


@EXPENSE.step("submit")
def submit_expense(expense: Expense, *, actor: Actor) -> None:
    """Hand an expense in for a look."""


@EXPENSE.step("accept")
def accept_expense(expense: Expense, *, actor: Actor) -> None:
    """Count an expense as approved spending, under the project's lock."""
    lock(expense.project)
    # Asked again under the lock: another expense of the same head may have been accepted meanwhile.
    refuse_if(may_spend(expense.project), head_bears_the_expense(expense, actor))
    expense.decided_by_id = actor.user_id


@EXPENSE.after("accept")
def add_to_approved_spending(expense: Expense, *, actor: Actor) -> None:
    expense.project.approved_spend = accepted_spend(expense.project_id)
    db.session.flush()


@EXPENSE.step("reject")
def reject_expense(expense: Expense, *, actor: Actor, reason: Annotated[str, Ask("Reason", long=True)]) -> None:
    expense.decided_by_id = actor.user_id
    expense.reject_reason = reason
