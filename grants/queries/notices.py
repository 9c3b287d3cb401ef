"""Reads of public notices."""

from __future__ import annotations

from sqlalchemy import select

from grants.models import PublicNotice
from kernel.db import db


def notice_of_list(award_list_id: int) -> PublicNotice | None:
    """Give the public notice of an award list, if it has one."""
    return db.session.scalars(select(PublicNotice).where(PublicNotice.award_list_id == award_list_id)).first()
