"""What single sections of the application form show besides their questions: budget, attachments, choices, the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import url_for

from grants.models import Application
from grants.queries.applying import passport_files
from grants.queries.calls import categories, lots_of
from grants.queries.eligibility import track_of
from grants.reference import rows_of
from grants.reports.capitals import capitals
from grants.rules.applications import required_kinds
from grants.rules.calls import head_caps
from grants.rules.eligibility import live_findings
from grants.rules.eligibility.choosing import chosen_of
from grants.rules.fields import MATCHING_FROM
from grants.states import ApplicationState, AttachmentKind, MoneySource, Section
from grants.views import application_sections as shown, cells
from grants.views.conditions import met_or_not
from kernel.clock import day_of, end_of, local, now
from kernel.errors import Invalid, Refused
from kernel.files import files_of
from kernel.identity import current_locale
from kernel.money import HUNDRED, format_percent, format_yuan
from kernel.speech import gettext as _
from orgs.queries import qualification_facts
from orgs.reference import districts


def told_while_typing(no: Invalid | Refused) -> dict[str, list[str]]:
    """Give what is wrong with a part that saves itself: by field, or under "form" what concerns all of it."""
    problems = no.problems if isinstance(no, Invalid) else {}
    told = {name: [one.render() for one in reasons] for name, reasons in problems.items()}
    return told or {"form": [reason.render() for reason in no.reasons]}


def told_on_page(no: Invalid | Refused) -> tuple[Mapping[str, Any], list[str] | None, HTTPStatus]:
    """Give what a page tells of a part that was not saved: what is wrong by field, with all of it, and the answer's code."""
    if isinstance(no, Invalid):
        return no.problems, None, HTTPStatus.UNPROCESSABLE_ENTITY
    errors = [reason.render() for reason in no.reasons]
    return {}, errors, HTTPStatus.CONFLICT if errors else HTTPStatus.UNPROCESSABLE_ENTITY


def countdown_of(application: Application) -> dict[str, Any] | None:
    """Give what is left until the closing moment, or until the end of a correction's last day; None after it."""
    until, moment = application.call.closes_at, now()
    if application.state is ApplicationState.RETURNED and application.return_due_on:
        until = end_of(application.return_due_on)
    if moment >= until:
        return None
    left = until - moment
    return {
        "until": local(until).isoformat(timespec="seconds"),
        "now": local(moment).isoformat(timespec="seconds"),
        "left": _("%(days)s d %(hours)s h", days=left.days, hours=left.seconds // 3600),
        "closes": cells.moment(until),
        "calm": left.days > 5,  # noqa: PLR2004  (the last five days are hot)
    }


def choices_of(application: Application, section: Section) -> dict[str, list[tuple[Any, str]]]:
    if section is not Section.BASICS:
        return {}
    told: dict[str, list[tuple[Any, str]]] = {
        "category_code": [(one.code, cells.category_name(one)) for one in categories()],
        "district_code": list(districts(current_locale()).items()),
    }
    if application.call.has_lots:
        told["lot_id"] = [(lot.id, f"{lot.title}（{format_yuan(lot.amount)}）") for lot in lots_of(application.call_id)]
    return told


def findings_of(application: Application) -> list[dict[str, Any]]:
    """Ask the rules about the organization as the officer will, with their reasons and what can be done."""
    as_of = day_of(application.call.closes_at)
    facts = qualification_facts(application.organization_id, as_of)
    track, rules = track_of(application.organization_id), chosen_of(application.call_id)
    return met_or_not(live_findings(application, facts, rules=rules, track=track, as_of=as_of))


def budget_of(
    application: Application, typed: Mapping[str, Any] | None, problems: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    rows = shown.rows_of(application, Section.BUDGET, typed, problems)
    fiscal, match = shown.budget_of(rows)
    return {
        "fiscal": fiscal,
        "match": match,
        "match_from": MATCHING_FROM,
        "match_total": application.own_funds + application.donated_funds,
        "heads": _heads_of(application, rows),
        "caps": [
            (head.value, cells.word(head), f"{percent.normalize():f}")
            for head, percent in head_caps(application.call).items()
        ],
        "sources": [one for one in shown.sources() if one[0] != "fiscal"],
        "management": format_percent(application.call.management_percent),
        "words": sheet_words(),
        "match_words": match_words(),
        "limits": limits_of(application),
        "fiscal_most": application.call.fiscal_percent if application.call.fiscal_percent < HUNDRED else None,
        "capitals": capitals(application.requested) if current_locale() == "zh" else None,
    }


def _heads_of(application: Application, rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Give the heads that the call pays for, and those that stand in the budget already, so that none is lost."""
    offered = {*application.call.budget_heads, *(str(row.get("head") or "") for row in rows)}
    return [(code, label) for code, label in shown.heads() if code in offered]


def limits_of(application: Application) -> list[tuple[Any, str]]:
    """Give the limits of what may be asked for, in yuan, each with the words told when it is passed."""
    call, lot = application.call, application.lot
    limits = [(call.cap_per_project, _("{asked} is above this call's cap of {most} a project. Ask for {over} less."))]
    if application.organization.projects_total == 0:
        told = _("{asked} is above the {most} that a first-time contractor may ask for. Ask for {over} less.")
        limits.append((call.cap_first_time, told))
    if lot is not None:
        limits.append((lot.amount, _("{asked} is above the {most} of the chosen lot. Ask for {over} less.")))
    return limits


def sheet_words() -> dict[str, Any]:
    """Give the words by which a table of Excel or WPS is read when it is pasted."""
    told: dict[str, Any] = {"columns": {}, "heads": {code: [label] for code, label in shown.heads()}}
    for row in rows_of("budget_words"):
        words = row["words"].split(";")
        match row["kind"]:
            case "column":
                told["columns"][row["code"]] = words
            case "head":
                told["heads"][row["code"]] += words
            case "left" | "sums":
                told[row["kind"]] = words
    return told


def match_words() -> dict[str, Any]:
    """Give the words by which own and donated money is read: a source besides, and an amount instead of a price."""
    told = sheet_words()
    told |= {"order": ["source", "head", "text", "amount"], "lump": True}
    told["sources"] = {code: [label] for code, label in shown.sources() if code != MoneySource.FISCAL}
    for row in rows_of("budget_words"):
        words = row["words"].split(";")
        if row["kind"] == "source":
            told["sources"][row["code"]] += words
        elif row["kind"] == "other":
            told["columns"][row["code"]] = words
    return told


def attachments_of(application: Application) -> dict[str, Any]:
    required = set(required_kinds(application))
    held: dict[str, list[Any]] = {}
    for file in files_of(application):
        held.setdefault(file.kind, []).append(
            {
                "id": file.public_id,
                "name": file.original_name,
                "url": url_for("Files.index", public_id=file.public_id),
                "text": f"{file.size / 1024 / 1024:.1f} MB · {local(file.created_at):%m-%d %H:%M}",
                "locked": file.restricted,
            }
        )
    passport = passport_files(application.organization_id)
    return {
        "kinds": [
            {
                "in_passport": passport[kind].original_name if kind in passport and kind.value not in held else "",
                "code": kind.value,
                "label": cells.word(kind),
                "required": kind in required,
                "files": held.get(kind.value, []),
            }
            for kind in AttachmentKind
        ]
    }
