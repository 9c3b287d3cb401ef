"""What an application's pages show: facts, checks with their reasons, the frozen content, versions, the receipt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import url_for
from markupsafe import Markup

from grants.models import Application, ApplicationVersion, EligibilityCheck, Likeness
from grants.operations.eligibility import may_be_judged
from grants.queries.forms import flat_answers, shown_form
from grants.queries.papers import receipt_of
from grants.rules.eligibility.library import LIBRARY
from grants.rules.fields import LABELS
from grants.states import ApplicationState, AttachmentKind, BudgetHead, CheckOutcome, EligibilityRule, MoneySource
from grants.views import cells
from kernel import pages
from kernel.calendar import add_working_days
from kernel.clock import local, today
from kernel.drawing import day_words, drawn
from kernel.money import format_percent
from kernel.speech import gettext as _
from kernel.words import Sentence
from orgs.models import Organization

SHOWN_TEXTS = ("need", "goal", "beneficiaries", "plan", "innovation", "risk")


def facts_of(application: Application) -> list[tuple[Any, ...]]:
    """Give the facts under the status bar."""
    organization, total = (
        application.organization,
        application.requested + application.own_funds + application.donated_funds,
    )
    share = format_percent(application.requested * 100 / total, 1) if total else "—"
    rating = cells.word(organization.rating_grade) if organization.rating_grade else _("No rating")
    return [
        (_("Organization"), cells.drawn("coded", organization.name, organization.credit_code)),
        (
            _("Category"),
            cells.drawn(
                "two_lines",
                cells.category_name(application.category),
                application.category.catalogue_code if application.category else "",
            ),
        ),
        (_("District of the service"), cells.district_name(application.district_code)),
        (_("Period"), _("%(start)s to %(end)s", start=application.starts_on or "—", end=application.ends_on or "—")),
        (_("Asked for (yuan)"), cells.money(application.requested)),
        (_("Whole budget (yuan)"), cells.drawn("money_with", total, _("fiscal share %(share)s", share=share))),
        (_("Rating"), rating),
        (_("Legal nature"), cells.word(application.call.nature)),
        *([(_("Lot"), application.lot.title)] if application.lot else []),
        *([(_("Award (yuan)"), cells.money(application.awarded))] if application.awarded else []),
    ]


# Checks


def check_panel(
    application: Application,
    checks: Sequence[EligibilityCheck],
    likenesses: Sequence[Likeness],
    *,
    judge_url: Callable[[Application, str], str | None],
    ask_url: str | None,
) -> pages.PanelView:
    """Draw the qualification sheet: what needs a look first, what passed behind a fold, and what still blocks."""
    rows = [_check_row(application, check, likenesses, judge_url) for check in checks]
    counts = [(outcome, sum(check.outcome is outcome for check in checks)) for outcome in CheckOutcome]
    html = drawn(
        "grants/application_checks.html",
        "checks",
        [row for row in rows if row["is_open"]],
        [row for row in rows if not row["is_open"]],
        [(outcome.tone, outcome.icon, f"{cells.word(outcome)} {count}") for outcome, count in counts if count],
        checks[0].as_of if checks else None,
        _still_blocks(application, dict(counts)),
        ask_url,
    )
    return pages.PanelView("checks", _("Qualification check"), html, flush=True)


def _check_row(
    application: Application,
    check: EligibilityCheck,
    likenesses: Sequence[Likeness],
    judge_url: Callable[[Application, str], str | None],
) -> dict[str, Any]:
    rule = EligibilityRule(check.rule)
    by_person = check.decided_by_id is not None
    return {
        "outcome": check.outcome,
        "found": cells.word(check.found) if by_person and check.found is not check.outcome else "",
        "is_open": check.outcome is not CheckOutcome.PASSED or by_person,
        "rule": cells.word(rule),
        "reason": Sentence.load(check.reason).render(),
        "source": LIBRARY[rule].source.render(),
        "decision": check.decision_reason or "",
        "judge": judge_url(application, check.rule) if may_be_judged(check) else None,
        "word": _("Overrule") if check.found is CheckOutcome.FAILED else _("Judge"),
        "alike": [
            (one.name, url_for("LikenessView.record", pk=one.id), one.decision)
            for one in likenesses
            if one.rule is rule
        ],
    }


def _still_blocks(application: Application, counts: Mapping[CheckOutcome, int]) -> str:
    """Say what stands between a submitted application and its review, and what can still be done about it."""
    failed, manual = counts.get(CheckOutcome.FAILED, 0), counts.get(CheckOutcome.MANUAL, 0)
    if application.state is not ApplicationState.SUBMITTED or not (failed or manual):
        return ""
    told = _("Cannot pass yet: not passed %(failed)s, for a person to judge %(manual)s.", failed=failed, manual=manual)
    if application.return_reason is None:
        day = add_working_days(today(), application.call.correction_days)
        more = _("There is one round of corrections; asked for today it ends on %(day)s.", day=day_words(day))
    else:
        more = _("The round of corrections has been used.")
    return _("%(told)s %(more)s", told=told, more=more)


# Content


def content_panels(versions: Sequence[ApplicationVersion]) -> list[pages.PanelView]:
    """Draw the tabs of what was handed in last: content, budget, files, versions."""
    if not versions:
        return []
    told = versions[0].snapshot
    files = told["attachments"]
    return [
        pages.PanelView("content", _("Content"), _content(told)),
        pages.PanelView("budget", _("Budget"), _budget(told), flush=True),
        pages.PanelView("files", _("Files"), _files(files, _asked_files(told)), count=len(files)),
        pages.PanelView("versions", _("Versions"), _versions(versions), count=len(versions), flush=True),
    ]


def _content(told: Mapping[str, Any]) -> Markup:
    return drawn(
        "grants/application_content.html",
        "content",
        [(_(LABELS[name]), told[name]) for name in SHOWN_TEXTS if told.get(name)],
        [
            (_("People served directly"), f"{told['people']:,}"),
            (_("Person-times"), f"{told['person_times']:,}"),
            (_("Sessions"), f"{told['sessions']:,}"),
        ],
        told["target_proof"],
        told["milestones"],
        told["team"],
        list(shown_form(told)),
    )


def _budget(told: Mapping[str, Any]) -> Markup:
    lines = [
        line | {key: Decimal(line[key]) for key in ("price", "quantity", "amount")} for line in told["budget_lines"]
    ]
    fiscal = sum((line["amount"] for line in lines if line["source"] == MoneySource.FISCAL.value), Decimal("0.00"))
    rows = []
    for line in lines:
        is_fiscal = line["source"] == MoneySource.FISCAL.value
        share = format_percent(line["amount"] * 100 / fiscal, 1) if is_fiscal and fiscal else ""
        rows.append(
            [
                cells.word(BudgetHead(line["head"])),
                line["content"],
                cells.word(MoneySource(line["source"])),
                cells.money(line["price"]),
                f"{line['quantity'].normalize():f} {line['unit']}",
                cells.money(line["amount"]),
                share,
            ]
        )
    columns = [
        (_("Head"), False),
        (_("For"), False),
        (_("Source"), False),
        (_("Price (yuan)"), True),
        (_("Quantity"), True),
        (_("Line total (yuan)"), True),
        (_("Share"), True),
    ]
    foot = [_("Fiscal money in all"), "", "", "", "", cells.money(fiscal), format_percent(100, 1) if fiscal else ""]
    return cells.drawn("simple", columns, rows, _("Budget"), foot)


def _asked_files(told: Mapping[str, Any]) -> dict[str, str]:
    """Give the kinds of the files that the call's own questions ask for, with their questions."""
    return {f"answer-{key}": label for key, (label, _text) in flat_answers(told).items()}


def _files(files: Sequence[Mapping[str, Any]], asked: Mapping[str, str]) -> Markup:
    if not files:
        return cells.drawn("empty", _("No files"), "", "paperclip")
    shown = [
        {
            "name": file["name"],
            "url": url_for("Files.index", public_id=file["id"]),
            "text": asked.get(file["kind"]) or cells.word(AttachmentKind(file["kind"])),
            "locked": file["kind"] == AttachmentKind.STAFF_CHECK.value,
        }
        for file in files
    ]
    return cells.drawn("evidence", shown)


def _versions(versions: Sequence[ApplicationVersion]) -> Markup:
    """List what was handed in, each with its hash and its paper."""
    columns = [
        (_("Version"), False),
        (_("Submitted at"), False),
        (_("Submitted by"), False),
        ("SHA-256", False),
        ("PDF", False),
    ]
    rows = [
        [
            str(one.number),
            cells.moment(one.created_at),
            one.submitted_by,
            cells.drawn("code", one.sha256),
            cells.drawn("linked", "PDF", url_for("ApplicationVersions.pdf", pk=one.application_id, version=one.number)),
        ]
        for one in versions
    ]
    return cells.drawn("simple", columns, rows, _("Versions"), ())


def receipt_page(application: Application, version: ApplicationVersion) -> dict[str, Any]:
    """Give what the receipt shows."""
    return {
        "title": _("%(number)s has arrived", number=application.number),
        "crumbs": [
            (_("Applications"), url_for("ApplicationView.index")),
            (application.number, url_for("ApplicationView.record", pk=application.id)),
            (_("Receipt"), None),
        ],
        "facts": [
            (_("Number"), application.number),
            (_("Project"), str(application)),
            (_("Call"), application.call.title),
            (_("Asked for (yuan)"), cells.money(application.requested)),
            (
                _("Submitted at"),
                f"{cells.moment(application.submitted_at)}:{local(application.submitted_at or version.created_at):%S}",
            ),
            (_("Submitted by"), version.submitted_by),
            (_("Version"), str(version.number)),
            ("SHA-256", cells.drawn("code", version.sha256), True),
        ],
        "next": _("The Centre checks the qualification; you are told the result here and by mail.")
        if application.state is ApplicationState.SUBMITTED
        else "",
        "url": url_for("ApplicationView.record", pk=application.id),
        "paper": url_for("ApplicationVersions.receipt", pk=application.id) if receipt_of(version) else "",
        "pdf": url_for("ApplicationVersions.pdf", pk=application.id, version=version.number),
    }


def organization_facts(organization: Organization) -> list[tuple[str, Any]]:
    """Give what the register says of an organization; it is never typed again."""
    rating = cells.word(organization.rating_grade) if organization.rating_grade else _("No rating")
    return [
        (_("Name"), organization.name),
        (_("Unified social credit code"), cells.drawn("code", organization.credit_code)),
        (_("Type"), cells.word(organization.type)),
        (_("Founded on"), organization.founded_on or "—"),
        (_("Registrar"), organization.registrar or "—"),
        (_("Rating"), rating),
        (_("Full-time staff"), f"{organization.staff_count:,}"),
        (_("Volunteers"), f"{organization.volunteer_count:,}"),
        (_("Projects so far"), f"{organization.projects_total:,}"),
    ]


def summary_of(application: Application) -> list[tuple[str, Any]]:
    """Give what stands beside the button of the submission."""
    total = application.requested + application.own_funds + application.donated_funds
    return [
        (_("Project"), str(application)),
        (_("Period"), _("%(start)s to %(end)s", start=application.starts_on or "—", end=application.ends_on or "—")),
        (_("Asked for (yuan)"), cells.money(application.requested)),
        (_("Whole budget (yuan)"), cells.money(total)),
        (_("People served directly"), f"{application.people:,}"),
        (_("Person-times"), f"{application.person_times:,}"),
        (_("Sessions"), f"{application.sessions:,}"),
    ]
