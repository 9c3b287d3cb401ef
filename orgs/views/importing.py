"""Bringing a list in: the file, its columns, what each line would do, how far it is, and what stayed out."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, redirect, request, url_for

from kernel import pages
from kernel.actor import Actor
from kernel.clock import local
from kernel.db import transaction
from kernel.errors import Refused
from kernel.exporting import FORMS, as_attachment
from kernel.files import SPREADSHEETS, current_storage
from kernel.identity import current_actor, current_locale
from kernel.long_work import LongWork, how_far
from kernel.people import names_of
from kernel.scope import whole
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.tables import write_rejects, write_template
from kernel.tables.importing import ROW_NUMBER, WHY_NOT, ImportPreview, ImportRow
from kernel.views import Column, Filter, RecordView, door
from kernel.words import Sentence, one_after_another
from orgs import queries
from orgs.models import ImportLine, ImportRun
from orgs.operations import bring_list, match_columns
from orgs.schemas import ENTRIES, Entry, as_past_day, blanks, open_list, required_fields
from orgs.states import ImportKind, ImportState, LineOutcome
from orgs.views import cells
from orgs.views.file import history_value
from orgs.workflows import IMPORT

PAGE = 50
UNITS = ("1", "10000")
WORKING = frozenset({ImportState.CHECKING, ImportState.TAKING})
SHOWING = frozenset({ImportState.READY, ImportState.TAKING, ImportState.TAKEN, ImportState.UNDONE})
ACTIONS = {
    "ImportRun.bring": _l("List brought"),
    "ImportRun.check": _l("Lines checked"),
    "ImportRun.take": _l("List taken in"),
}


class ImportView(RecordView):
    """The lists that were brought, and the way of each into the register."""

    model = ImportRun
    kind = "ImportRun"
    route_base = "/imports"
    title = _l("Imports")
    workflow = IMPORT
    record_template = "orgs/import.html"
    columns = (
        Column("filename", _l("List"), lambda run: run.filename, sort=ImportRun.filename),
        Column("kind", _l("What it states"), lambda run: cells.word(run.kind), sort=ImportRun.kind),
        Column("state", _l("State"), lambda run: cells.drawn("state_or", run.state, ""), sort=ImportRun.state),
        Column("lines", _l("Lines"), lambda run: f"{run.total:,}", sort=ImportRun.total, numeric=True),
        Column("when", _l("Brought"), lambda run: f"{local(run.created_at):%Y-%m-%d %H:%M}", sort=ImportRun.created_at),
    )
    base_order = "-when"
    filters = (
        Filter(
            "kind",
            _l("What it states"),
            lambda: [(kind.value, cells.word(kind)) for kind in ImportKind],
            lambda told: ImportRun.kind == ImportKind(told),
        ),
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in ImportState],
            lambda told: ImportRun.state == ImportState(told),
        ),
    )

    def list_lead(self) -> str:
        return _("Each list is checked line by line before anything of it counts, and can be undone as a whole.")

    def list_actions(self, actor: Actor) -> Sequence[pages.Link]:
        if not actor.may("bring", "ImportRun"):
            return ()
        return [pages.Link(_("Import a list"), url_for("ImportView.bring"), "upload", primary=True)]

    # The file

    @door("/new", "bring", methods=("GET", "POST"))
    def bring(self) -> Response | str | tuple[str, int]:
        """Upload a list."""
        if request.method == "GET":
            return self._asked({"kind": request.args.get("kind")})
        upload, told = request.files.get("file"), request.form.get("kind", "")
        problems = {}
        if told not in set(ImportKind):
            problems["kind"] = _("Please choose one of the offered values.")
        if upload is None or not upload.filename:
            problems["file"] = _("Please choose a file.")
        if problems or upload is None:
            return self._asked(request.form, problems), HTTPStatus.UNPROCESSABLE_ENTITY
        content = upload.read()
        upload.close()
        try:
            run = self._bring(ImportKind(told), content, upload.filename or "")
        except Refused as refused:
            told_why = one_after_another(reason.render() for reason in refused.reasons)
            return self._asked(request.form, {"file": told_why}), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(self.record_url(run))  # type: ignore[return-value]

    def _bring(self, kind: ImportKind, content: bytes, filename: str) -> ImportRun:
        read = open_list(content, filename, kind, queries.known_headings(kind))
        with transaction():
            return bring_list(
                actor=current_actor(),
                kind=kind,
                stream=io.BytesIO(content),
                filename=filename,
                headers=read.table.headers,
                samples=read.samples,
                places=read.places,
                unit=read.unit,
            )

    def _asked(self, typed: Mapping[str, Any], problems: Mapping[str, str] | None = None) -> str:
        wrong = problems or {}
        fields = [
            pages.FieldView(
                "kind",
                _("What the list states"),
                kind="radio",
                choices=[(kind.value, cells.word(kind)) for kind in ImportKind],
                value=typed.get("kind") or ImportKind.ORGANIZATIONS.value,
                errors=[wrong["kind"]] if "kind" in wrong else [],
            ),
            pages.FieldView(
                "file",
                _("File"),
                kind="file",
                hint=_(
                    "xlsx, xls or csv, up to 10 MB, 20,000 lines and 200 columns. Titles above the headings may stay."
                ),
                accept=",".join(f".{kind}" for kind in sorted(SPREADSHEETS)),
                errors=[wrong["file"]] if "file" in wrong else [],
            ),
        ]
        page = pages.FormPage(
            title=_("Import a list"),
            lead=_("First the file, then its columns, then a look at every line. Nothing counts before you say so."),
            url=url_for("ImportView.bring"),
            fields=fields,
            crumbs=[(str(self.title), self.list_url()), (_("Import a list"), None)],
            back_url=self.list_url(),
            confirm=_("Read the file"),
        )
        return self.render("orgs/import_new.html", form_page=page, kinds=list(ImportKind))

    @door("/templates/<kind>", "bring")
    def template(self, kind: str) -> Response:
        """Send an empty workbook to fill in."""
        wanted = ImportKind(kind) if kind in set(ImportKind) else ImportKind.ORGANIZATIONS
        content = io.BytesIO()
        name = cells.word(wanted)
        write_template(blanks(wanted, current_locale()), content, sheet=name, locale=current_locale())
        return sent(content.getvalue(), f"{name}.xlsx")

    # The columns

    @door("/<int:pk>/columns", "bring", methods=("GET", "POST"))
    def columns_of(self, pk: int) -> Response | str | tuple[str, int]:
        """Say in which column each field stands."""
        run = self.find(pk)
        if request.method == "GET":
            return redirect(self.record_url(run))  # type: ignore[return-value]
        places = {
            told: place for place in range(len(run.headers)) if (told := request.form.get(f"column-{place}", "")) != ""
        }
        known = {entry.name for entry in ENTRIES[run.kind]}
        given = [request.form.get(f"column-{place}", "") for place in range(len(run.headers))]
        unit = int(request.form["unit"]) if request.form.get("unit") in UNITS else 1
        day = request.form.get("announced_on", "").strip()
        try:
            if set(places) - known:
                raise Refused(Sentence("Please choose one of the offered values."))
            if len([told for told in given if told]) > len(places):
                raise Refused(Sentence("A field can stand in one column only."))
            with transaction():
                match_columns(
                    run,
                    actor=current_actor(),
                    places=places,
                    unit=unit,
                    required=required_fields(run.kind),
                    announced_on=as_past_day(day) if day else None,
                )
        except Refused as refused:
            page = self.record_page(self.find(pk))
            page.notes = [("bad", reason.render()) for reason in refused.reasons]
            chosen = {place: told for place, told in enumerate(given) if told}
            return (
                self.render(self.record_template, record=page, subject=run, **self._matching(run, chosen, unit, day)),
                HTTPStatus.CONFLICT,
            )
        return redirect(self.record_url(run))  # type: ignore[return-value]

    def _matching(self, run: ImportRun, chosen: Mapping[int, str], unit: int, day: str) -> dict[str, Any]:
        entries = [(entry.name, _(entry.label), entry.column.required) for entry in ENTRIES[run.kind]]
        rows = [
            (place, heading, [cells_[place] for cells_ in run.samples if place < len(cells_) and cells_[place]])
            for place, heading in enumerate(run.headers)
            if heading or any(place < len(cells_) and cells_[place] for cells_ in run.samples)
        ]
        return {
            "matching": rows,
            "entries": entries,
            "chosen": chosen,
            "unit": unit,
            "announced_on": day if run.kind is ImportKind.RATINGS else None,
            "has_amount": any(entry.name == "amount" for entry in ENTRIES[run.kind]),
            "may_match": current_actor().may("bring", "ImportRun"),
        }

    # One import

    @door("/<int:pk>", "show")
    def record(self, pk: int) -> str:
        run = self.find(pk)
        chosen, day = {place: name for name, place in run.places.items()}, run.announced_on
        told = self._matching(run, chosen, run.unit, day.isoformat() if day else "")
        shown = {"matching": None} if run.state is not ImportState.UPLOADED else told
        lines = self._lines(run) if run.state in SHOWING else {}
        return self.render(
            self.record_template, record=self.record_page(run), subject=run, work=work_on(run), **shown, **lines
        )

    def record_page(self, record: ImportRun) -> pages.RecordPage:
        page = super().record_page(record)
        names = names_of([record.brought_by_id])
        kind, who = cells.word(record.kind), names.get(record.brought_by_id or 0)
        page.subtitle = _("%(kind)s, brought by %(who)s", kind=kind, who=who) if who else kind
        if record.problem:
            page.notes = [("warn", Sentence.load(record.problem).render())]
        if record.state in SHOWING and self._has_rejects(record):
            url = url_for("ImportView.rejects", pk=record.id)
            page.actions = [pages.Link(_("Lines to correct"), url, "download")]
        return page

    def _has_rejects(self, run: ImportRun) -> bool:
        outcomes = [LineOutcome.BAD] if run.with_clashes else [LineOutcome.BAD, LineOutcome.CLASH]
        return any(run.counts.get(outcome) for outcome in outcomes)

    def chip(self, record: ImportRun) -> tuple[str, str, str] | None:
        return record.state.tone, record.state.icon, cells.word(record.state)

    def _action(self, event: Any, workflow: Any) -> str:
        return str(ACTIONS[event.action]) if event.action in ACTIONS else super()._action(event, workflow)

    def _lines(self, run: ImportRun) -> dict[str, Any]:
        asked = request.args.get("outcome", "")
        outcome = LineOutcome(asked) if asked in set(LineOutcome) else None
        total = run.counts.get(outcome, 0) if outcome else run.total
        last = max(1, -(-total // PAGE))
        told = request.args.get("page", "1")
        here = min(max(int(told), 1), last) if told.isascii() and told.isdecimal() and len(told) < 8 else 1  # noqa: PLR2004
        lines = queries.lines_of_import(run, outcome, size=PAGE, start=(here - 1) * PAGE)
        entries = [entry for entry in ENTRIES[run.kind] if entry.name in run.places or entry.column.required]

        def at(number: int) -> str:
            return url_for("ImportView.record", pk=run.id, outcome=asked or None, page=number if number > 1 else None)

        return {
            "tabs": self._tabs(run, outcome),
            "entries": [(entry.name, _(entry.label)) for entry in entries],
            "lines": [line_view(line, entries) for line in lines],
            "paging": pages.Paging(
                first=(here - 1) * PAGE + 1 if total else 0,
                last=min(here * PAGE, total),
                total=total,
                prev_url=at(here - 1) if here > 1 else None,
                next_url=at(here + 1) if here < last else None,
                pages=[(str(here), at(here), True)],
            ),
        }

    def _tabs(self, run: ImportRun, chosen: LineOutcome | None) -> list[pages.TabView]:
        url = url_for("ImportView.record", pk=run.id)
        every = [pages.TabView(_("All"), url, f"{run.total:,}", chosen is None)]
        return every + [
            pages.TabView(
                cells.word(outcome),
                url_for("ImportView.record", pk=run.id, outcome=outcome.value),
                f"{run.counts.get(outcome, 0):,}",
                chosen is outcome,
            )
            for outcome in LineOutcome
        ]

    @door("/<int:pk>/progress", "show")
    def progress(self, pk: int) -> Response:
        """Tell how far an import is, for a page that waits for it."""
        return how_far(work_on(self.find(pk)))

    @door("/<int:pk>/rejects", "show")
    def rejects(self, pk: int) -> Response:
        """Send the lines that stayed out, with the reasons beside them, to be corrected and brought again."""
        run = self.find(pk)
        with transaction(), whole(current_actor(), "ImportRun.rejects"):
            file, known = queries.file_of_import(run), queries.known_headings(run.kind)
            lines = {line.number: line for line in queries.rejected_lines(run)}
        with current_storage().open(file.sha256) as stream:
            table = open_list(stream.read(), run.filename, run.kind, known).table
        # A list that is corrected for the second time brings the columns of the first time along.
        kept = [place for place, told in enumerate(table.headers) if told not in _added_headings()]
        rows = tuple(
            ImportRow(
                number,
                [row[place] if place < len(row) else None for place in kept],
                {},
                tuple(reasons_of(lines[number], ENTRIES[run.kind])),
            )
            for number, row in enumerate(table.rows, table.first_row)
            if number in lines
        )
        headers = tuple(table.headers[place] for place in kept)
        name = _("To correct: %(name)s", name=run.filename.rpartition(".")[0]) + ".xlsx"
        return sent(write_rejects(ImportPreview(headers, (), rows), name, locale=current_locale()), name)


def _added_headings() -> set[str]:
    return {told.render(locale) for told in (ROW_NUMBER, WHY_NOT) for locale in ("zh", "en")}


def work_on(run: ImportRun) -> LongWork | None:
    """Give how far the work on a list is; nothing while nothing is being done."""
    if run.state not in WORKING:
        return None
    told = _("Lines: %(done)s of %(total)s", done=f"{run.done:,}", total=f"{run.total:,}")
    return LongWork(
        url=url_for("ImportView.progress", pk=run.id),
        label=cells.word(run.state),
        told=told if run.total else _("waits for its turn"),
        done=run.done,
        total=run.total,
    )


def line_view(line: ImportLine, entries: Sequence[Entry]) -> dict[str, Any]:
    """Give a line as the page shows it: each cell with what was, what would be and what is wrong with it."""
    shown = []
    for entry in entries:
        old, new = line.changes.get(entry.name, (None, None))
        shown.append(
            {
                "text": line.cells.get(entry.name, ""),
                "old": in_words(entry.name, old),
                "new": in_words(entry.name, new) if entry.name in line.changes else "",
                "wrong": [Sentence.load(told).render() for told in line.wrong.get(entry.name, ())],
            }
        )
    listed = {entry.name for entry in entries}
    rest = [told for name, sentences in line.wrong.items() if name not in listed for told in sentences]
    return {
        "number": line.number,
        "outcome": line.outcome,
        "cells": shown,
        "wrong": [Sentence.load(told).render() for told in rest],
        "is_changed": line.outcome in {LineOutcome.CHANGED, LineOutcome.CLASH},
    }


def in_words(name: str, value: Any) -> str:
    """Write a value of a line's changes as people read it."""
    if value is None or value == []:
        return ""
    known = {"grade": "last_grade"} if value in {"excellent", "good", "fair", "poor"} else {}
    return history_value(known.get(name, name), value) or str(value)


def reasons_of(line: ImportLine, entries: Sequence[Entry]) -> list[Sentence]:
    """Give all that is wrong with a line, each with the name of its field."""
    labels = {entry.name: Sentence(entry.label) for entry in entries}
    return [
        Sentence("{column}: {reason}", column=labels[name], reason=Sentence.load(told))
        if name in labels
        else Sentence.load(told)
        for name, sentences in line.wrong.items()
        for told in sentences
    ]


def sent(content: bytes, name: str) -> Response:
    """Send a workbook under a name."""
    return as_attachment(
        Response(content, mimetype=FORMS["xlsx"], headers={"Cache-Control": "private, no-store"}), name
    )
