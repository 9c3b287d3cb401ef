"""A frozen application as reviewers read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from grants.queries.forms import ShownAnswer, shown_form
from grants.states import BudgetHead, MoneySource
from kernel.money import sum_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.words import word_of

TEXTS = (
    ("need", _l("Need")),
    ("goal", _l("Goal")),
    ("beneficiaries", _l("Beneficiaries")),
    ("plan", _l("Plan")),
    ("innovation", _l("Innovation and replicability")),
    ("risk", _l("Risks and how they are met")),
)


@dataclass(frozen=True, slots=True)
class BudgetRow:
    head: str
    content: str
    price: Decimal
    quantity: str
    amount: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """What a page shows of a frozen application."""

    title: str
    organization: str
    facts: Sequence[tuple[str, Any]]
    texts: Sequence[tuple[str, str]]
    targets: Sequence[tuple[str, int, str]]
    proof: str
    milestones: Sequence[tuple[str, str, str]]
    team: Sequence[tuple[str, str, str, bool]]
    budget: Sequence[BudgetRow]
    requested: Decimal
    total: Decimal
    files: Sequence[tuple[str, str]]
    own: Sequence[tuple[str, Sequence[ShownAnswer]]] = ()


def view_of(snapshot: Mapping[str, Any]) -> SnapshotView:
    """Read a frozen application for its page."""
    budget = [_budget_row(line) for line in snapshot.get("budget_lines", ())]
    return SnapshotView(
        title=snapshot.get("title", ""),
        organization=snapshot.get("organization", {}).get("name", ""),
        facts=_facts(snapshot),
        texts=[(str(label), snapshot[name]) for name, label in TEXTS if snapshot.get(name)],
        targets=[
            (_("People reached"), int(snapshot.get("people") or 0), _("people")),
            (_("Person-times"), int(snapshot.get("person_times") or 0), _("person-times")),
            (_("Sessions"), int(snapshot.get("sessions") or 0), _("sessions")),
        ],
        proof=snapshot.get("target_proof") or "",
        milestones=[
            (one["title"], one.get("starts_on") or "", one.get("ends_on") or "")
            for one in snapshot.get("milestones", ())
        ],
        team=[
            (one["name"], one["role"], one.get("qualification", ""), bool(one.get("has_licence")))
            for one in snapshot.get("team", ())
        ],
        budget=budget,
        requested=Decimal(snapshot.get("requested") or 0),
        total=sum_of(row.amount for row in budget),
        files=[(one["name"], f"/files/{one['id']}") for one in snapshot.get("attachments", ()) if one.get("id")],
        own=list(shown_form(snapshot)),
    )


def _facts(snapshot: Mapping[str, Any]) -> list[tuple[str, Any]]:
    organization = snapshot.get("organization", {})
    period = " – ".join(day for day in (snapshot.get("starts_on"), snapshot.get("ends_on")) if day)
    return [
        (_("Organization"), organization.get("name", "")),
        (_("Founded"), organization.get("founded_on") or ""),
        (_("Staff / volunteers"), f"{organization.get('staff_count', 0)} / {organization.get('volunteer_count', 0)}"),
        (_("Projects so far"), organization.get("projects_total", 0)),
        (_("Category"), snapshot.get("category", {}).get("name", "")),
        (_("Period"), period),
    ]


def _budget_row(line: Mapping[str, Any]) -> BudgetRow:
    return BudgetRow(
        head=_(word_of(BudgetHead(line["head"]))),
        content=line.get("content", ""),
        price=Decimal(line["price"]),
        quantity=f"{Decimal(line['quantity']).normalize():f} {line.get('unit', '')}".strip(),
        amount=Decimal(line["amount"]),
        source=_(word_of(MoneySource(line["source"]))),
    )
