"""An import from the file to the register and back: brought, matched, checked, taken in, undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from time import monotonic
from typing import Annotated, Any, BinaryIO, Protocol, TypeVar

from sqlalchemy import delete, select, update

from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.audit import acting
from kernel.clock import now
from kernel.db import db
from kernel.errors import Refused
from kernel.files import SPREADSHEETS, store_upload
from kernel.jobs import beside
from kernel.many_rows import insert_rows, update_rows
from kernel.scope import whole
from kernel.tables import ImportRow
from kernel.tables.text import heading_key
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if
from orgs import rules
from orgs.models import ImportLine, ImportRun, KnownHeading
from orgs.operations.import_undo import take_back
from orgs.operations.importing import Effect, Finding, OrganizationList, Values
from orgs.operations.past_projects import PastProjectList
from orgs.operations.published_ratings import PublishedRatings
from orgs.states import ImportKind, LineOutcome
from orgs.workflows import IMPORT

IMPORT.govern(ImportRun)

T = TypeVar("T")

PIECE = 500
TOLD_EVERY = 0.5  # seconds between two words of how far it is
LARGEST = 10 << 20
TAKEN = (LineOutcome.NEW, LineOutcome.CHANGED)


class Taker(Protocol):
    """A list of one kind, compared and taken piece by piece."""

    def compare(self, rows: Sequence[Values], *, lock: bool = False) -> list[Finding]: ...
    def take(self, rows: Sequence[Values], findings: Sequence[Finding]) -> list[Effect | None]: ...


TAKERS: Mapping[ImportKind, Callable[[ImportRun], Taker]] = {
    ImportKind.ORGANIZATIONS: lambda _run: OrganizationList(),
    ImportKind.PAST_PROJECTS: lambda run: PastProjectList(run.filename),
    ImportKind.RATINGS: lambda _run: PublishedRatings(),
}


class RegisterChanged(Exception):  # noqa: N818  (no error: the lines are checked anew)
    """The register is not as it was when the lines were checked."""


@deed("bring", "ImportRun")
def bring_list(
    *,
    actor: Actor,
    kind: ImportKind,
    stream: BinaryIO,
    filename: str,
    headers: Sequence[str],
    samples: Sequence[Sequence[str]],
    places: Mapping[str, int],
    unit: int,
) -> ImportRun:
    """Keep a list whose columns are to be matched, with what its headings are taken for; nothing of it counts yet."""
    run = ImportRun(
        kind=kind,
        filename=filename,
        headers=list(headers),
        samples=[list(cells) for cells in samples],
        places=dict(places),
        unit=unit,
        brought_by_id=actor.user_id,
    )
    store_upload(
        stream, filename, owner=run, kind="list", actor=actor, allowed=SPREADSHEETS, limit=LARGEST, restricted=True
    )
    return run


@deed("bring", "ImportRun")
def match_columns(
    run: ImportRun,
    *,
    actor: Actor,
    places: Mapping[str, int],
    unit: int,
    required: Collection[str],
    announced_on: date | None = None,
) -> None:
    """Say in which column each field stands, remember it for the next file, and let the lines be checked.

    `announced_on` is the day of the ratings whose line states none. Raises Refused when a required field has no
    column, a column stands for two fields, or the day is still to come.
    """
    lock(run)
    refuse_if(rules.day_is_not_ahead(announced_on))
    stated = {*places, *(("announced_on",) if announced_on is not None else ())}
    if missing := [name for name in required if name not in stated]:
        raise Refused(Sentence("{count} of the fields that a line must state have no column yet.", count=len(missing)))
    if len(set(places.values())) < len(places):
        raise Refused(Sentence("A column can stand for one field only."))
    run.places, run.unit, run.announced_on, run.problem = dict(places), unit, announced_on, None
    _remember(run)
    IMPORT["check"](run, actor=actor)


def _remember(run: ImportRun) -> None:
    meant = {place: field for field, place in run.places.items()}
    headings = {heading_key(told): meant.get(place, "") for place, told in enumerate(run.headers) if told}
    known = select(KnownHeading).where(KnownHeading.kind == run.kind, KnownHeading.heading.in_(headings))
    for heading in db.session.scalars(known):
        heading.field = headings.pop(heading.heading)
    for told, field in headings.items():
        db.session.add(KnownHeading(kind=run.kind, heading=told, field=field))
    db.session.flush()


@IMPORT.step("check")
def check_import(run: ImportRun, *, actor: Actor) -> None:
    """Let the lines be looked through by the clock's process."""
    run.done, run.counts = 0, {}


@IMPORT.step("checked")
def show_import(run: ImportRun, *, actor: Actor) -> None:
    """Show what the list would change."""
    run.done = run.total


@IMPORT.step("give_back")
def give_import_back(run: ImportRun, *, actor: Actor) -> None:
    """Give a list back that could not be read or taken; why stands with it."""


@IMPORT.step("take")
def take_import(
    run: ImportRun,
    *,
    actor: Actor,
    with_clashes: Annotated[
        bool, Ask("Take the clashing lines too", hint="Only when you have looked at each.")
    ] = False,
) -> None:
    """Let the lines be taken in by the clock's process."""
    run.with_clashes, run.done, run.problem = with_clashes, 0, None


@IMPORT.step("recheck")
def recheck_import(run: ImportRun, *, actor: Actor) -> None:
    """Look the lines through again: the register has changed since."""
    run.done = 0
    run.problem = Sentence("The register changed since these lines were checked. Please look at them again.").dump()


@IMPORT.step("taken")
def finish_import(run: ImportRun, *, actor: Actor) -> None:
    """Note that the list is in."""
    run.done, run.taken_at, run.samples = run.total, now(), []


@IMPORT.step("remap")
def match_anew(run: ImportRun, *, actor: Actor) -> None:
    """Go back to the columns."""


@IMPORT.step("drop")
def drop_import(run: ImportRun, *, actor: Actor) -> None:
    """Leave the register as it is."""
    run.samples = []


@IMPORT.step("undo")
def undo_import(run: ImportRun, *, actor: Actor) -> None:
    """Make everything as it was before the import, while nothing depends on it.

    Raises Refused otherwise, with what was changed since.
    """
    did = select(ImportLine).where(ImportLine.run_id == run.id, ImportLine.record_id.is_not(None))
    take_back(run.kind, db.session.scalars(did.order_by(ImportLine.number)).all())


def give_back_with(run: ImportRun, reason: Sentence, *, actor: Actor) -> None:
    """Give a list back with the reason for it."""
    with whole(actor, "ImportRun.give_back"), acting(actor, "ImportRun.give_back"):
        run.problem = reason.dump()
        IMPORT["give_back"](run, actor=actor)


def check_lines(run: ImportRun, rows: Iterable[ImportRow], total: int, *, actor: Actor) -> None:
    """Look every line through against the register and keep what it would do; for the clock.

    `rows` are the lines as they were read, each with its values or what is wrong with its cells; `total` how many.
    """
    with whole(actor, "ImportRun.check"), acting(actor, "ImportRun.check"):
        db.session.execute(delete(ImportLine).where(ImportLine.run_id == run.id))
        taker, tell = TAKERS[run.kind](run), _Teller(run, total, actor)
        counts = dict.fromkeys(LineOutcome, 0)
        for piece in _pieces(rows):
            lines = _checked(run, taker, piece)
            for line in lines:
                counts[line["outcome"]] += 1
            insert_rows(ImportLine, lines)
            tell(len(lines))
        run.total = sum(counts.values())
        run.counts = {outcome.value: count for outcome, count in counts.items()}
        IMPORT["checked"](run, actor=actor)


def _checked(run: ImportRun, taker: Taker, rows: Sequence[ImportRow]) -> list[dict[str, Any]]:
    good = [row for row in rows if not row.wrong]
    findings = dict(zip((row.number for row in good), taker.compare([row.values for row in good]), strict=True))
    lines = []
    for row in rows:
        found = findings.get(row.number) or Finding(LineOutcome.BAD, {}, {k: list(v) for k, v in row.wrong.items()})
        lines.append(
            {
                "run_id": run.id,
                "number": row.number,
                "outcome": found.outcome,
                "cells": _typed(row, run.places),
                "wrong": {name: [told.dump() for told in sentences] for name, sentences in found.wrong.items()},
                "changes": dict(found.changes),
            }
        )
    return lines


def _typed(row: ImportRow, places: Mapping[str, int]) -> dict[str, Any]:
    """Give the matched cells; what no field asks for is not kept."""
    cells = {name: row.cells[place] for name, place in places.items() if place < len(row.cells)}
    return {name: cell for name, cell in cells.items() if cell is not None}


def take_lines(run: ImportRun, read: Callable[[Mapping[str, Any]], Values], *, actor: Actor) -> None:
    """Take all lines of a list in that can be taken; for the clock. `read` gives the values of a line's cells.

    Raises RegisterChanged when a line would do something else by now than it was checked to do; nothing is written then.
    """
    wanted = (*TAKEN, LineOutcome.CLASH) if run.with_clashes else TAKEN
    with whole(actor, "ImportRun.take"), acting(actor, "ImportRun.take"):
        taker, tell = TAKERS[run.kind](run), _Teller(run, run.total, actor)
        for lines in _lines_of(run):
            rows = [read(line.cells) for line in lines]
            findings = taker.compare(rows, lock=True)
            if any(
                (found.outcome, dict(found.changes)) != (line.outcome, line.changes)
                for line, found in zip(lines, findings, strict=True)
            ):
                raise RegisterChanged
            chosen = [place for place, line in enumerate(lines) if line.outcome in wanted]
            effects = taker.take([rows[place] for place in chosen], [findings[place] for place in chosen])
            _note_effects([lines[place] for place in chosen], effects)
            tell(len(lines))
        IMPORT["taken"](run, actor=actor)


def _lines_of(run: ImportRun) -> Iterator[Sequence[Any]]:
    last = 0
    while True:
        wanted = select(
            ImportLine.id, ImportLine.number, ImportLine.outcome, ImportLine.cells, ImportLine.changes
        ).where(ImportLine.run_id == run.id, ImportLine.number > last, ImportLine.outcome != LineOutcome.BAD)
        lines = db.session.execute(wanted.order_by(ImportLine.number).limit(PIECE)).all()
        if not lines:
            return
        yield lines
        last = lines[-1].number


def _note_effects(lines: Sequence[Any], effects: Sequence[Effect | None]) -> None:
    told = [
        {"id": line.id, "record_id": effect.record_id, "record_version": effect.version, "made": dict(effect.made)}
        for line, effect in zip(lines, effects, strict=True)
        if effect is not None
    ]
    update_rows(ImportLine, told)


class _Teller:
    """Tells how far an import is, beside the transaction that takes it in: that one is all or nothing."""

    def __init__(self, run: ImportRun, total: int, actor: Actor) -> None:
        self.pk, self.total, self.actor = run.id, total, actor
        self.done, self.told_at = 0, monotonic()

    def __call__(self, more: int) -> None:
        self.done += more
        if monotonic() - self.told_at < TOLD_EVERY:
            return
        self.told_at = monotonic()
        run: Any = ImportRun.__table__
        with beside(self.actor, "ImportRun.tell") as session:
            far = update(run).where(run.c.id == self.pk)
            session.execute(far.values(total=max(self.total, self.done), done=self.done))


def _pieces(rows: Iterable[T]) -> Iterator[list[T]]:
    piece: list[T] = []
    for row in rows:
        piece.append(row)
        if len(piece) == PIECE:
            yield piece
            piece = []
    if piece:
        yield piece
