"""A list that is brought in: the file with its columns, what each line would do and did, and which headings are known."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import ReaderKind
from kernel.audit import UNWRITTEN
from kernel.db import Choice, Fact, Record
from kernel.scope import Reader, Rows, scope
from orgs.states import ImportKind, ImportState, LineOutcome


class ImportRun(Record):
    """One file on its way into the register; the file itself is kept as an attachment that only staff open.

    `places` says in which column (from 0) each field stands, `unit` how many yuan an amount counts, `announced_on`
    the day of the ratings whose line states none, `samples` are the first rows as people see them while they match. `total` are the lines, `done` how many have been worked
    on in the present state, `counts` how many lines have which outcome. `problem` is a stored sentence.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint("0 <= done AND done <= total", name="counts_its_lines"),
        CheckConstraint("unit IN (1, 10000)", name="unit_is_a_unit"),
        CheckConstraint("announced_on IS NULL OR kind = 'ratings'", name="announces_ratings"),
        CheckConstraint("state NOT IN ('taken', 'undone') OR taken_at IS NOT NULL", name="taken_on_a_day"),
        Index("ix_import_run_state", "state", "id"),
    )

    kind: Mapped[ImportKind] = mapped_column(Choice(ImportKind))
    state: Mapped[ImportState] = mapped_column(Choice(ImportState), default=ImportState.UPLOADED)
    filename: Mapped[str]
    headers: Mapped[list[Any]]
    samples: Mapped[list[Any]] = mapped_column(info=UNWRITTEN)
    places: Mapped[dict[str, Any]] = mapped_column(default=dict)
    unit: Mapped[int] = mapped_column(default=1)
    announced_on: Mapped[date | None]
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0, info=UNWRITTEN)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    with_clashes: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[dict[str, Any] | None]
    brought_by_id: Mapped[int | None]
    taken_at: Mapped[datetime | None]

    def __str__(self) -> str:
        return self.filename


class ImportLine(Fact):
    """One line of a list as it was checked; taking it in adds what it made of which record.

    `cells` are the matched cells as they were typed (field → text), `wrong` what is wrong with them (field → stored
    sentences, "" for the line as a whole), `changes` what would change (field → [old, new]). `record_version` is the
    record's own after the import, so that an undo sees whether anybody has changed it since; `made` is what an undo
    must take back.
    """

    __tablename__ = "import_line"
    __table_args__ = (
        UniqueConstraint("run_id", "number"),
        Index("ix_import_line_outcome", "run_id", "outcome", "number"),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    number: Mapped[int]
    outcome: Mapped[LineOutcome] = mapped_column(Choice(LineOutcome))
    cells: Mapped[dict[str, Any]]
    wrong: Mapped[dict[str, Any]]
    changes: Mapped[dict[str, Any]]
    record_id: Mapped[int | None]
    record_version: Mapped[int | None]
    made: Mapped[dict[str, Any]] = mapped_column(default=dict)


class KnownHeading(Record):
    """Which field a heading meant when people last matched it: the next file is matched by itself."""

    __tablename__ = "known_heading"
    __table_args__ = (UniqueConstraint("kind", "heading"),)

    kind: Mapped[ImportKind] = mapped_column(Choice(ImportKind))
    heading: Mapped[str]
    field: Mapped[str]


@scope(ImportRun)
def visible_runs(_reader: Reader) -> Rows:
    return {ReaderKind.STAFF: true()}


@scope(ImportLine)
def visible_lines(_reader: Reader) -> Rows:
    return {ReaderKind.STAFF: true()}


@scope(KnownHeading)
def visible_headings(_reader: Reader) -> Rows:
    return {ReaderKind.STAFF: true()}
