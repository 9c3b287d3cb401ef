"""The form of a call: what is asked, how it is read, and the year that its money comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import normalize

from grants.models import Call
from grants.queries.schemes import Scheme, schemes
from grants.states import AttachmentKind, BudgetHead, CallNature, TargetKind
from grants.views import cells
from kernel import pages
from kernel.arguments import read_value
from kernel.clock import SHANGHAI, local
from kernel.errors import Invalid
from kernel.identity import current_locale
from kernel.speech import gettext as _, lazy_gettext as _l
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
    ("budget_heads", tuple, "checkboxes", _l("Budget heads that this call pays for"), ""),
    (
        "target_kinds",
        tuple,
        "checkboxes",
        _l("Targets that every project names"),
        _l("People and person-times are never added up; whoever counts people counts person-times too."),
    ),
    (
        "questions_until",
        int,
        "number",
        _l("Questions end so many working days before the closing"),
        _l("Answers reach everybody in time to be of use."),
    ),
    ("review_set", str, "choice", _l("Sheet of the expert review"), ""),
    ("midterm_set", str, "choice", _l("Indicators of the mid-term evaluation"), ""),
    ("final_set", str, "choice", _l("Indicators of the final evaluation"), ""),
)
PARTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "basics": (_l("The call"), ("title", "nature", "summary")),
    "dates": (_l("Dates"), ("opens_at", "closes_at", "service_from", "service_to")),
    "money": (_l("Caps and co-funding"), ("cap_per_project", "cap_first_time", "fiscal_percent")),
    "heads": (_l("Budget heads"), ("budget_heads", "management_percent")),
    "targets": (_l("Targets"), ("target_kinds",)),
    "instalments": (_l("Instalments"), ("instalment_percents",)),
    "review": (_l("Review and evaluation"), ("review_set", "reviewers_least", "midterm_set", "final_set")),
    "procedure": (
        _l("Questions, corrections and public notice"),
        ("questions_until", "correction_days", "notice_days"),
    ),
    "attachments": (_l("Attachments that are required"), ("required_attachments",)),
    "lots": (_l("Lots"), ("has_lots",)),
}
"""The parts of the designer that are plain forms: title and questions."""

FIRST_PARTS = ("basics", "dates", "money")
"""What a new call is asked for; everything else begins with a default and is looked at in the designer."""

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
    "questions_until": 5,
}
MANY: dict[str, type[Any]] = {
    "required_attachments": AttachmentKind,
    "budget_heads": BudgetHead,
    "target_kinds": TargetKind,
}
SETS = {"review_set": "review", "midterm_set": "midterm", "final_set": "final"}
OPTIONAL = frozenset({"summary", "has_lots", "required_attachments"})
CAPPED = tuple(head for head in BudgetHead if head is not BudgetHead.MANAGEMENT)
"""The heads whose cap a call may set or leave open; the management fee's is always set."""


def values_of(call: Call) -> dict[str, Any]:
    """Give what a call holds as its form shows it."""
    told = {name: getattr(call, name) for name, *_rest in FIELDS}
    told["opens_at"], told["closes_at"] = _minute(call.opens_at), _minute(call.closes_at)
    told["service_from"], told["service_to"] = call.service_from.isoformat(), call.service_to.isoformat()
    told["instalment_percents"] = ", ".join(str(part) for part in call.instalment_percents)
    for name in ("management_percent", "fiscal_percent"):
        told[name] = f"{told[name].normalize():f}"
    told["nature"] = call.nature.value
    told |= {f"cap-{head}": percent for head, percent in call.head_caps.items()}
    return told


def _minute(moment: datetime) -> str:
    return f"{local(moment):%Y-%m-%dT%H:%M}"


def fields_of(
    names: Sequence[str], typed: Mapping[str, Any], problems: Mapping[str, Sequence[Sentence]]
) -> list[pages.FieldView]:
    """Draw the questions of these names; the budget heads with a cap each."""
    drawn = []
    for name, _type, kind, label, hint in (one for wanted in names for one in FIELDS if one[0] == wanted):
        drawn.append(
            pages.FieldView(
                name,
                str(label),
                kind,
                hint=str(hint),
                required=name not in OPTIONAL,
                choices=_choices(name),
                value=typed.get(name),
                errors=[sentence.render() for sentence in problems.get(name, ())],
            )
        )
    return drawn + (_cap_fields(typed, problems) if "budget_heads" in names else [])


def _cap_fields(typed: Mapping[str, Any], problems: Mapping[str, Sequence[Sentence]]) -> list[pages.FieldView]:
    return [
        pages.FieldView(
            f"cap-{head.value}",
            _("Cap of %(head)s (%% of the fiscal money)", head=cells.word(head)),
            "number",
            required=False,
            value=typed.get(f"cap-{head.value}"),
            errors=[sentence.render() for sentence in problems.get(f"cap-{head.value}", ())],
        )
        for head in CAPPED
    ]


def _choices(name: str) -> list[tuple[str, str]]:
    if name == "nature":
        return [(nature.value, cells.word(nature)) for nature in CallNature]
    if name in MANY:
        return [(kind.value, cells.word(kind)) for kind in MANY[name]]
    if name in SETS:
        offered = [one for one in schemes() if one.kind == SETS[name]]
        named = [(one.code, scheme_name(one)) for one in offered]
        return [(SETS[name], _("The newest version")), *named]
    return []


def scheme_name(scheme: Scheme) -> str:
    """Give the name of an indicator set in the reader's language, with its edition."""
    name = scheme.name if current_locale() == "zh" else scheme.name_en or scheme.name
    return _("%(name)s, edition %(edition)s", name=name, edition=scheme.edition)


def read_call(typed: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Read what was typed into the questions of these names.

    Raises Invalid with every field that is empty or cannot be read.
    """
    values: dict[str, Any] = {}
    problems: dict[str, Sequence[Sentence]] = {}
    for name, wanted, *_rest in FIELDS:
        if name not in names:
            continue
        try:
            values[name] = _read(name, wanted, typed.get(name))
        except Invalid as invalid:
            problems.update(invalid.problems)
    if "budget_heads" in names:
        values["head_caps"] = _read_caps(typed, problems)
    if problems:
        raise Invalid(problems)
    return values


def _read_caps(typed: Mapping[str, Any], problems: dict[str, Sequence[Sentence]]) -> dict[str, str]:
    caps = {}
    for head in CAPPED:
        try:
            told = read_value(f"cap-{head.value}", typed.get(f"cap-{head.value}"), Decimal, required=False)
        except Invalid as invalid:
            problems.update(invalid.problems)
            continue
        if told is not None:
            caps[head.value] = f"{told.normalize():f}"
    return caps


def _read(name: str, wanted: type, typed: Any) -> Any:
    if wanted is datetime:
        return read_moment(name, typed)
    if wanted is list:
        return _percents(name, str(typed or ""))
    if wanted is tuple:
        return [kind for kind in typed or [] if kind in {one.value for one in MANY[name]}]
    if name in SETS and typed not in {code for code, _label in _choices(name)}:
        raise Invalid({name: [Sentence("Please choose one of the offered values.")]})
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
