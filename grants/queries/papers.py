"""Reads of papers that the house has written."""

from __future__ import annotations

from sqlalchemy import select

from kernel.db import db
from kernel.files import StoredFile


def paper_of(file_id: int | None) -> StoredFile | None:
    """Give a stored paper that the reader may see."""
    return db.session.scalars(select(StoredFile).where(StoredFile.id == file_id)).first()
