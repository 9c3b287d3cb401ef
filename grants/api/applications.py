"""Applications for programs: started, filled in and answered by an organization, moved by it and by the Centre."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import joinedload

from grants.api.forms import ANSWER, ANSWERS, FILE, FORM, answers_asked, file_told, form_told, typed_into
from grants.models import Application, Call
from grants.operations.answers import attach_answer, save_answers
from grants.operations.application_form import attach_file, replace_file, save_section
from grants.operations.applications import start_application
from grants.operations.corrections import ask_for_corrections
from grants.operations.eligibility import decide_check
from grants.queries.applications import checks_of, versions_of
from grants.queries.applying import points_of
from grants.queries.calls import lots_of
from grants.queries.forms import answers_of
from grants.questions import Definition
from grants.rules.corrections import is_answered
from grants.rules.fields import FIELDS, TABLES
from grants.states import AttachmentKind, BudgetHead, CheckOutcome, MoneySource, Section
from grants.views.applications import ApplicationView
from kernel.actor import Actor, ReaderKind
from kernel.api.fields import FILL_IN, Json, Sent, SentLater, SentList, SentNamed, SentObject, Shown, listed, object_of
from kernel.api.requests import Upload, read_body, renamed
from kernel.api.resource import Deed, Resource, only_known
from kernel.api.shapes import STRANGE, columns_of, named, only_for, parts_of, shape
from kernel.errors import Invalid, NotFound
from kernel.files import files_of
from kernel.words import Sentence
from orgs.operations import survivor_of

STAFF, ORGANIZATION = (ReaderKind.STAFF,), (ReaderKind.ORG,)
CHOOSE = Sentence("Please choose one of the offered values.")

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
NOTE = object_of(section=str, comment=str, answered=bool)
HANDED_IN = object_of(version=int, sha256=str, submitted_by=str, content={"type": "object"})


def _handed_in(application: Application) -> Json | None:
    """Give what was handed in last; the text of a draft is its author's alone."""
    versions = versions_of(application.id) if application.version_number else ()
    if not versions:
        return None
    last = versions[0]
    told = {"version": last.number, "sha256": last.sha256, "submitted_by": last.submitted_by}
    return told | {"content": last.snapshot}


def _checks(application: Application) -> list[Json]:
    return [parts_of(check, CHECK) | {"reason": Sentence.load(check.reason)} for check in checks_of(application.id)]


def _open_points(application: Application) -> list[Json]:
    return [
        {"section": section, "field": field, "problem": Sentence.load(told)}
        for section, field, told in application.open_points or ()
    ]


def _notes(application: Application) -> list[Json]:
    """Give what was written about single parts when the application was sent back, and whether each was saved since."""
    return [
        {"section": point.section, "comment": point.comment, "answered": is_answered(application, point)}
        for point in points_of(application)
    ]


def _questions(application: Application) -> Definition:
    """Give the questions of its call with which the application was begun; none where its call asks none of its own."""
    version = application.form_version
    return version.form if version is not None else Definition()


OWN = columns_of(
    Application,
    "need goal beneficiaries plan innovation risk people person_times sessions target_proof declared",
) | {
    "lines": Shown(listed(LINE), lambda one: [parts_of(line, LINE) for line in one.budget_lines]),
    "milestones": Shown(listed(MILESTONE), lambda one: [parts_of(step, MILESTONE) for step in one.milestones]),
    "team": Shown(listed(MEMBER), lambda one: [parts_of(person, MEMBER) for person in one.team]),
    "attachments": Shown(listed(FILE), lambda one: [file_told(file) for file in files_of(one)]),
    "open_points": Shown(listed(POINT), _open_points),
    "form": Shown(FORM, lambda one: form_told(_questions(one), one.form_version), nullable=True),
    "answers": Shown(ANSWERS, lambda one: answers_of(one.id) if one.form_version else {}),
}


def _sent_field(field: Any) -> Sent:
    """Give the field by which a program sends an answer of the form; an empty one is taken, as in a draft."""
    return Sent(field.type, required=False, default=field.empty, nullable=field.empty is None, most=field.most)


ASKED: dict[str, Any] = {field.name: _sent_field(field) for section in Section for field in FIELDS.get(section, ())} | {
    table.name: SentList(SentObject({field.name: _sent_field(field) for field in table.columns}), required=False)
    for table in TABLES.values()
}


def return_with_notes(
    application: Application, *, actor: Actor, reason: str = "", notes: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Send an application back with a note on each part that is to be corrected, or with a reason for the whole."""
    with renamed(lambda name: name if name == "reason" else f"notes-{name}"):
        ask_for_corrections(application, actor=actor, comments=notes, reason=reason)


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
        | {
            "handed_in": Shown(HANDED_IN, _handed_in, nullable=True),
            "notes": Shown(listed(NOTE), _notes),
        }
        | only_for(ORGANIZATION, OWN)
        | only_for(STAFF, {"checks": Shown(listed(CHECK), _checks)}),
    )
    row_options = (joinedload(Application.organization), joinedload(Application.call))
    record_options = (*row_options, joinedload(Application.form_version), joinedload(Application.team))
    references = {"call": Application.call_id, "organization": Application.organization_id}
    led_on = {"organization": survivor_of}
    asked_to_create = {
        "call_id": Sent(int),
        "lot_id": Sent(int, required=False, nullable=True),
        "title": Sent(str, required=False, default="", most=60),
    }
    asked_to_change = ASKED | {"answers": SentNamed(SentLater(ANSWER), required=False)}
    asked_to_attach = {
        "kind": Sent(AttachmentKind, required=False),
        "question": Sent(str, required=False, most=10),
        "replaces": Sent(str, required=False, most=36),
    }
    may_create = (("create", "Application"),)
    may_change = (("edit", "Application"),)
    may_attach = (("edit", "Application"),)
    deeds = {
        "decide_check": Deed(decide_check, "decide_check", "Application"),
        "return_application": Deed(
            return_with_notes,
            "return_application",
            "Application",
            asked={
                "reason": Sent(str, required=False, default=""),
                "notes": SentNamed(Sent(str), required=False),
            },
        ),
    }
    unasked = {"submit": ("key",)}

    def make(self, told: Mapping[str, Any], actor: Actor) -> Application:
        call = only_known(Call, told["call_id"], "call_id")
        wanted = told.get("lot_id")
        lot = next((one for one in lots_of(call.id) if one.id == wanted), None)
        if wanted is not None and lot is None:
            raise Invalid({"lot_id": [CHOOSE]})
        return start_application(call, actor=actor, lot=lot, title=told.get("title", ""))

    def alter(self, record: Application, told: Mapping[str, Any], actor: Actor) -> None:
        """Save each section that is named, and the answers to the call's own questions; what is not named stays."""
        for section in Section:
            names = [field.name for field in FIELDS.get(section, ())]
            table = TABLES.get(section)
            if any(name in told for name in (*names, *((table.name,) if table else ()))):
                values = {name: told[name] if name in told else getattr(record, name) for name in names}
                rows = _rows(record, table, told) if table else {}
                save_section(record, section, actor=actor, values=values | rows)
        if "answers" in told:
            self._answer(record, told["answers"], actor)

    def _answer(self, record: Application, told: Mapping[str, Any], actor: Actor) -> None:
        """Save each section of the call's own questions of which one is answered; the others of it stay as they are."""
        form = _questions(record)
        sent = read_body(shape("Answers", {"answers": answers_asked(form)})(), {"answers": told})["answers"]
        answers = answers_of(record.id) | sent
        for section in form.sections:
            if any(question.key in sent for question in section.questions):
                with renamed(lambda name: f"answers-{name}"):
                    save_answers(record, section.key, actor=actor, values=typed_into(section, answers))

    def take_in(self, record: Application, told: Mapping[str, Any], upload: Upload, actor: Actor) -> None:
        """Put a file under its question, beside the others of its kind, or in the place of the one that is named."""
        if "question" in told:
            _attach_answer(record, told, upload, actor)
            return
        if told.get("kind") is None:
            raise Invalid({"kind": [FILL_IN]})
        if not (wanted := told.get("replaces")):
            attach_file(record, actor=actor, kind=told["kind"], stream=upload.stream, filename=upload.filename)
            return
        old = next((one for one in files_of(record) if str(one.public_id) == wanted), None)
        if old is None:
            raise Invalid({"replaces": [CHOOSE]})
        if old.kind != told["kind"]:
            raise Invalid({"kind": [CHOOSE]})
        replace_file(record, actor=actor, file=old, stream=upload.stream, filename=upload.filename)


def _attach_answer(record: Application, told: Mapping[str, Any], upload: Upload, actor: Actor) -> None:
    """Attach the file that a question asks for; it takes the place of the one before by itself."""
    if strange := told.keys() - {"question"}:
        raise Invalid({name: [STRANGE] for name in strange})
    try:
        attach_answer(record, told["question"], actor=actor, stream=upload.stream, filename=upload.filename)
    except NotFound:
        raise Invalid({"question": [CHOOSE]}) from None


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
