"""The form of a call: what is asked, how it is read, and the year that its money comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import normalize

from flask_babel import gettext as _, lazy_gettext as _l

from grants.models import Call
from grants.states import AttachmentKind, CallNature
from grants.views import cells
from kernel import pages
from kernel.arguments import read_value
from kernel.clock import SHANGHAI, local
from kernel.errors import Invalid
from kernel.words import Sentence

FIELDS: tuple[tuple[str, type, str, Any, Any], ...] = (
    ("title", str, "text", _l("Title"), ""),
    ("nature", CallNature, "choice", _l("Legal nature"), _l("It switches rules on: notice periods, ratings, records.")),
    ("summary", str, "textarea", _l("What the call is for"), _l("Organizations and the public read this.")),
    ("opens_at", datetime, "datetime", _l("Opens at"), ""),
    ("closes_at", datetime, "datetime", _l("Closes at"), _l("At least 10 working days after the opening.")),
    ("service_from", date, "date", _l("Service from"), ""),
    ("service_to", date, "date", _l("Service to"), ""),
    ("has_lots", bool, "checkbox", _l("Organizations apply for lots that this call lists"), ""),
    ("cap_per_project", Decimal, "money", _l("Cap of a project (yuan)"), ""),
    ("cap_first_time", Decimal, "money", _l("Cap for first-time contractors (yuan)"), ""),
    ("management_percent", Decimal, "number", _l("Cap of the management fee (%)"), _l("Above 0: the law asks for it.")),
    ("fiscal_percent", Decimal, "number", _l("Fiscal share at most (%)"), _l("100 asks for no money of their own.")),
    ("instalment_percents", list, "text", _l("Instalments (%)"), _l("Such as 50, 30, 20; they sum to 100.")),
    ("correction_days", int, "number", _l("Working days for corrections"), ""),
    ("notice_days", int, "number", _l("Working days of the public notice"), ""),
    ("reviewers_least", int, "number", _l("Reviewers an application, at least"), ""),
    ("required_attachments", tuple, "checkboxes", _l("Attachments that are required"), ""),
)
GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_l("The call"), ("title", "nature", "summary")),
    (_l("Dates"), ("opens_at", "closes_at", "service_from", "service_to")),
    (
        _l("Money"),
        (
            "has_lots",
            "cap_per_project",
            "cap_first_time",
            "management_percent",
            "fiscal_percent",
            "instalment_percents",
        ),
    ),
    (_l("Procedure"), ("correction_days", "notice_days", "reviewers_least", "required_attachments")),
)
BEGINNING: dict[str, Any] = {
    "management_percent": "10",
    "fiscal_percent": "100",
    "instalment_percents": "50, 30, 20",
    "correction_days": 5,
    "notice_days": 5,
    "reviewers_least": 5,
    "required_attachments": ["registration", "audit_report"],
    "cap_per_project": Decimal("200000.00"),
    "cap_first_time": Decimal("80000.00"),
}
OPTIONAL = frozenset({"summary", "has_lots", "required_attachments"})


def values_of(call: Call) -> dict[str, Any]:
    """Give what a call holds as its form shows it."""
    told = {name: getattr(call, name) for name, *_rest in FIELDS}
    told["opens_at"], told["closes_at"] = _minute(call.opens_at), _minute(call.closes_at)
    told["service_from"], told["service_to"] = call.service_from.isoformat(), call.service_to.isoformat()
    told["instalment_percents"] = ", ".join(str(part) for part in call.instalment_percents)
    for name in ("management_percent", "fiscal_percent"):
        told[name] = f"{told[name].normalize():f}"
    told["nature"] = call.nature.value
    return told


def _minute(moment: datetime) -> str:
    return f"{local(moment):%Y-%m-%dT%H:%M}"


def fields_of(typed: Mapping[str, Any], problems: Mapping[str, Sequence[Sentence]]) -> dict[str, pages.FieldView]:
    """Draw the questions by name."""
    return {
        name: pages.FieldView(
            name,
            str(label),
            kind,
            hint=str(hint),
            required=name not in OPTIONAL,
            choices=_choices(name),
            value=typed.get(name),
            errors=[sentence.render() for sentence in problems.get(name, ())],
        )
        for name, _type, kind, label, hint in FIELDS
    }


def groups_of(fields: Mapping[str, pages.FieldView]) -> list[tuple[str, str, list[pages.FieldView]]]:
    """Sort the questions into the parts of the page."""
    return [(str(label), "", [fields[name] for name in names]) for label, names in GROUPS]


def _choices(name: str) -> list[tuple[str, str]]:
    if name == "nature":
        return [(nature.value, cells.word(nature)) for nature in CallNature]
    if name == "required_attachments":
        return [(kind.value, cells.word(kind)) for kind in AttachmentKind]
    return []


def read_call(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Read what was typed into the form of a call.

    Raises Invalid with every field that is empty or cannot be read.
    """
    values: dict[str, Any] = {}
    problems: dict[str, Sequence[Sentence]] = {}
    for name, wanted, *_rest in FIELDS:
        try:
            values[name] = _read(name, wanted, typed.get(name))
        except Invalid as invalid:
            problems.update(invalid.problems)
    if problems:
        raise Invalid(problems)
    return values


def _read(name: str, wanted: type, typed: Any) -> Any:
    if wanted is datetime:
        return read_moment(name, typed)
    if wanted is list:
        return _percents(name, str(typed or ""))
    if wanted is tuple:
        return [kind for kind in typed or [] if kind in {one.value for one in AttachmentKind}]
    return read_value(name, typed, wanted, required=name not in OPTIONAL, default="")


def read_moment(name: str, typed: Any) -> datetime:
    """Read a day and a time of day in Shanghai.

    Raises Invalid under `name`.
    """
    try:
        return datetime.fromisoformat(str(typed or "").strip()).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise Invalid({name: [Sentence("Please choose a day and a time.")]}) from None


def _percents(name: str, typed: str) -> list[str]:
    plain = normalize("NFKC", typed).replace("、", ",").replace("/", ",").replace("%", "")
    parts = [part.strip() for part in plain.split(",") if part.strip()]
    try:
        if not parts or not all(Decimal(part).is_finite() for part in parts):
            raise InvalidOperation
    except InvalidOperation:
        raise Invalid({name: [Sentence("Please write percents such as 50, 30, 20.")]}) from None
    return parts


def heading(call: Call | None) -> str:
    """Give the title of the form's page."""
    return _("Change %(number)s", number=call.number) if call else _("New call")
