"""The parts of an organization's file: facts, tabs, and the trail's codes in words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import render_template, url_for
from markupsafe import Markup

from kernel import pages
from kernel.actor import Actor
from kernel.clock import today
from kernel.identity import current_locale
from kernel.money import format_yuan
from kernel.speech import gettext as _
from orgs import queries
from orgs.models import Organization
from orgs.reference import registered_area
from orgs.states import (
    GONE,
    ChangeState,
    Grade,
    InspectionResult,
    OrganizationStatus,
    ProfileField,
    RatingState,
    TaxpayerKind,
)
from orgs.views import cells
from orgs.views.filing import form_links

ORDER = (
    "profile",
    "account",
    "ratings",
    "inspections",
    "credit",
    "projects",
    "past",
    "evaluations",
    "documents",
    "history",
)


def history_value(name: str, value: Any) -> str:
    """Write a code of the trail as people read it; empty for what is no code."""
    if value is None:
        return ""
    match name:
        case "status":
            return cells.word(OrganizationStatus(value))
        case "taxpayer":
            return cells.word(TaxpayerKind(value))
        case "rating_state":
            return cells.word(RatingState(value))
        case "inspection_result":
            return cells.word(InspectionResult(value))
        case "last_grade":
            return cells.word(Grade(value))
        case "district_code":
            return cells.district_name(value)
        case "received":
            return format_yuan(Decimal(value))
        case "service_fields" | "former_names" | "former_codes":
            return cells.field_names(value) or "—"  # what is no code of a field stays as it is
    return ""


def drawn_subtitle(record: Organization) -> Markup:
    return cells.drawn(
        "subtitle", record.credit_code, cells.word(record.type), cells.district_name(record.district_code)
    )


def summary_facts(record: Organization) -> list[tuple[Any, ...]]:
    """Give what people ask first: rating, inspection, projects, money, grade."""
    return [
        (_("Rating"), cells.rating_cell(record)),
        (cells.INSPECTION_LABEL, cells.inspection_cell(record)),
        (_("Projects running / all"), cells.projects_cell(record)),
        (_("Received so far (yuan)"), cells.drawn("yuan", record.received)),
        (_("Last grade"), cells.grade_cell(record)),
        (_("District"), cells.district_name(record.district_code)),
    ]


def profile_facts(record: Organization) -> list[tuple[Any, ...]]:
    """Give the profile, with whom to reach; only staff and the organization itself get here."""
    yes_no = {True: _("Yes"), False: _("No")}
    return [
        (_("Former names"), _(", ").join(record.former_names)),
        *([(_("Former credit codes"), _(", ").join(record.former_codes))] if record.former_codes else []),
        (_("Legal representative"), record.legal_representative),
        (_("Registered in (by its code)"), registered_area(record.credit_code, current_locale())),
        (_("Registrar"), record.registrar),
        (_("Supervising unit"), record.supervising_unit),
        (_("Founded on"), record.founded_on),
        (_("Service fields"), cells.field_names(record.service_fields), True),
        (_("Party organization"), yes_no[record.has_party_organization]),
        (_("Women's federation inside"), yes_no[record.has_womens_federation]),
        (_("Kind of taxpayer"), cells.word(record.taxpayer) if record.taxpayer else ""),
        (_("Its income is exempt from tax"), yes_no[record.is_tax_exempt]),
        (_("Donations to it are deductible"), yes_no[record.takes_deductible_donations]),
        (_("Full-time staff"), record.staff_count),
        (_("Volunteers"), record.volunteer_count),
        (_("Contact person"), record.contact_name),
        (_("Contact phone"), record.contact_phone),
        (_("Address"), record.address, True),
    ]


def file_panels(record: Organization, dossier: queries.Dossier, actor: Actor) -> list[pages.PanelView]:
    """Give the tabs of the file that are this module's own: profile, account, ratings, inspections, credit, papers."""
    may_close = actor.may("close", "CreditEntry")

    def tab(key: str, title: str, count: int | None = None, **told: Any) -> pages.PanelView:
        html = Markup(render_template(f"orgs/tab_{key}.html", **told))  # noqa: S704  (templates escape)
        return pages.PanelView(key, title, html, count, flush=key != "profile")

    return [
        tab(
            "profile",
            _("Profile"),
            facts=profile_facts(record),
            names=dossier.names,
            links=form_links(record, actor, "name", "representative"),
            changes=[one for one in dossier.changes if one.state is ChangeState.PROPOSED],
        ),
        tab(
            "documents",
            _("Documents"),
            len([one for one in dossier.documents if one.counts]),
            documents=dossier.documents,
            span=cells.span,
            today=today(),
            may_retire=actor.may("retire", "OrganizationDocument"),
            links=form_links(record, actor, "document"),
        ),
        tab(
            "account",
            _("Bank account"),
            accounts=dossier.accounts,
            changes=[one for one in dossier.changes if one.field is ProfileField.BANK_ACCOUNT],
            span=cells.span,
            may_open=actor.may("show", "BankAccount"),
            links=form_links(record, actor, "account", "new_account"),
        ),
        tab("ratings", _("Ratings"), len(dossier.ratings), ratings=dossier.ratings, rating_line=cells.rating_line),
        tab("inspections", _("Inspections"), len(dossier.inspections), inspections=dossier.inspections),
        tab(
            "credit",
            _("Credit"),
            len(dossier.entries) + len(dossier.listings),
            entries=dossier.entries,
            may_close=may_close,
            listings=dossier.listings,
            new=url_for("BlacklistView.propose", pk=record.id) if actor.may("propose", "BlacklistEntry") else None,
            span=cells.span,
        ),
        *([tab("past", _("Projects of past years"), len(dossier.past), past=dossier.past)] if dossier.past else []),
    ]


def in_order(panels: Sequence[pages.PanelView]) -> list[pages.PanelView]:
    """Put the tabs of a file into their order; what no order is known for stands before the papers."""
    return sorted(panels, key=lambda one: ORDER.index(one.key) if one.key in ORDER else ORDER.index("documents") - 0.5)


def status_steps(status: OrganizationStatus) -> list[pages.StepView]:
    """Give the status bar of a registration: it lives, is wound up, is struck off; or was taken away."""
    path = [OrganizationStatus.ACTIVE, OrganizationStatus.LIQUIDATING, OrganizationStatus.DEREGISTERED]
    if status is OrganizationStatus.REVOKED:
        path[-1] = status
    here = path.index(status)
    last = "stop" if status in GONE else "here"
    return [
        pages.StepView(cells.word(one), last if place == here else "done" if place < here else "todo")
        for place, one in enumerate(path)
    ]
