"""Calls, applications, projects and instalments for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy.orm import joinedload, selectinload

from grants.models import Application, Call, CallQuota, FiscalYear, Instalment, Project
from grants.operations.application_form import attach_file, replace_file, save_section
from grants.operations.applications import start_application
from grants.operations.calls import change_call, create_call, extend_call, set_quota
from grants.operations.delivery import record_activity, write_report
from grants.operations.eligibility import decide_check
from grants.operations.expenses import enter_expense
from grants.operations.money import reduce_instalment
from grants.operations.projects import accept_audit, receive_refund
from grants.queries.applications import checks_of, versions_of
from grants.queries.calls import categories, lots_of
from grants.rules.fields import FIELDS, TABLES
from grants.states import (
    AttachmentKind,
    BudgetHead,
    CallNature,
    CheckOutcome,
    ContractState,
    FiscalYearState,
    InstalmentKind,
    InstalmentState,
    MoneySource,
    Section,
)
from grants.views import cells
from grants.views.applications import ApplicationView
from grants.views.calls import CallView
from grants.views.instalments import InstalmentView
from grants.views.projects import ProjectView
from kernel.actor import Actor, ReaderKind
from kernel.api.fields import Json, Sent, SentList, SentObject, Shown, listed, object_of
from kernel.api.requests import Upload
from kernel.api.resource import Deed, Resource, only_known
from kernel.api.shapes import columns_of, named, only_for, optional, shape
from kernel.arguments import Ask
from kernel.errors import Invalid, Refused
from kernel.files import files_of
from kernel.money import ZERO, sum_of
from kernel.people import names_of
from kernel.words import Sentence

STAFF, ORGANIZATION = (ReaderKind.STAFF,), (ReaderKind.ORG,)
CHOOSE = Sentence("Please choose one of the offered values.")


# --- Calls ---

CALL_ROW = columns_of(
    Call,
    "id version number title nature state opens_at closes_at service_from service_to has_lots cap_per_project"
    " cap_first_time",
) | {"quotas_total": Shown(Decimal, lambda call: sum_of(quota.amount for quota in call.quotas))}
LOT = object_of(id=int, position=int, title=str, amount=Decimal)
QUOTA = object_of(category_code_=str, lot_id_=int, amount=Decimal)
CALL_ONE = (
    CALL_ROW
    | columns_of(
        Call,
        "summary management_percent fiscal_percent instalment_percents required_attachments extension_reason"
        " withdrawn_reason",
    )
    | {"lots": Shown(listed(LOT), lambda call: [_parts(lot, LOT) for lot in cells.lots_of(call)])}
    | only_for(
        STAFF,
        columns_of(Call, "fiscal_year_id correction_days notice_days reviewers_least return_reason")
        | {"quotas": Shown(listed(QUOTA), lambda call: [_parts(quota, QUOTA) for quota in call.quotas])},
    )
)
CALL_ASKED: dict[str, Any] = {
    "title": Sent(str, most=200),
    "nature": Sent(CallNature),
    "summary": Sent(str, required=False, default=""),
    **{name: Sent(datetime) for name in ("opens_at", "closes_at")},
    **{name: Sent(date) for name in ("service_from", "service_to")},
    "has_lots": Sent(bool, required=False),
    **{name: Sent(Decimal) for name in ("cap_per_project", "cap_first_time")},
    **{name: Sent(Decimal, required=False, default=ZERO) for name in ("management_percent", "fiscal_percent")},
    "instalment_percents": SentList(Sent(Decimal), required=False),
    **{name: Sent(int, required=False) for name in ("correction_days", "notice_days", "reviewers_least")},
    "required_attachments": SentList(Sent(AttachmentKind), required=False),
}


def _parts(record: Any, schema: Json) -> Json:
    """Give the parts of a record that a schema names."""
    return {name: getattr(record, name) for name in schema["properties"]}


def _as_columns(told: Mapping[str, Any]) -> dict[str, Any]:
    """Write lists as the call's columns keep them: percents without needless zeros, kinds by their codes."""
    values = dict(told)
    if "instalment_percents" in values:
        values["instalment_percents"] = [f"{part.normalize():f}" for part in values["instalment_percents"]]
    if "required_attachments" in values:
        values["required_attachments"] = [kind.value for kind in values["required_attachments"]]
    return values


def quota_of_category(
    call: Call,
    *,
    actor: Actor,
    amount: Annotated[Decimal, Ask("Amount")],
    category_code: Annotated[str | None, Ask("Category", most=40)] = None,
) -> None:
    """Set how much of a draft call may go to a category, or without one to the call as a whole; 0.00 takes it away."""
    known = {one.code: one for one in categories()}
    if category_code is not None and category_code not in known:
        raise Invalid({"category_code": [CHOOSE]})
    set_quota(call, actor=actor, category=known.get(category_code or ""), amount=amount)


class Calls(Resource):
    """Calls: drafted, changed and moved by the Centre, read by everybody once they are published."""

    route_base = "/api/v1/calls"
    page = CallView
    model = Call
    kinds = ("Call",)
    row = shape("CallRow", CALL_ROW)
    one = shape("Call", CALL_ONE)
    row_options = (selectinload(Call.quotas),)
    record_options = (selectinload(Call.quotas).joinedload(CallQuota.lot),)
    asked_to_create = {"fiscal_year_id": Sent(int)} | CALL_ASKED
    asked_to_change = optional(CALL_ASKED)
    may_create = (("create", "Call"),)
    may_change = (("change", "Call"),)
    deeds = {
        "extend": Deed(extend_call, "extend", "Call"),
        "set_quota": Deed(quota_of_category, "change", "Call"),
    }

    def make(self, told: Mapping[str, Any], actor: Actor) -> Call:
        values = _as_columns(told)
        year = only_known(FiscalYear, values.pop("fiscal_year_id"), "fiscal_year_id")
        if year.state is not FiscalYearState.APPROVED:
            raise Refused(Sentence("There is no approved budget to take the money from."))
        return create_call(year, actor=actor, **values)

    def alter(self, record: Call, told: Mapping[str, Any], actor: Actor) -> None:
        change_call(record, actor=actor, values=_as_columns(told))


# --- Applications ---

APPLICATION_ROW = columns_of(
    Application, "id version number state title category_code requested submitted_at awarded"
) | {"organization": named(lambda one: one.organization), "call": named(lambda one: one.call)}
CHECK = object_of(rule=str, outcome=CheckOutcome, reason=str, decision_reason_=str, as_of=date)
MILESTONE = object_of(title=str, starts_on=date, ends_on=date)
LINE = object_of(
    source=MoneySource, head=BudgetHead, content=str, price=Decimal, quantity=Decimal, unit=str, amount=Decimal
)
MEMBER = object_of(name=str, role=str, qualification=str, has_licence=bool)
POINT = object_of(section=str, field=str, problem=str)
HANDED_IN = object_of(version=int, sha256=str, submitted_by=str, content={"type": "object"})


def _handed_in(application: Application) -> Json | None:
    """Give what was handed in last; the text of a draft is its author's alone."""
    versions = versions_of(application.id)
    if not versions:
        return None
    last = versions[0]
    told = {"version": last.number, "sha256": last.sha256, "submitted_by": last.submitted_by}
    return told | {"content": last.snapshot}


def _checks(application: Application) -> list[Json]:
    return [_parts(check, CHECK) | {"reason": Sentence.load(check.reason)} for check in checks_of(application.id)]


def _open_points(application: Application) -> list[Json]:
    return [
        {"section": section, "field": field, "problem": Sentence.load(told)}
        for section, field, told in application.open_points or ()
    ]


ATTACHMENT = object_of(id=str, kind=str, name=str, size=int, sha256=str)


def _attachments(application: Application) -> list[Json]:
    return [
        {"id": str(file.public_id), "kind": file.kind, "name": file.original_name}
        | {"size": file.size, "sha256": file.sha256}
        for file in files_of(application)
    ]


FORM = columns_of(
    Application,
    "need goal beneficiaries plan innovation risk people person_times sessions target_proof declared",
) | {
    "lines": Shown(listed(LINE), lambda one: [_parts(line, LINE) for line in one.budget_lines]),
    "milestones": Shown(listed(MILESTONE), lambda one: [_parts(step, MILESTONE) for step in one.milestones]),
    "team": Shown(listed(MEMBER), lambda one: [_parts(person, MEMBER) for person in one.team]),
    "attachments": Shown(listed(ATTACHMENT), _attachments),
    "open_points": Shown(listed(POINT), _open_points),
}


def _sent_field(field: Any) -> Sent:
    """Give the field by which a program sends an answer of the form; an empty one is taken, as in a draft."""
    return Sent(field.type, required=False, default=field.empty, nullable=field.empty is None, most=field.most)


ANSWERS: dict[str, Any] = {
    field.name: _sent_field(field) for section in Section for field in FIELDS.get(section, ())
} | {
    table.name: SentList(SentObject({field.name: _sent_field(field) for field in table.columns}), required=False)
    for table in TABLES.values()
}


class Applications(Resource):
    """Applications: started and filled in by an organization, moved by it and by the Centre."""

    route_base = "/api/v1/applications"
    page = ApplicationView
    model = Application
    kinds = ("Application",)
    row = shape("ApplicationRow", APPLICATION_ROW)
    one = shape(
        "Application",
        APPLICATION_ROW
        | columns_of(Application, "lot_id district_code starts_on ends_on own_funds donated_funds return_reason")
        | columns_of(Application, "return_due_on")
        | {"handed_in": Shown(HANDED_IN, _handed_in, nullable=True)}
        | only_for(ORGANIZATION, FORM)
        | only_for(STAFF, {"checks": Shown(listed(CHECK), _checks)}),
    )
    row_options = (joinedload(Application.organization), joinedload(Application.call))
    record_options = row_options
    references = {"call": Application.call_id, "organization": Application.organization_id}
    asked_to_create = {
        "call_id": Sent(int),
        "lot_id": Sent(int, required=False, nullable=True),
        "title": Sent(str, required=False, default="", most=60),
    }
    asked_to_change = ANSWERS
    asked_to_attach = {"kind": Sent(AttachmentKind), "replaces": Sent(str, required=False, most=36)}
    may_create = (("create", "Application"),)
    may_change = (("edit", "Application"),)
    may_attach = (("edit", "Application"),)
    deeds = {"decide_check": Deed(decide_check, "decide_check", "Application")}
    unasked = {"submit": ("key",)}

    def make(self, told: Mapping[str, Any], actor: Actor) -> Application:
        call = only_known(Call, told["call_id"], "call_id")
        wanted = told.get("lot_id")
        lot = next((one for one in lots_of(call.id) if one.id == wanted), None)
        if wanted is not None and lot is None:
            raise Invalid({"lot_id": [CHOOSE]})
        return start_application(call, actor=actor, lot=lot, title=told.get("title", ""))

    def alter(self, record: Application, told: Mapping[str, Any], actor: Actor) -> None:
        """Save each section that is named; what is not named of it stays as it is."""
        for section in Section:
            names = [field.name for field in FIELDS.get(section, ())]
            table = TABLES.get(section)
            if any(name in told for name in (*names, *((table.name,) if table else ()))):
                values = {name: told[name] if name in told else getattr(record, name) for name in names}
                rows = _rows(record, table, told) if table else {}
                save_section(record, section, actor=actor, values=values | rows)

    def take_in(self, record: Application, told: Mapping[str, Any], upload: Upload, actor: Actor) -> None:
        """Put a file beside the others, or in the place of the one that is named."""
        if not (wanted := told.get("replaces")):
            attach_file(record, actor=actor, kind=told["kind"], stream=upload.stream, filename=upload.filename)
            return
        old = next((one for one in files_of(record) if str(one.public_id) == wanted), None)
        if old is None:
            raise Invalid({"replaces": [CHOOSE]})
        if old.kind != told["kind"]:
            raise Invalid({"kind": [CHOOSE]})
        replace_file(record, actor=actor, file=old, stream=upload.stream, filename=upload.filename)


def _rows(record: Application, table: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    """Give the rows of a table as a form sends them: `lines-0-price`; those that are not named as they are."""
    columns = [field.name for field in table.columns]
    kept: Any = {"lines": record.budget_lines, "milestones": record.milestones, "team": record.team}[table.name]
    rows = told.get(table.name, [{name: getattr(row, name) for name in columns} for row in kept])
    return {
        f"{table.name}-{place}-{name}": value
        for place, row in enumerate(rows)
        for name, value in row.items()
        if value is not None
    }


# --- Projects ---

PROJECT_ROW = columns_of(Project, "id version number state title category_code award starts_on ends_on grade") | {
    "organization": named(lambda one: one.organization)
}
CONTRACT = object_of(id=int, number=str, state=ContractState, signed_on_=date)
PART = object_of(
    id=int, kind=InstalmentKind, position=int, percent=Decimal, payable=Decimal, state=InstalmentState, paid_on_=date
)


class Projects(Resource):
    """Awarded projects: their steps, and what an organization hands in about them."""

    route_base = "/api/v1/projects"
    page = ProjectView
    model = Project
    kinds = ("Project",)
    row = shape("ProjectRow", PROJECT_ROW)
    one = shape(
        "Project",
        PROJECT_ROW
        | columns_of(
            Project,
            "people_target person_times_target sessions_target people_reached person_times_reached sessions_reached"
            " approved_spend penalties midterm_score final_score composite audited_on closed_on rectify_reason"
            " rectify_due_on stop_reason refund_due refunded_on",
        )
        | {
            "call": named(lambda one: one.call),
            "contract": Shown(
                CONTRACT, lambda one: _parts(one.contract, CONTRACT) if one.contract else None, nullable=True
            ),
            "instalments": Shown(listed(PART), lambda one: [_parts(part, PART) for part in one.instalments]),
        },
    )
    row_options = (joinedload(Project.organization),)
    record_options = (
        joinedload(Project.organization),
        joinedload(Project.call),
        joinedload(Project.contract),
        selectinload(Project.instalments),
    )
    references = {"call": Project.call_id, "organization": Project.organization_id}
    deeds = {
        "record_activity": Deed(record_activity, "record", "Activity"),
        "write_report": Deed(write_report, "write", "Report"),
        "enter_expense": Deed(enter_expense, "enter", "Expense"),
        "accept_audit": Deed(accept_audit, "accept_audit", "Project"),
        "receive_refund": Deed(receive_refund, "receive_refund", "Project"),
    }


# --- Instalments ---

INSTALMENT_ROW = columns_of(
    Instalment, "id version kind position state percent amount reduction requested_on paid_on"
) | {
    "payable": Shown(Decimal),
    "project": named(lambda one: one.project),
    "organization": named(lambda one: one.organization),
}
HANDS = ("requested_by", "checked_by", "reviewed_by", "approved_by", "paid_by")
SIGNATURES = object_of(**{f"{hand}_": str for hand in HANDS})


def _signatures(instalment: Instalment) -> Json:
    """Say by name who did what, as the page does."""
    people = {hand: getattr(instalment, f"{hand}_id") for hand in HANDS}
    names = names_of(people.values())
    return {hand: names.get(user_id or 0) for hand, user_id in people.items()}


class Instalments(Resource):
    """Instalments on their way from the request to the bank."""

    route_base = "/api/v1/instalments"
    page = InstalmentView
    model = Instalment
    kinds = ("Instalment",)
    row = shape("InstalmentRow", INSTALMENT_ROW)
    one = shape(
        "Instalment",
        INSTALMENT_ROW
        | columns_of(Instalment, "reduction_reason receipt_number bank_reference return_reason hold_reason")
        | {"signatures": Shown(SIGNATURES, _signatures)},
    )
    row_options = (joinedload(Instalment.project), joinedload(Instalment.organization))
    record_options = row_options
    references = {"project": Instalment.project_id, "organization": Instalment.organization_id}
    deeds = {"reduce": Deed(reduce_instalment, "reduce", "Instalment")}
