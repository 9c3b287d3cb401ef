"""What can be done with many organizations at once: the deeds, and how each tells what it would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.actor import Actor
from kernel.identity import current_actor
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from orgs.models import Organization
from orgs.operations import (
    Plan,
    plan_circular,
    plan_district,
    plan_fields,
    send_circular,
    set_district,
    set_service_fields,
)
from orgs.views import cells
from orgs.views.deeds import DeedForm

Planned = Callable[[Sequence[Organization], Mapping[str, Any]], Plan]


@dataclass(frozen=True, slots=True)
class BulkDeed:
    """A deed on many: its form, how it sorts them, what stands over what would change, and how values are written."""

    form: DeedForm
    plan: Planned
    changes: Any
    written: Callable[[Any], str]
    told: Callable[[int], str]


def _told_people(count: int) -> str:
    return ngettext("%(num)s person is told", "%(num)s people are told", count)


def _told_changed(count: int) -> str:
    return ngettext("%(num)s organization was changed", "%(num)s organizations were changed", count)


DEEDS: Mapping[str, BulkDeed] = {
    "notify": BulkDeed(
        DeedForm("notify", send_circular, "Send a notice", "envelope", "notify", "Organization"),
        lambda chosen, _answers: plan_circular(chosen, actor=current_actor()),
        _l("Who is told"),
        _told_people,
        _told_people,
    ),
    "fields": BulkDeed(
        DeedForm("fields", set_service_fields, "Set service fields", "tag", "change_many", "Organization"),
        lambda chosen, answers: plan_fields(chosen, **answers),
        _l("Service fields"),
        lambda codes: cells.field_names(codes) or _("none"),
        _told_changed,
    ),
    "district": BulkDeed(
        DeedForm("district", set_district, "Set the district", "flag", "change_many", "Organization"),
        lambda chosen, answers: plan_district(chosen, **answers),
        _l("District"),
        cells.district_name,
        _told_changed,
    ),
}
LETTERS, EXPORT = "letters", "export"


def bulk_deeds(actor: Actor) -> list[tuple[str, str, str]]:
    """Give what somebody can do with chosen organizations: (name, label, icon)."""
    told = [
        (deed.form.name, _(deed.form.label), deed.form.icon) for deed in DEEDS.values() if deed.form.is_open_to(actor)
    ]
    if actor.may("write_letters", "Claim"):
        told.append((LETTERS, _("Print letters"), "printer"))
    return [*told, (EXPORT, _("Export the chosen"), "download")]
