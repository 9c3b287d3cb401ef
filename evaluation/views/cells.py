"""Cells and parts of pages, drawn by the macros of this module."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from flask import get_template_attribute
from markupsafe import Markup

from kernel.clock import local
from kernel.identity import current_locale
from kernel.speech import gettext as _


def drawn(macro: str, *given: Any, file: str = "evaluation/cells.html", **named: Any) -> Markup:
    """Draw a macro of this module; it gives markup, since our templates escape by themselves."""
    return cast(Markup, get_template_attribute(file, macro)(*given, **named))


def state_cell(record: Any) -> Markup:
    return drawn("state", record.state)


def day(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if value else ""


def moment(value: Any) -> str:
    return f"{local(value):%Y-%m-%d %H:%M}" if value else ""


def points(number: Decimal | None) -> str:
    """Write points with as many places as they need: 7.5, 25, 4.88."""
    return "" if number is None else f"{number.normalize():f}"


def two_places(number: Decimal | None) -> str:
    """Write a result as it is told: 85.17."""
    return "" if number is None else f"{number.quantize(Decimal('0.01')):f}"


def named(item: Any) -> str:
    """Name a set or an item in the reader's language."""
    return str((item.name_en or item.name) if current_locale() == "en" else item.name)


def yes_no(value: bool | None) -> str:  # noqa: FBT001  (what is told is the value itself)
    return "" if value is None else _("Yes") if value else _("No")
