"""Cells and parts of pages, drawn by the macros of `grants/call_cells.html`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from grants.models import Call, CallQuota, Category, Lot
from grants.reference import rows_of
from kernel import drawing
from kernel.clock import local
from kernel.drawing import day_words, word as word
from kernel.identity import current_locale
from kernel.money import format_yuan
from kernel.speech import gettext as _
from orgs.reference import districts


def drawn(macro: str, *given: Any) -> Markup:
    """Draw a macro of this module's cells."""
    return drawing.drawn("grants/call_cells.html", macro, *given)


def money(value: Any) -> Markup:
    return drawn("money", value)


def chip(state: Any) -> Markup:
    return drawn("state", state)


def moment(value: datetime | None) -> str:
    """Write a moment with its weekday, in Shanghai: 2026-11-27 周五 17:00."""
    if value is None:
        return ""
    here = local(value)
    return f"{day_words(here)} {here:%H:%M}"


def category_name(category: Category | None) -> str:
    """Give a category's name in the reader's language."""
    if category is None:
        return ""
    return category.name if current_locale() == "zh" else category.name_en


@lru_cache(maxsize=2)
def category_names(locale: str) -> Mapping[str, str]:
    """Give the names of all categories in a language, by their codes."""
    return {row["code"]: row["name" if locale == "zh" else "name_en"] for row in rows_of("categories")}


def category_of(code: str | None) -> str:
    """Give the name of a category in the reader's language by its code."""
    return category_names(current_locale()).get(code, code) if code else ""


def district_name(code: str | None) -> str:
    """Give a district's name in the reader's language."""
    return districts(current_locale()).get(code, code) if code else ""


def quota_name(quota: CallQuota) -> str:
    """Say what a quota is for: a lot, a category, or the call as a whole."""
    if quota.lot is not None:
        return quota.lot.title
    return category_name(quota.category) or _("The whole call")


def lots_of(call: Call) -> list[Lot]:
    """Give a call's lots by its quotas, which have been loaded already."""
    return sorted((quota.lot for quota in call.quotas if quota.lot is not None), key=lambda lot: lot.position)


MONEY = frozenset({"amount", "cap_per_project", "cap_first_time", "requested", "awarded"})
MOMENTS = frozenset({"opens_at", "closes_at", "submitted_at"})


def history_value(name: str, value: Any) -> str | None:
    """Say a value of the trail as people write it: amounts with separators, moments by Shanghai's clock."""
    if not isinstance(value, str) or not value:
        return None
    if name in MONEY:
        return format_yuan(Decimal(value))
    if name in MOMENTS:
        return moment(datetime.fromisoformat(value))
    return None
