"""Two texts of one section: what was typed here beside what somebody else saved meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grants.models import Application
from grants.rules.fields import FIELDS, LABELS, TABLES, typed_rows
from grants.states import Section
from grants.views import application_sections as shown
from kernel import pages
from kernel.money import ZERO
from kernel.speech import gettext as _


def pairs_of(
    application: Application, section: Section, typed: Mapping[str, Any]
) -> tuple[list[pages.Pair], list[tuple[str, str]]]:
    """Sort what was typed into pairs that differ from what is saved, and what is the same on both sides."""
    theirs = _stored_texts(application, section)
    mine = _typed_texts(section, typed)
    pairs, keep = [], []
    for name in dict.fromkeys([*mine, *theirs]):
        ours, others = mine.get(name, ""), theirs.get(name, "")
        if _plain(ours) == _plain(others):
            keep.append((name, ours))
            continue
        kind = "textarea" if name in shown.LONG_TEXTS else "text"
        pairs.append(pages.Pair(name, _label(name), ours, others, kind))
    return pairs, keep


def _stored_texts(application: Application, section: Section) -> dict[str, str]:
    told = {}
    for field in FIELDS.get(section, ()):
        value = getattr(application, field.name)
        told[field.name] = (
            "" if value in {None, 0, ZERO} else f"{value:,.2f}" if hasattr(value, "quantize") else str(value)
        )
    if section in TABLES:
        name = TABLES[section].name
        for number, row in enumerate(shown.stored_rows(application, section)):
            told |= {f"{name}-{number}-{column}": "" if cell is None else str(cell) for column, cell in row.items()}
    return told


def _typed_texts(section: Section, typed: Mapping[str, Any]) -> dict[str, str]:
    told = {field.name: str(typed.get(field.name) or "") for field in FIELDS.get(section, ())}
    if section in TABLES:
        table = TABLES[section]
        rows = [
            row
            for _n, row in typed_rows(table.name, typed)
            if any(str(row.get(one, "")).strip() for one in table.telling)
        ]
        for number, row in enumerate(rows):
            told |= {
                f"{table.name}-{number}-{column.name}": str(row.get(column.name) or "") for column in table.columns
            }
    return told


def _plain(text: str) -> str:
    return text.replace(",", "").removesuffix(".00").removesuffix(".0").replace("\r\n", "\n").strip()


def _label(name: str) -> str:
    if name in LABELS:
        return _(LABELS[name])
    table, number, column = name.split("-", 2)
    titles = {"lines": _("Budget"), "milestones": _("Milestones"), "team": _("Project team")}
    return _("%(table)s, row %(number)s: %(column)s", table=titles[table], number=int(number) + 1, column=_(column))
