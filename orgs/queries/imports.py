"""What is read about imports: what waits, what headings mean, the lines of a list, and what came in of past years."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from kernel.db import db
from kernel.files import StoredFile
from orgs.models import ImportLine, ImportRun, KnownHeading
from orgs.states import ImportKind, ImportState, LineOutcome


def next_import() -> ImportRun | None:
    """Give the list that has waited longest for being checked or taken in."""
    waiting = select(ImportRun).where(ImportRun.state.in_((ImportState.CHECKING, ImportState.TAKING)))
    return db.session.scalars(waiting.order_by(ImportRun.id).limit(1).execution_options(populate_existing=True)).first()


def file_of_import(run: ImportRun) -> StoredFile:
    """Give the file that a list was brought as."""
    wanted = select(StoredFile).where(StoredFile.owner_kind == "ImportRun", StoredFile.owner_id == run.id)
    return db.session.scalars(wanted.order_by(StoredFile.id).limit(1)).one()


def known_headings(kind: ImportKind) -> dict[str, str]:
    """Give heading → field as people matched them last; a heading that is to be left out has the field ""."""
    wanted = select(KnownHeading.heading, KnownHeading.field).where(KnownHeading.kind == kind)
    return {row.heading: row.field for row in db.session.execute(wanted)}


def lines_of_import(run: ImportRun, outcome: LineOutcome | None, *, size: int, start: int) -> Sequence[ImportLine]:
    """Give some lines of a list in the order of the file, those with one outcome or all."""
    wanted = select(ImportLine).where(ImportLine.run_id == run.id)
    if outcome is not None:
        wanted = wanted.where(ImportLine.outcome == outcome)
    return db.session.scalars(wanted.order_by(ImportLine.number).limit(size).offset(start)).all()


def rejected_lines(run: ImportRun) -> Sequence[ImportLine]:
    """Give the lines that did not get in, or will not: those with mistakes and, unless taken, those that clash."""
    outcomes = (LineOutcome.BAD,) if run.with_clashes else (LineOutcome.BAD, LineOutcome.CLASH)
    wanted = select(ImportLine).where(ImportLine.run_id == run.id, ImportLine.outcome.in_(outcomes))
    return db.session.scalars(wanted.order_by(ImportLine.number)).all()
