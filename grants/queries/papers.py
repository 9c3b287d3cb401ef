"""Reads of papers that the house has written."""

from __future__ import annotations

from sqlalchemy import select

from grants.models import ApplicationVersion
from kernel.db import db
from kernel.files import StoredFile


def receipt_of(version: ApplicationVersion) -> StoredFile | None:
    """Give the receipt that was issued for a version; those of before receipts were papers have none."""
    wanted = select(StoredFile).where(
        StoredFile.owner_kind == "ApplicationVersion", StoredFile.owner_id == version.id, StoredFile.kind == "receipt"
    )
    return db.session.scalars(wanted.order_by(StoredFile.id.desc()).limit(1)).first()


def paper_of(file_id: int | None) -> StoredFile | None:
    """Give a stored paper that the reader may see."""
    return db.session.scalars(select(StoredFile).where(StoredFile.id == file_id)).first()
