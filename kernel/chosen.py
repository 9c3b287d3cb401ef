"""Which rows of a register were chosen: by their boxes, or all that match what the register was narrowed by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import request, url_for
from sqlalchemy import Select

from kernel.db import db
from kernel.lists import ListState, narrowed
from kernel.views import RecordView

LONGEST_ID = 18  # figures
MOST_AT_ONCE = 10_000
SHOWN = 100
"""Rows that the page of a deed on many shows."""


@dataclass(frozen=True, slots=True)
class ChosenRow:
    """One of the rows on which a deed on many would be done: with what changes, or why it is not possible."""

    id: int
    url: str
    title: str
    code: str
    old: str = ""
    new: str = ""
    why: str = ""


def chosen_ids() -> list[int]:
    """Read the chosen rows of a list, or those of the question that follows it; what is no number is left out."""
    told = [part for one in request.form.getlist("rowid") for part in one.split(",")]
    return list(dict.fromkeys(int(one) for one in told if one.isascii() and one.isdecimal() and len(one) <= LONGEST_ID))


def is_everything() -> bool:
    """Say whether all that match were chosen, on other pages too."""
    return request.form.get("everything") == "1"


def asked_state(view: type[RecordView]) -> ListState:
    """Give what the register was narrowed and ordered by when the rows were chosen."""
    args = dict(parse_qsl(request.form.get("asked", "")))
    return ListState.read(args, columns=view.columns, filters=view.filters, order=view.base_order)


def chosen_rows(view: type[RecordView], wanted: Select[Any]) -> Select[Any]:
    """Give the statement of the chosen rows, in the order of the register."""
    state, model = asked_state(view), view.model
    if is_everything():
        wanted = narrowed(wanted, state, filters=view.filters, search=view.search)
    else:
        wanted = wanted.where(model.id.in_(chosen_ids()))
    return state.in_order(wanted, view.columns, model)


def ids_of_chosen(view: type[RecordView], wanted: Select[Any]) -> list[int]:
    """Give the ids of the chosen rows; of all that match, ten thousand at most."""
    if not is_everything():
        return chosen_ids()
    rows = chosen_rows(view, wanted).with_only_columns(view.model.id)
    return list(db.session.scalars(rows.limit(MOST_AT_ONCE)))


def register_url(view: type[RecordView]) -> str:
    """Give the way back to the register as it was when the rows were chosen."""
    return url_for(f"{view.__name__}.index", **asked_state(view).values())


def carried_on(action: str, stage: str, rows: Sequence[ChosenRow]) -> list[tuple[str, str]]:
    """Give what the page of a deed on many sends along: which deed, what the next press means, on which rows."""
    ids = ",".join(str(row.id) for row in rows)
    return [("action", action), ("stage", stage), ("rowid", ids), ("asked", request.form.get("asked", ""))]
