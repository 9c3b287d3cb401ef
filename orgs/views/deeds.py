"""Deeds as forms: which ones a record offers, drawn from their own arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import request

from kernel import pages
from kernel.actor import Actor
from kernel.arguments import Argument, arguments_of
from kernel.identity import current_locale
from kernel.speech import gettext as _
from kernel.views import field_of, typed_values
from orgs.reference import Codes, districts, service_fields

LISTED: dict[str, tuple[str, Callable[[str], Mapping[str, str]]]] = {
    "district_code": ("choice", districts),
    "service_fields": ("checkboxes", service_fields),
}
"""Arguments that are chosen from a list of reference data: how, and from which."""


@dataclass(frozen=True, slots=True)
class DeedForm:
    """One deed of a record: its name in addresses, what carries it out, its label (a msgid), icon and permission.

    A deed that `changes` the record begins with what is there, on a page of its own, and keeps the version.
    """

    name: str
    carry_out: Callable[..., Any]
    label: str
    icon: str
    verb: str
    kind: str
    changes: bool = False

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return arguments_of(self.carry_out)

    def is_open_to(self, actor: Actor) -> bool:
        return actor.may(self.verb, self.kind)


def deed_fields(form: DeedForm, typed: Mapping[str, Any], problems: Mapping[str, Any]) -> list[pages.FieldView]:
    """Draw the questions of a deed, lists of reference data included."""
    return [listed(field_of(argument, typed, problems)) for argument in form.arguments]


def listed(field: pages.FieldView) -> pages.FieldView:
    """Let a field be chosen from its list of reference data, where it has one."""
    if field.name not in LISTED:
        return field
    kind, names = LISTED[field.name]
    return replace(field, kind=kind, choices=list(names(current_locale()).items()))


def typed_into(form: DeedForm) -> dict[str, Any]:
    """Give what was typed into the request's form; ticked boxes as the codes they stand for."""
    typed = typed_values()
    for argument in form.arguments:
        if argument.type is Codes:
            typed[argument.name] = Codes(request.form.getlist(argument.name))
    return typed


def values_of(form: DeedForm, record: Any) -> dict[str, Any]:
    """Give what a record holds now, as the form begins with it."""
    return {argument.name: getattr(record, argument.name) for argument in form.arguments}


def deed_button(form: DeedForm, record: Any, url: str, *, style: str = "quiet") -> pages.ButtonView:
    """Draw a deed as a button with its questions in a dialog."""
    label = _(form.label)
    dialog = pages.DialogView(label, str(record), deed_fields(form, {}, {}), label)
    return pages.ButtonView(form.name, label, url, form.icon, style, dialog)
