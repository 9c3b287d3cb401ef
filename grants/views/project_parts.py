"""Parts of the pages of projects and payments, drawn by the macros of `grants/project_cells.html`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import get_template_attribute, url_for
from markupsafe import Markup

from grants.models import Instalment, Project
from grants.states import ContractState, InstalmentKind, InstalmentState
from grants.views import cells
from kernel.money import format_percent
from kernel.speech import gettext as _


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a payment: met or not yet."""

    tone: str
    text: str
    proof: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class InstalmentLine:
    """One part of an award as a project's page shows it; yuan."""

    label: str
    percent: str
    amount: Decimal
    state: InstalmentState
    text: str
    checks: Sequence[Check]
    url: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who took a step of a payment."""

    label: str
    name: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One target with what has been reached."""

    label: str
    value: int
    target: int
    unit: str
    text: str


def part(macro: str, *given: Any) -> Markup:
    """Draw one part."""
    return Markup(get_template_attribute("grants/project_cells.html", macro)(*given))  # noqa: S704  (the macro escapes)


def targets_of(project: Project) -> list[Target]:
    """Give people, person-times and sessions apart."""
    return [
        _target(_("People served"), project.people_reached, project.people_target, _("people")),
        _target(_("Person-times"), project.person_times_reached, project.person_times_target, _("times")),
        _target(_("Sessions"), project.sessions_reached, project.sessions_target, _("sessions")),
    ]


def _target(label: str, value: int, target: int, unit: str) -> Target:
    missing = target - value
    told = _("%(missing)s %(unit)s to go", missing=f"{missing:,}", unit=unit) if missing > 0 else _("reached")
    return Target(label, value, target, unit, told)


def gate_checks(instalment: Instalment) -> list[Check]:
    """Give the conditions of a payment with whether they are met."""
    project = instalment.project
    signed = project.contract is not None and project.contract.state is ContractState.SIGNED
    match instalment.kind:
        case InstalmentKind.FIRST:
            return [
                _check(signed, _("Contract signed")),
                _check(bool(instalment.receipt_number), _("Receipt handed in"), instalment.receipt_number or ""),
            ]
        case InstalmentKind.MIDDLE:
            passed = project.midterm_score is not None
            score = f"{project.midterm_score:.2f}" if project.midterm_score is not None else ""
            return [_check(passed, _("Mid-term evaluation passed"), score)]
        case _:
            grade = cells.word(project.grade) if project.grade is not None else ""
            return [
                _check(project.grade is not None, _("Final evaluation graded"), grade),
                _check(project.audited_on is not None, _("Audit accepted"), str(project.audited_on or "")),
            ]


def _check(met: bool, text: str, proof: str = "") -> Check:  # noqa: FBT001  (the condition is the point)
    return Check("ok" if met else "idle", text, proof)


def instalment_lines(project: Project) -> list[InstalmentLine]:
    """Give the parts of an award, each with its gate and what became of it."""
    return [
        InstalmentLine(
            label=cells.word(instalment.kind),
            percent=format_percent(instalment.percent),
            amount=instalment.payable,
            state=instalment.state,
            text=_told(instalment),
            checks=gate_checks(instalment),
            url=url_for("InstalmentView.record", pk=instalment.id),
        )
        for instalment in project.instalments
    ]


def _told(instalment: Instalment) -> str:
    told = []
    if instalment.paid_on is not None:
        told.append(_("paid on %(day)s", day=instalment.paid_on))
    if instalment.reduction:
        told.append(_("reduced by %(amount)s", amount=f"{instalment.reduction:,.2f}"))
    if instalment.state is InstalmentState.RETURNED and instalment.return_reason:
        told.append(_("Sent back: %(reason)s", reason=instalment.return_reason))
    return " · ".join(told)


def passed_share(project: Project, day: date) -> str:
    """Say how much of a project's time has passed."""
    whole = max(1, (project.ends_on - project.starts_on).days)
    return format_percent(min(100, max(0, (day - project.starts_on).days * 100 // whole)))
