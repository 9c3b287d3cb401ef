"""Which rows of the register were chosen: by their boxes, or all that match what the register was narrowed by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from flask import request
from sqlalchemy import Select, select

from kernel.db import db
from kernel.lists import ListState, narrowed
from kernel.views import RecordView
from orgs.models import Organization

LONGEST_ID = 18  # figures


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
    state = asked_state(view)
    if is_everything():
        wanted = narrowed(wanted, state, filters=view.filters, search=view.search)
    else:
        wanted = wanted.where(Organization.id.in_(chosen_ids()))
    return state.in_order(wanted, view.columns, view.model)


def organizations_of(ids: Sequence[int]) -> Sequence[Organization]:
    """Give organizations in the order of their pinyin."""
    wanted = select(Organization).where(Organization.id.in_(ids))
    return db.session.scalars(wanted.order_by(Organization.name_pinyin, Organization.id)).all()
