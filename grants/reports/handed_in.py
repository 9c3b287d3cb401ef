"""An application by its parts, out of its plain values: what papers print, pages show and versions are compared by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from grants.queries.forms import ShownAnswer, flat_answers, shown_form
from grants.rules.changes import by_label
from grants.rules.corrections import section_word
from grants.rules.fields import LABELS
from grants.states import AttachmentKind, BudgetHead, MoneySource, Section
from kernel.money import format_yuan
from kernel.words import Sentence, word_of
from orgs.reference import districts
from orgs.states import OrganizationType, RatingGrade

Text = Sentence | str

TEXTS: dict[Section, tuple[str, ...]] = {
    Section.NEED: ("need",),
    Section.GOALS: ("goal", "beneficiaries", "innovation"),
    Section.PLAN: ("plan",),
    Section.TARGETS: ("target_proof",),
    Section.RISK: ("risk",),
}
"""The long texts of each part."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a part: its headings (words, whether figures stand below), rows of texts, and a row of sums."""

    title: Text
    headings: tuple[tuple[Text, bool], ...]
    rows: tuple[tuple[Text, ...], ...]
    total: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the form: short facts, long texts, tables; each with its label."""

    section: str
    facts: tuple[tuple[Text, Text], ...] = ()
    texts: tuple[tuple[Text, str], ...] = ()
    tables: tuple[Sheet, ...] = field(default=())
    title: str = ""

    @property
    def word(self) -> Text:
        """The name of the part; a section of the call's own questions has a title."""
        return self.title or section_word(self.section)


def parts_of(told: Mapping[str, Any], locale: str | None = None) -> list[Part]:
    """Give the parts of an application in the order of the form; `told` is a snapshot, frozen or of this moment."""
    made = [build(told, locale) for build in BUILDERS[:-1]]
    made += [*own_parts(told), BUILDERS[-1](told, locale)]
    return [part for part in made if part.facts or part.texts or part.tables]


def _texts(told: Mapping[str, Any], section: Section) -> tuple[tuple[Sentence, str], ...]:
    return tuple((Sentence(LABELS[name]), told.get(name) or "") for name in TEXTS[section])


def _organization(told: Mapping[str, Any], _locale: str | None) -> Part:
    one = told["organization"]
    rating = Sentence(word_of(RatingGrade(one["rating"]))) if one.get("rating") else Sentence("No rating")
    return Part(
        Section.ORGANIZATION,
        (
            (Sentence("Name"), one["name"]),
            (Sentence("Unified social credit code"), one["credit_code"]),
            (Sentence("Type"), Sentence(word_of(OrganizationType(one["type"])))),
            (Sentence("Founded on"), one.get("founded_on") or ""),
            (Sentence("Rating"), rating),
            (Sentence("Full-time staff"), f"{one['staff_count']:,}"),
            (Sentence("Volunteers"), f"{one['volunteer_count']:,}"),
            (Sentence("Projects so far"), f"{one['projects_total']:,}"),
        ),
    )


def _basics(told: Mapping[str, Any], locale: str | None) -> Part:
    district = districts(locale or "zh").get(told.get("district") or "", "")
    lot = ((Sentence("Lot"), told["lot"]),) if told.get("lot") else ()
    return Part(
        Section.BASICS,
        (
            (Sentence("Project name"), told["title"]),
            *lot,
            (Sentence("Category"), told["category"]["name"]),
            (Sentence("District of the service"), district),
            (Sentence("Start"), told.get("starts_on") or ""),
            (Sentence("End"), told.get("ends_on") or ""),
        ),
    )


def _need(told: Mapping[str, Any], _locale: str | None) -> Part:
    return Part(Section.NEED, texts=_texts(told, Section.NEED))


def _goals(told: Mapping[str, Any], _locale: str | None) -> Part:
    return Part(Section.GOALS, texts=_texts(told, Section.GOALS))


def _plan(told: Mapping[str, Any], _locale: str | None) -> Part:
    rows = tuple((one["title"], one["starts_on"] or "", one["ends_on"] or "") for one in told["milestones"])
    headings = ((Sentence("Milestone"), False), (Sentence("Start"), False), (Sentence("End"), False))
    return Part(
        Section.PLAN,
        texts=_texts(told, Section.PLAN),
        tables=(Sheet(Sentence("Milestones"), headings, rows),),
    )


def _targets(told: Mapping[str, Any], _locale: str | None) -> Part:
    return Part(
        Section.TARGETS,
        (
            (Sentence("People served directly"), f"{told['people']:,}"),
            (Sentence("Person-times"), f"{told['person_times']:,}"),
            (Sentence("Sessions"), f"{told['sessions']:,}"),
        ),
        _texts(told, Section.TARGETS),
    )


def _team(told: Mapping[str, Any], _locale: str | None) -> Part:
    yes, no = Sentence("Yes"), Sentence("No")
    rows = tuple(
        (one["name"], one["role"], one["qualification"], yes if one["has_licence"] else no) for one in told["team"]
    )
    headings = (
        (Sentence("Person's name"), False),
        (Sentence("Role in the project"), False),
        (Sentence("Qualification"), False),
        (Sentence("Social work licence"), False),
    )
    return Part(Section.TEAM, tables=(Sheet(Sentence("Project team"), headings, rows),))


def _budget(told: Mapping[str, Any], _locale: str | None) -> Part:
    lines = told["budget_lines"]
    fiscal = [line for line in lines if line["source"] == MoneySource.FISCAL.value]
    other = [line for line in lines if line["source"] != MoneySource.FISCAL.value]
    requested, more = Decimal(told["requested"]), Decimal(told["own_funds"]) + Decimal(told["donated_funds"])
    return Part(
        Section.BUDGET,
        (
            (Sentence("Fiscal money asked for"), format_yuan(requested)),
            (Sentence("Own and donated money in all"), format_yuan(more)),
            (Sentence("Whole budget"), format_yuan(requested + more)),
        ),
        tables=(_fiscal(fiscal), *([_other(other)] if other else [])),
    )


def _fiscal(lines: Sequence[Mapping[str, str]]) -> Sheet:
    headings = (
        (Sentence("Budget head"), False),
        (Sentence("What for"), False),
        (Sentence("Price (yuan)"), True),
        (Sentence("Quantity"), True),
        (Sentence("Line total (yuan)"), True),
    )
    rows = tuple(
        (
            Sentence(word_of(BudgetHead(line["head"]))),
            line["content"],
            format_yuan(Decimal(line["price"])),
            f"{Decimal(line['quantity']).normalize():f} {line['unit']}".strip(),
            format_yuan(Decimal(line["amount"])),
        )
        for line in lines
    )
    return Sheet(Sentence("Table 1: fiscal money"), headings, rows, (Sentence("Total"), "", "", "", _sum(lines)))


def _other(lines: Sequence[Mapping[str, str]]) -> Sheet:
    headings = (
        (Sentence("Source"), False),
        (Sentence("Budget head"), False),
        (Sentence("What for"), False),
        (Sentence("Amount (yuan)"), True),
    )
    rows = tuple(
        (
            Sentence(word_of(MoneySource(line["source"]))),
            Sentence(word_of(BudgetHead(line["head"]))),
            line["content"],
            format_yuan(Decimal(line["amount"])),
        )
        for line in lines
    )
    return Sheet(Sentence("Table 2: own and donated money"), headings, rows, (Sentence("Total"), "", "", _sum(lines)))


def _sum(lines: Sequence[Mapping[str, str]]) -> str:
    return format_yuan(sum((Decimal(line["amount"]) for line in lines), Decimal(0)))


def _risk(told: Mapping[str, Any], _locale: str | None) -> Part:
    return Part(Section.RISK, texts=_texts(told, Section.RISK))


def own_parts(told: Mapping[str, Any]) -> list[Part]:
    """Give the sections of the call's own questions, each answer as a text or a table."""
    codes = [f"form:{section['key']}" for section in (told.get("form") or {}).get("sections", ())]
    return [
        Part(
            code,
            texts=tuple((one.label, one.text) for one in answers if not one.columns),
            tables=tuple(_answered(one) for one in answers if one.columns),
            title=title,
        )
        for code, (title, answers) in zip(codes, shown_form(told), strict=True)
    ]


def _answered(answer: ShownAnswer) -> Sheet:
    headings = tuple((column, False) for column in answer.columns)
    return Sheet(answer.label, headings, tuple(tuple(row) for row in answer.rows))


def _attachments(told: Mapping[str, Any], _locale: str | None) -> Part:
    asked = {f"answer-{key}": label for key, (label, _text) in flat_answers(told).items()}
    rows = tuple(
        (
            asked.get(file["kind"]) or Sentence(word_of(AttachmentKind(file["kind"]))),
            file["name"],
            file["sha256"][:16],
        )
        for file in told["attachments"]
    )
    headings = ((Sentence("Kind"), False), (Sentence("File"), False), (Sentence("Check sum (begins)"), False))
    return Part(Section.ATTACHMENTS, tables=(Sheet(Sentence("Attachments"), headings, rows),) if rows else ())


Build = Callable[[Mapping[str, Any], str | None], Part]

BUILDERS: tuple[Build, ...] = (
    _organization,
    _basics,
    _need,
    _goals,
    _plan,
    _targets,
    _team,
    _budget,
    _risk,
    _attachments,
)


def written(text: Text, locale: str | None = None) -> str:
    """Give a text of a part in a language."""
    return text.render(locale) if isinstance(text, Sentence) else str(text)


def lines_of(part: Part, locale: str | None = None) -> dict[str, str]:
    """Give a part as label → text to be compared: a table is one text, a row a line."""
    told = [(written(label, locale), written(text, locale)) for label, text in (*part.facts, *part.texts)]
    for sheet in part.tables:
        rows = [" · ".join(filter(None, (written(cell, locale) for cell in row))) for row in sheet.rows]
        told.append((written(sheet.title, locale), "\n".join(rows)))
    return by_label(told)


def day(text: str | None) -> date | None:
    """Read a day of a snapshot."""
    return date.fromisoformat(text) if text else None
