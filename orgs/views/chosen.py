"""The chosen organizations, and how the page of a deed on many of them shows one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from kernel.chosen import ChosenRow
from kernel.db import db
from kernel.speech import lazy_gettext as _l
from orgs.models import Organization

NOUN = _l("Organization / credit code")


def organizations_of(ids: Sequence[int]) -> Sequence[Organization]:
    """Give organizations in the order of their pinyin."""
    wanted = select(Organization).where(Organization.id.in_(ids))
    return db.session.scalars(wanted.order_by(Organization.name_pinyin, Organization.id)).all()


def chosen_row(one: Organization, *, old: str = "", new: str = "", why: str = "") -> ChosenRow:
    """Show an organization with what changes, or why nothing does."""
    return ChosenRow(one.id, f"/organizations/{one.id}", one.name, one.credit_code, old, new, why)
