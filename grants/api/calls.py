"""Calls for programs: drafted part by part and moved by the Centre, read by everybody once they are published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy.orm import selectinload

from grants.api.conditions import CONDITION, RULES, conditions_told, rules_sent
from grants.api.forms import FILE, FORM, file_told, form_told
from grants.models import Call, FiscalYear
from grants.operations.call_copies import copy_call
from grants.operations.call_documents import DOCUMENT
from grants.operations.call_rules import choose_rules
from grants.operations.calls import change_call, create_call, extend_call, set_quota
from grants.operations.lots import LotRow, import_lots
from grants.queries.calls import categories
from grants.queries.forms import definition_being_built, latest_form_version
from grants.rules.eligibility.choosing import chosen_of
from grants.states import AttachmentKind, BudgetHead, CallNature, FiscalYearState, TargetKind
from grants.views import cells
from grants.views.call_form import CAPPED, SETS, read_call
from grants.views.calls import CallView, find_call
from kernel.actor import Actor, ReaderKind
from kernel.api.fields import Json, Sent, SentList, SentObject, Shown, listed, object_of
from kernel.api.requests import renamed
from kernel.api.resource import Deed, Resource, only_known
from kernel.api.shapes import columns_of, only_for, optional, parts_of, shape
from kernel.arguments import Ask
from kernel.errors import Invalid, Refused
from kernel.files import files_of
from kernel.identity import current_actor
from kernel.money import ZERO, sum_of
from kernel.words import Sentence

STAFF = (ReaderKind.STAFF,)
CHOOSE = Sentence("Please choose one of the offered values.")

CALL_ROW = columns_of(
    Call,
    "id version number title nature state opens_at closes_at service_from service_to has_lots cap_per_project"
    " cap_first_time",
) | {"quotas_total": Shown(Decimal, lambda call: sum_of(quota.amount for quota in call.quotas))}
LOT = object_of(id=int, position=int, title=str, amount=Decimal, category_code_=str)
QUOTA = object_of(category_code_=str, lot_id_=int, amount=Decimal)
LOT_ASKED = {"position": Sent(int), "title": Sent(str, most=200), "amount": Sent(Decimal)}
HEAD_CAPS = SentObject(
    {head.value: Sent(Decimal, required=False, nullable=True) for head in CAPPED},
    required=False,
)
"""Budget head → its cap in percent of the fiscal money; the management fee's is a column of its own."""


def _is_staff() -> bool:
    return current_actor().kind is ReaderKind.STAFF


def _form(call: Call) -> Json | None:
    """Give the form on which an application is begun now; before the publication what is being built, which is the staff's."""
    if call.published_at is None:
        return form_told(definition_being_built(call.id))
    version = latest_form_version(call.id)
    return form_told(version.form, version) if version is not None else None


def _documents(call: Call) -> list[Json]:
    """Give what everybody may download; a draft's documents are not public yet."""
    files = files_of(call, DOCUMENT) if call.published_at is not None else ()
    return [file_told(file) for file in files]


CALL_ONE = (
    CALL_ROW
    | columns_of(
        Call,
        "summary published_at management_percent fiscal_percent instalment_percents notice_days questions_until"
        " required_attachments budget_heads target_kinds extension_reason withdrawn_reason",
    )
    | {
        "head_caps": Shown(HEAD_CAPS.schema, lambda call: call.head_caps),
        "lots": Shown(listed(LOT), lambda call: [parts_of(lot, LOT) for lot in cells.lots_of(call)]),
        "quotas": Shown(listed(QUOTA), lambda call: [parts_of(quota, QUOTA) for quota in call.quotas]),
        "conditions": Shown(listed(CONDITION), lambda call: conditions_told(chosen_of(call.id), for_staff=_is_staff())),
        "form": Shown(FORM, _form, nullable=True),
        "documents": Shown(listed(FILE), _documents),
    }
    | only_for(
        STAFF,
        columns_of(
            Call,
            "fiscal_year_id correction_days reviewers_least review_set midterm_set final_set copied_from_id return_reason",
        ),
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
    **{
        name: Sent(int, required=False)
        for name in ("correction_days", "notice_days", "reviewers_least", "questions_until")
    },
    "required_attachments": SentList(Sent(AttachmentKind), required=False),
    "budget_heads": SentList(Sent(BudgetHead), required=False),
    "target_kinds": SentList(Sent(TargetKind), required=False),
    "head_caps": HEAD_CAPS,
    **{name: Sent(str, required=False, most=40) for name in SETS},
    "rules": RULES,
}


def _as_columns(told: Mapping[str, Any]) -> dict[str, Any]:
    """Write what is sent as the call's columns keep it: percents without needless zeros, kinds by their codes."""
    values = dict(told)
    if "instalment_percents" in values:
        values["instalment_percents"] = [_percent(part) for part in values["instalment_percents"]]
    if "head_caps" in values:
        values["head_caps"] = {head: _percent(cap) for head, cap in values["head_caps"].items() if cap is not None}
    for name in ("required_attachments", "budget_heads", "target_kinds"):
        if name in values:
            values[name] = [kind.value for kind in dict.fromkeys(values[name])]
    return values | read_call(values, [name for name in SETS if name in values])


def _percent(part: Decimal) -> str:
    return f"{part.normalize():f}"


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


def lots_of_list(call: Call, *, actor: Actor, lots: Sequence[Mapping[str, Any]]) -> None:
    """Bring the lots of a draft call to a list, matched by name; the same list once more changes nothing."""
    import_lots(call, actor=actor, rows=[LotRow(**lot) for lot in lots])


def copy_for_year(
    call: Call,
    *,
    actor: Actor,
    fiscal_year_id: Annotated[int, Ask("Budget year")],
    title: Annotated[str, Ask("Title", most=200)],
) -> Call:
    """Draft a call like another one, for a year whose budget is approved; the answer is the new draft."""
    return copy_call(call, actor=actor, year=only_known(FiscalYear, fiscal_year_id, "fiscal_year_id"), title=title)


class Calls(Resource):
    """Calls: drafted, changed and moved by the Centre, read by everybody once they are published."""

    route_base = "/api/v1/calls"
    page = CallView
    model = Call
    kinds = ("Call",)
    row = shape("CallRow", CALL_ROW)
    one = shape("Call", CALL_ONE)
    row_options = (selectinload(Call.quotas),)
    asked_to_create = {"fiscal_year_id": Sent(int)} | CALL_ASKED
    asked_to_change = optional(CALL_ASKED)
    may_create = (("create", "Call"),)
    may_change = (("change", "Call"),)
    deeds = {
        "extend": Deed(extend_call, "extend", "Call"),
        "set_quota": Deed(quota_of_category, "change", "Call"),
        "import_lots": Deed(lots_of_list, "change", "Call", asked={"lots": SentList(SentObject(LOT_ASKED))}),
        "copy": Deed(copy_for_year, "create", "Call", makes=True),
    }

    def find(self, pk: int) -> Call:
        return find_call(pk)

    def make(self, told: Mapping[str, Any], actor: Actor) -> Call:
        values = {name: value for name, value in told.items() if name != "rules"}
        year = only_known(FiscalYear, values.pop("fiscal_year_id"), "fiscal_year_id")
        if year.state is not FiscalYearState.APPROVED:
            raise Refused(Sentence("There is no approved budget to take the money from."))
        with renamed(_as_sent):
            call = create_call(year, actor=actor, **_as_columns(values))
        self._ask(call, told, actor)
        return call

    def alter(self, record: Call, told: Mapping[str, Any], actor: Actor) -> None:
        values = {name: value for name, value in told.items() if name != "rules"}
        with renamed(_as_sent):
            change_call(record, actor=actor, values=_as_columns(values))
        self._ask(record, told, actor)

    def _ask(self, call: Call, told: Mapping[str, Any], actor: Actor) -> None:
        """Choose the rules that are sent: all of them, since what is not named is asked no more."""
        if "rules" in told:
            with renamed(lambda name: f"rules-{name}" if name else "rules"):
                choose_rules(call, actor=actor, values=rules_sent(told["rules"]))


def _as_sent(name: str) -> str:
    """Name a problem by the part in which a program sends it: the caps of budget heads stand in an object."""
    return f"head_caps-{name.removeprefix('cap-')}" if name.startswith("cap-") else name
