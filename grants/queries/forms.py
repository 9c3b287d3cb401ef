"""What is read about the forms of calls: the one being built, the frozen versions, and the answers to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from grants.models import Application, CallForm, FormAnswers, FormVersion
from grants.questions import Answers, Definition, Question, asked
from grants.states import ApplicationState, PassportFact as Fact, QuestionKind
from kernel.db import db
from kernel.words import Sentence, word_of
from orgs.models import Organization
from orgs.reference import districts

YES, NO = Sentence("Yes"), Sentence("No")


def form_of(call_id: int) -> CallForm | None:
    """Give the form of a call as it is being built."""
    return db.session.scalars(select(CallForm).where(CallForm.call_id == call_id)).first()


def definition_being_built(call_id: int) -> Definition:
    """Give the questions of a call as they are being built; none where nobody has begun."""
    found = form_of(call_id)
    return found.form if found else Definition()


def versions_of_form(call_id: int) -> Sequence[FormVersion]:
    """Give the frozen versions of a call's form, the newest first."""
    wanted = select(FormVersion).where(FormVersion.call_id == call_id)
    return db.session.scalars(wanted.order_by(FormVersion.number.desc())).all()


def latest_form_version(call_id: int) -> FormVersion | None:
    """Give the version on which an application is begun now."""
    wanted = select(FormVersion).where(FormVersion.call_id == call_id)
    return db.session.scalars(wanted.order_by(FormVersion.number.desc()).limit(1)).first()


def drafts_of(call_id: int) -> Sequence[Application]:
    """Give the drafts under a call, each with its call."""
    wanted = select(Application).where(Application.call_id == call_id, Application.state == ApplicationState.DRAFT)
    return db.session.scalars(wanted.options(joinedload(Application.call)).order_by(Application.id)).all()


def count_handed_in(call_id: int) -> int:
    """Count the applications of a call that have been handed in, whatever became of them."""
    wanted = (
        select(func.count())
        .select_from(Application)
        .where(Application.call_id == call_id, Application.state != ApplicationState.DRAFT)
        .where(Application.submitted_at.is_not(None))
    )
    return db.session.scalar(wanted) or 0


def answers_of(application_id: int) -> dict[str, Any]:
    """Give everything that an application answers to its call's own questions."""
    wanted = select(FormAnswers.answers).where(FormAnswers.application_id == application_id)
    return {key: value for answers in db.session.scalars(wanted) for key, value in answers.items()}


# The passport


def passport_value(organization: Organization, fact: Fact) -> Any:
    """Give a fact of the register as it is frozen: text, or a stored sentence that each reader gets in their language."""
    match fact:
        case Fact.TYPE:
            return Sentence(word_of(organization.type)).dump()
        case Fact.RATING:
            grade = organization.rating_grade
            return Sentence(word_of(grade) if grade else "No rating").dump()
        case Fact.PARTY:
            return (YES if organization.has_party_organization else NO).dump()
        case Fact.FEDERATION:
            return (YES if organization.has_womens_federation else NO).dump()
        case Fact.DISTRICT:
            return districts().get(organization.district_code or "", "")
        case Fact.FOUNDED_ON:
            return organization.founded_on.isoformat() if organization.founded_on else ""
        case Fact.PROJECTS:
            return f"{organization.projects_total:,}"
        case Fact.STAFF_COUNT | Fact.VOLUNTEER_COUNT:
            return f"{getattr(organization, fact.value):,}"
        case _:
            return getattr(organization, fact.value) or ""


# Frozen answers


def frozen_form(application: Application, files: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any] | None:
    """Give the call's own questions with what was answered, as plain values; what was not asked is left out.

    `files` are the attachments by their kind.
    """
    version = application.form_version
    if version is None or not version.form.sections:
        return None
    answers = answers_of(application.id)
    shown = {question.key for question in asked(version.form, answers)}
    return {
        "version": version.number,
        "sha256": version.sha256,
        "sections": [
            {
                "key": section.key,
                "title": section.title,
                "answers": [
                    _frozen(application.organization, question, answers, files)
                    for question in section.questions
                    if question.key in shown
                ],
            }
            for section in version.form.sections
        ],
    }


def _frozen(
    organization: Organization,
    question: Question,
    answers: Answers,
    files: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, Any]:
    told: dict[str, Any] = {"key": question.key, "label": question.label, "kind": question.kind.value}
    if question.unit:
        told["unit"] = question.unit
    match question.kind:
        case QuestionKind.PASSPORT:
            value = passport_value(organization, question.fact) if question.fact else ""
        case QuestionKind.FILE:
            value = [file["name"] for file in files.get(question.file_kind, ())]
        case QuestionKind.TABLE:
            told["columns"] = [column.label for column in question.columns]
            value = answers.get(question.key, [])
        case _:
            value = answers.get(question.key)
    return told | {"value": value}


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One answer as people read it; a table has columns and rows instead of a text."""

    label: str
    text: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default_factory=tuple)


def shown_form(snapshot: Mapping[str, Any]) -> Iterator[tuple[str, list[ShownAnswer]]]:
    """Read the call's own questions out of a frozen application: (section, answers)."""
    for section in (snapshot.get("form") or {}).get("sections", ()):
        yield section["title"], [_shown(answer) for answer in section["answers"]]


def _shown(answer: Mapping[str, Any]) -> ShownAnswer:
    value = answer.get("value")
    if answer["kind"] == QuestionKind.TABLE.value:
        rows = [[cell or "—" for cell in row] for row in value or ()]
        return ShownAnswer(answer["label"], "", answer.get("columns", ()), rows)
    return ShownAnswer(answer["label"], answer_text(answer["kind"], value, answer.get("unit", "")))


def answer_text(kind: str, value: Any, unit: str = "") -> str:
    """Write one answer in words, as lists and comparisons show it."""
    if value in (None, "", []):
        return ""
    if isinstance(value, Mapping):
        return Sentence.load(value).render()
    if kind == QuestionKind.NUMBER.value:
        return f"{Decimal(value):,f} {unit}".strip()
    if isinstance(value, list):
        return "\n".join(" · ".join(cell or "—" for cell in one) if isinstance(one, list) else one for one in value)
    return str(value)


def flat_answers(snapshot: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Give question key → (label, answer in words) of a frozen application, to compare two versions."""
    return {
        answer["key"]: (answer["label"], answer_text(answer["kind"], answer.get("value"), answer.get("unit", "")))
        for section in (snapshot.get("form") or {}).get("sections", ())
        for answer in section["answers"]
    }
