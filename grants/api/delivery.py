"""Projects and instalments for programs: their steps, and what is handed in and decided about them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import joinedload, selectinload

from grants.models import Instalment, Project
from grants.operations.delivery import record_activity, write_report
from grants.operations.expenses import enter_expense
from grants.operations.money import reduce_instalment
from grants.operations.projects import accept_audit, receive_refund
from grants.states import ContractState, InstalmentKind, InstalmentState
from grants.views.instalments import InstalmentView
from grants.views.projects import ProjectView
from kernel.api.fields import Json, Shown, listed, object_of
from kernel.api.resource import Deed, Resource
from kernel.api.shapes import columns_of, named, parts_of, shape
from kernel.people import names_of
from orgs.operations import survivor_of

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
                CONTRACT, lambda one: parts_of(one.contract, CONTRACT) if one.contract else None, nullable=True
            ),
            "instalments": Shown(listed(PART), lambda one: [parts_of(part, PART) for part in one.instalments]),
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
    led_on = {"organization": survivor_of}
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
    led_on = {"organization": survivor_of}
    deeds = {"reduce": Deed(reduce_instalment, "reduce", "Instalment")}
