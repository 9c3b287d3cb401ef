"""The parts of the application form as pages show them: what is asked, what was typed, and how far each is filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from grants.models import Application, CorrectionPoint
from grants.rules.corrections import is_answered, open_sections
from grants.rules.fields import FIELDS, LABELS, LONG, TABLES, typed_rows
from grants.states import BudgetHead, MoneySource, Section
from grants.views import cells
from kernel import pages
from kernel.money import ZERO
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from kernel.words import Sentence

HINTS: dict[str, Any] = {
    "title": _l("At most 60 characters; no name of the organization in it."),
    "starts_on": _l("The service of this call runs from %(start)s to %(end)s."),
    "need": _l("Who needs this, how many, how do you know, and what is missing today? At least 50 characters."),
    "goal": _l("The overall goal first, then two to four sub-goals that can be measured."),
    "beneficiaries": _l("Whom you serve directly; name those whom you reach indirectly apart."),
    "innovation": _l("What is new about it, and what others could take over."),
    "plan": _l("What you do, in which order, with whom."),
    "people": _l("Each person once."),
    "person_times": _l("Each visit of each person; never fewer than people."),
    "target_proof": _l("Sign-in sheets stay with you as restricted files; here only how you prove the numbers."),
    "risk": _l("What could go wrong, how you prevent it, and what you do then."),
    "requested": _l(
        "At most %(cap)s yuan a project. You have had contracts before: the %(first)s yuan for first-time contractors "
        "do not bind you."
    ),
    "requested_first": _l("At most %(first)s yuan: it would be your first contract. Later ones may have %(cap)s yuan."),
}
SHOWN_OF_NOTE = 60
FILLED_HINTS = frozenset({"starts_on", "requested", "requested_first"})
LONG_TEXTS = frozenset({"need", "goal", "beneficiaries", "innovation", "plan", "risk", "target_proof"})
CHOSEN = frozenset({"lot_id", "category_code", "district_code"})


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """One thing that a section still lacks; `section` is the code of a part."""

    section: str
    field: str
    sentence: Sentence

    @property
    def anchor(self) -> str:
        return f"f-{self.field}"


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One section in the task list: its address, what is open in it, and its chip (tone, icon, words)."""

    label: str
    url: str | None
    text: str
    chip: tuple[str, str, str]
    open: bool

    @property
    def is_done(self) -> bool:
        """Whether nothing is to be done here: filled in, or kept as it was handed in."""
        return self.chip[0] == "ok" or (self.chip[1] == "lock" and self.url is not None)


def open_points(application: Application) -> list[OpenPoint]:
    """Give what the form still lacks, as it stood at the last save."""
    return [
        OpenPoint(section, field, Sentence.load(sentence)) for section, field, sentence in application.open_points or []
    ]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the form: a built-in section, or one of the call's own questions."""

    code: str
    label: str
    url: str


def parts_of(application: Application) -> list[Part]:
    """Give the parts in the order in which they are filled in; the call's own questions stand before the files."""
    parts = [
        Part(one.value, cells.word(one), url_for("ApplicationForm.section", pk=application.id, name=one.value))
        for one in Section
    ]
    version = application.form_version
    own = [
        Part(one.code, one.title, url_for("ApplicationAnswers.section", pk=application.id, key=one.key))
        for one in (version.form.sections if version else ())
    ]
    before = list(Section).index(Section.ATTACHMENTS)
    return [*parts[:before], *own, *parts[before:]]


def following(application: Application, code: str) -> Part:
    """Give the part after this one, or the last one itself."""
    parts = parts_of(application)
    place = next(place for place, part in enumerate(parts) if part.code == code)
    return parts[min(place + 1, len(parts) - 1)]


def task_list(application: Application, here: str | None, notes: Sequence[CorrectionPoint] = ()) -> list[TaskLine]:
    """Give the parts with how far each is filled in; the last one opens when the others are done.

    `notes` are what the Centre wrote about single parts of a returned application.
    """
    points, by_section = open_points(application), {note.section: note for note in notes}
    may_change = open_sections(application, notes)
    blocked = any(one for one in points if one.section not in {Section.DECLARATION, Section.SELF_CHECK})
    lines = []
    for place, part in enumerate(parts_of(application), 1):
        locked = part.code == Section.DECLARATION and blocked
        note = by_section.get(part.code)
        if note is not None and not locked:
            chip, text = _noted(application, note)
        elif may_change is not None and part.code not in may_change:
            chip, text = ("idle", "lock", _("As handed in")), ""
        else:
            lacking = [one for one in points if one.section == part.code]
            chip, text = _status(application, part.code, lacking, locked=locked)
        lines.append(TaskLine(f"{place}. {part.label}", None if locked else part.url, text, chip, part.code == here))
    return lines


def _noted(application: Application, note: CorrectionPoint) -> tuple[tuple[str, str, str], str]:
    if is_answered(application, note):
        return ("ok", "check-circle-fill", _("Corrected")), ""
    return ("bud", "arrow-return-left", _("To correct")), note.comment[:SHOWN_OF_NOTE]


def _told(application: Application, section: str) -> str:
    """Say in a few words what a section that is filled in holds; from the record alone."""
    match section:
        case Section.ORGANIZATION:
            return _("From the register")
        case Section.NEED:
            return ngettext(
                "%(count)s character",
                "%(count)s characters",
                len("".join(application.need.split())),
                count=f"{len(''.join(application.need.split())):,}",
            )
        case Section.TARGETS:
            return _(
                "People: %(people)s, person-times: %(times)s, sessions: %(sessions)s",
                people=f"{application.people:,}",
                times=f"{application.person_times:,}",
                sessions=f"{application.sessions:,}",
            )
        case Section.BUDGET:
            return _("%(amount)s yuan", amount=f"{application.requested:,.2f}")
        case _:
            return ""


def _status(
    application: Application, section: str, lacking: Sequence[OpenPoint], *, locked: bool
) -> tuple[tuple[str, str, str], str]:
    if locked:
        return ("idle", "lock", _("Not yet")), _("Opens when the other parts are done")
    if not lacking:
        return ("ok", "check-circle-fill", _("Completed")), _told(application, section)
    told = _("%(count)s to mend", count=len(lacking)) if len(lacking) > 1 else lacking[0].sentence.render()
    if section == Section.SELF_CHECK:
        return ("bad", "x-octagon-fill", _("Not met")), told
    if section not in application.section_versions:
        return ("idle", "circle", _("Not started")), ""
    if section == Section.BUDGET:
        return ("bad", "exclamation-octagon-fill", _("Has errors")), told
    return ("warn", "pencil-square", _("To be completed")), told


def progress_of(lines: Sequence[TaskLine]) -> dict[str, Any]:
    """Give how many sections stand where, for the bar above the list; shares in percent."""
    tones = ["ok" if line.is_done else line.chip[0] for line in lines]
    done, open_ones = tones.count("ok"), sum(tone in {"warn", "bad"} for tone in tones)
    return {
        "done": done,
        "total": len(lines),
        "open": open_ones,
        "untouched": len(lines) - done - open_ones,
        "done_share": f"{done * 100 / len(lines):.2f}",
        "open_share": f"{open_ones * 100 / len(lines):.2f}",
    }


# What is asked


def fields_of(
    application: Application,
    section: Section,
    typed: Mapping[str, Any] | None,
    problems: Mapping[str, Sequence[Sentence]],
    choices: Mapping[str, Sequence[tuple[Any, str]]],
) -> list[pages.FieldView]:
    """Draw the questions of a section: with what was typed just now, else with what is stored."""
    shown = []
    for field in FIELDS.get(section, ()):
        if field.name == "lot_id" and not application.call.has_lots:
            continue
        value = typed.get(field.name) if typed is not None else _stored(application, field.name)
        shown.append(
            pages.FieldView(
                field.name,
                _(LABELS[field.name]),
                _kind(field.name, field.type),
                hint=_hint(application, field.name),
                required=field.name != "innovation",
                choices=choices.get(field.name, ()),
                value=value,
                errors=[sentence.render() for sentence in problems.get(field.name, ())],
                rows=8 if field.name in {"need", "plan"} else 4,
                maxlength=field.most if field.most < LONG else None,
            )
        )
    return shown


def _kind(name: str, wanted: type) -> str:
    if name in LONG_TEXTS:
        return "textarea"
    if name in CHOSEN:
        return "choice"
    return {"Decimal": "money", "int": "number", "date": "date", "bool": "checkbox"}.get(wanted.__name__, "text")


def _stored(application: Application, name: str) -> Any:
    value = getattr(application, name)
    if value in {0, ZERO} and not isinstance(value, bool):
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else value


def _hint(application: Application, name: str) -> str:
    call = application.call
    told = {
        "start": call.service_from,
        "end": call.service_to,
        "cap": f"{call.cap_per_project:,.2f}",
        "first": f"{call.cap_first_time:,.2f}",
    }
    if name == "requested" and application.organization.projects_total == 0:
        name = "requested_first"
    return str(HINTS.get(name, "")) % told if name in FILLED_HINTS else str(HINTS.get(name, ""))


def rows_of(
    application: Application,
    section: Section,
    typed: Mapping[str, Any] | None,
    problems: Mapping[str, Sequence[Sentence]],
) -> list[dict[str, Any]]:
    """Give the rows of a section's table: cells by column, and what is wrong with the row."""
    name = TABLES[section].name
    found = typed_rows(name, typed) if typed is not None else list(enumerate(stored_rows(application, section)))
    return [row | {"errors": _row_errors(f"{name}-{number}-", problems)} for number, row in found]


def stored_rows(application: Application, section: Section) -> list[dict[str, Any]]:
    """Give the stored rows of a section's table as the form shows them."""
    table = TABLES[section]
    stored = {"lines": "budget_lines", "milestones": "milestones", "team": "team"}[table.name]
    return [
        {column.name: _cell(getattr(row, column.name)) for column in table.columns}
        for row in getattr(application, stored)
    ]


def _row_errors(prefix: str, problems: Mapping[str, Sequence[Sentence]]) -> list[str]:
    return [one.render() for name, told in problems.items() if name.startswith(prefix) for one in told]


def budget_of(rows: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Sort the rows of the budget into its two tables: fiscal money, and own or donated money."""
    lines = [
        {
            "head": row.get("head"),
            "text": row.get("content"),
            "price": row.get("price"),
            "count": row.get("quantity"),
            "unit": row.get("unit"),
            "amount": None,
            "source": row.get("source") or MoneySource.FISCAL.value,
            "errors": row["errors"],
        }
        for row in rows
    ]
    fiscal = [line for line in lines if line["source"] == MoneySource.FISCAL.value]
    return fiscal, [line for line in lines if line["source"] != MoneySource.FISCAL.value]


def _cell(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, BudgetHead | MoneySource):
        return value.value
    if isinstance(value, bool) or value is None:
        return value
    return f"{value:,.2f}".removesuffix(".00") if hasattr(value, "quantize") else value


def heads() -> list[tuple[str, str]]:
    return [(head.value, cells.word(head)) for head in BudgetHead]


def sources() -> list[tuple[str, str]]:
    return [(source.value, cells.word(source)) for source in MoneySource]
