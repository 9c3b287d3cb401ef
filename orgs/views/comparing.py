"""Two organizations side by side: every field by its word, and whether both say the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.identity import current_locale
from kernel.money import format_percent
from kernel.speech import gettext as _, lazy_gettext as _l
from orgs.models import Organization
from orgs.reference import registered_area
from orgs.states import Evidence
from orgs.views import cells

Drawn = Callable[[Organization], Any]


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One field of two organizations as people read it."""

    key: str
    label: str
    first: Any
    second: Any

    @property
    def is_same(self) -> bool:
        return bool(self.first == self.second)


def yes_or_no(name: str) -> Drawn:
    """Give what writes a field that is true or false."""
    return lambda one: _("Yes") if getattr(one, name) else _("No")


def contact(one: Organization) -> str:
    """Write whom to reach; only staff compare, and they see it in the file as well."""
    return " ".join(told for told in (one.contact_name, one.contact_phone) if told)


FIELDS: Mapping[str, tuple[Any, Drawn]] = {
    "credit_code": (_l("Unified social credit code"), lambda one: one.credit_code),
    "name": (_l("Name of the organization"), lambda one: one.name),
    "former_names": (_l("Former names"), lambda one: _(", ").join(one.former_names)),
    "type": (_l("Type"), lambda one: cells.word(one.type)),
    "status": (_l("Status"), lambda one: cells.word(one.status)),
    "registered_area": (
        _l("Registered in (by its code)"),
        lambda one: registered_area(one.credit_code, current_locale()),
    ),
    "registrar": (_l("Registrar"), lambda one: one.registrar or ""),
    "supervising_unit": (_l("Supervising unit"), lambda one: one.supervising_unit or ""),
    "founded_on": (_l("Founded on"), lambda one: one.founded_on or ""),
    "district_code": (_l("District"), lambda one: cells.district_name(one.district_code)),
    "address": (_l("Address"), lambda one: one.address or ""),
    "legal_representative": (_l("Legal representative"), lambda one: one.legal_representative or ""),
    "contacts": (_l("Contact person and phone"), contact),
    "service_fields": (_l("Service fields"), lambda one: cells.field_names(one.service_fields)),
    "has_party_organization": (_l("Party organization"), yes_or_no("has_party_organization")),
    "has_womens_federation": (_l("Women's federation inside"), yes_or_no("has_womens_federation")),
    "taxpayer": (_l("Kind of taxpayer"), lambda one: cells.word(one.taxpayer) if one.taxpayer else ""),
    "is_tax_exempt": (_l("Its income is exempt from tax"), yes_or_no("is_tax_exempt")),
    "takes_deductible_donations": (
        _l("Donations to it are deductible"),
        yes_or_no("takes_deductible_donations"),
    ),
    "staff_count": (_l("Full-time staff"), lambda one: one.staff_count),
    "volunteer_count": (_l("Volunteers"), lambda one: one.volunteer_count),
}
"""Field → its label and how one organization's value is written."""


def compared_lines(first: Organization, second: Organization, accounts: Mapping[int, str]) -> list[ComparedLine]:
    """Give all fields of two organizations, those that say nothing of either left out."""
    lines = [ComparedLine(key, str(label), drawn(first), drawn(second)) for key, (label, drawn) in FIELDS.items()]
    lines.append(ComparedLine("account", _("Bank account"), accounts.get(first.id, ""), accounts.get(second.id, "")))
    return [line for line in lines if line.first not in {"", None} or line.second not in {"", None}]


def reason_words(reasons: Sequence[Any]) -> list[str]:
    """Write what speaks for a pair, the weightiest first; likenesses of names with their share."""
    told = []
    for code, share in reasons:
        kind = Evidence(code)
        word = cells.word(kind)
        told.append(_("%(what)s (%(share)s)", what=word, share=format_percent(share)) if share < 100 else word)  # noqa: PLR2004
    return told
