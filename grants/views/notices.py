"""Public notices: what everybody may read, download, print and object to; and the objections themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Response, flash, redirect, url_for
from sqlalchemy.orm import joinedload, selectinload

from grants.models import NoticeEntry, Objection, PublicNotice
from grants.operations.objections import raise_objection
from grants.operations.public_notices import close_notice
from grants.queries.awards import open_objections
from grants.rules.public_notices import OBJECTION_DAYS, no_open_objection, notice_is_over
from grants.states import ObjectionState
from grants.views import cells
from grants.views.deeds import Drawn
from grants.views.forms import ask
from grants.workflows.objections import OBJECTION
from kernel import pages
from kernel.calendar import working_days_between
from kernel.clock import end_of, now, today
from kernel.db import transaction
from kernel.errors import NotFound
from kernel.identity import current_actor
from kernel.money import sum_of
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from kernel.tables import Export, write_csv
from kernel.views import Column, Filter, RecordView, door, find
from kernel.words import Sentence, one_after_another

CALM_DAYS = 5
WITH_NOTICE = joinedload(NoticeEntry.notice)
COLUMNS: tuple[Export[NoticeEntry], ...] = (
    Export(Sentence("No."), lambda entry: entry.position, 6),
    Export(Sentence("Application number"), lambda entry: entry.application_number),
    Export(Sentence("Project"), lambda entry: entry.title, 40),
    Export(Sentence("Organization"), lambda entry: entry.organization_name, 40),
    Export(Sentence("Credit code"), lambda entry: entry.credit_code, 22),
    Export(Sentence("Category"), lambda entry: entry.category),
    Export(Sentence("Proposed award (yuan)"), lambda entry: entry.amount),
)


@dataclass(frozen=True, slots=True)
class NoticeGroup:
    """The lines of one category with their sum; yuan."""

    title: str
    entries: Sequence[NoticeEntry]
    total: Decimal


@dataclass(slots=True)
class NoticePage(pages.RecordPage):
    """A public notice: its lines by category, and what is left of its time."""

    notice: PublicNotice | None = None
    groups: Sequence[NoticeGroup] = field(default_factory=list)
    total: Decimal = Decimal(0)
    days: int = 0
    until: datetime | None = None
    now: datetime | None = None
    left: str = ""
    calm: bool = True
    running: bool = False
    csv_url: str = ""
    may_object: bool = False
    own_id: int | None = None
    answer_days: int = OBJECTION_DAYS


def _by_category(entries: Sequence[NoticeEntry]) -> list[NoticeGroup]:
    found: dict[str, list[NoticeEntry]] = {}
    for entry in entries:
        found.setdefault(entry.category, []).append(entry)
    return [
        NoticeGroup(title or _("Projects"), lines, sum_of(line.amount for line in lines))
        for title, lines in found.items()
    ]


def _stage(notice: PublicNotice) -> str:
    if notice.closed_at is not None:
        return _("Ended")
    return _("On notice until %(day)s", day=notice.ends_on) if today() <= notice.ends_on else _("Time is over")


class NoticeView(RecordView):
    """Public notices, open to everybody."""

    model = PublicNotice
    kind = "PublicNotice"
    route_base = "/notices"
    title = _l("Public notices")
    base_order = "-starts_on"
    record_template = "grants/notice.html"
    record_options = (selectinload(PublicNotice.entries),)
    columns = (
        Column("title", _l("Public notice"), lambda one: one.title),
        Column("starts_on", _l("Notice begins"), lambda one: one.starts_on, sort=PublicNotice.starts_on),
        Column("ends_on", _l("Notice ends"), lambda one: one.ends_on, sort=PublicNotice.ends_on),
        Column("stage", _l("State"), _stage),
    )

    def row_code(self, record: PublicNotice) -> str:
        return record.number

    def empty(self, state: Any) -> pages.EmptyView:
        return pages.EmptyView(
            _("No public notice yet"), _("Projects proposed for award will stand here."), "broadcast"
        )

    def record_page(self, record: PublicNotice) -> NoticePage:
        actor = current_actor()
        until, moment = end_of(record.ends_on), now()
        running = record.closed_at is None and today() <= record.ends_on
        return NoticePage(
            title=record.title,
            crumbs=self.crumbs(record),
            buttons=self._close_button(record),
            notice=record,
            groups=_by_category(record.entries),
            total=sum_of(entry.amount for entry in record.entries),
            days=working_days_between(record.starts_on, record.ends_on),
            until=until,
            now=moment,
            left=_left(until, moment),
            calm=(record.ends_on - today()).days > CALM_DAYS,
            running=running,
            csv_url=url_for("NoticeView.csv", pk=record.id),
            may_object=running and actor.may("raise", "Objection"),
            own_id=actor.organization_id,
        )

    def _close_button(self, record: PublicNotice) -> list[pages.ButtonView]:
        if record.closed_at is not None or not current_actor().may("close", "PublicNotice"):
            return []
        reasons = [
            told.render()
            for told in (notice_is_over(record), no_open_objection(open_objections(record.id)))
            if told is not None
        ]
        label = _("Close and award")
        text = _("Each project that stands gets its contract and its instalments.")
        return [
            pages.ButtonView(
                "close",
                label,
                url_for("NoticeView.close", pk=record.id),
                "check2-all",
                dialog=pages.DialogView(label, text, (), label),
                disabled=bool(reasons),
                reason=one_after_another(reasons),
            )
        ]

    @door("/<int:pk>/csv", "show")
    def csv(self, pk: int) -> Response:
        """Give the notice as a table that spreadsheet programs open without running anything."""
        notice = self.find(pk)
        answer = Response(write_csv(notice.entries, COLUMNS), mimetype="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{notice.number}.csv"'
        return answer

    @door("/<int:pk>/close", "close", methods=("POST",))
    def close(self, pk: int) -> Any:
        """End the notice and make the awards."""
        with transaction():
            projects = close_notice(self.find(pk), actor=current_actor())
        told = ngettext("%(num)s project is awarded", "%(num)s projects are awarded", len(projects))
        flash(told, "success")
        return redirect(self.list_url() if not projects else url_for("ProjectView.index"))

    @door("/<int:pk>/entries/<int:entry_id>/object", "raise", kind="Objection", methods=("GET", "POST"))
    def object(self, pk: int, entry_id: int) -> Drawn:
        """Object to one line of a running notice."""
        notice = self.find(pk)
        entry = find(NoticeEntry, entry_id, WITH_NOTICE)
        if entry.notice_id != notice.id:
            raise NotFound

        def done(**asked: Any) -> tuple[str, str]:
            objection = raise_objection(entry, actor=current_actor(), **asked)
            told = _("Your objection is received; the answer is due on %(day)s", day=objection.answer_due_on)
            return url_for("ObjectionView.record", pk=objection.id), told

        return ask(
            self,
            raise_objection,
            title=_("Raise an objection"),
            lead=f"{entry.application_number} {entry.title}",
            done=done,
            back_url=self.record_url(notice),
            crumbs=[
                (_("Public notices"), self.list_url()),
                (notice.number, self.record_url(notice)),
                (_("Objection"), None),
            ],
            note=("info", _("Write what can be checked. We answer within %(days)s days.", days=OBJECTION_DAYS)),
        )


def _left(until: datetime, moment: datetime) -> str:
    hours = max(0, int((until - moment).total_seconds()) // 3600)
    return _("%(days)s d %(hours)s h", days=hours // 24, hours=hours % 24)


def _about(objection: Objection) -> str:
    """Name the project objected to; its application is not everybody's to read."""
    if objection.application is None:
        return _("a project on notice")
    return f"{objection.application.number} {objection.application.title}"


class ObjectionView(RecordView):
    """Objections to public notices, with their answers."""

    model = Objection
    kind = "Objection"
    route_base = "/objections"
    title = _l("Objections")
    workflow = OBJECTION
    options = (joinedload(Objection.application), joinedload(Objection.notice))
    record_options = options
    columns = (
        Column("title", _l("Objection to"), _about),
        Column("notice", _l("Public notice"), lambda one: one.notice.number),
        Column("due", _l("Answer due"), lambda one: one.answer_due_on, sort=Objection.answer_due_on),
        Column("state", _l("State"), lambda one: cells.chip(one.state), sort=Objection.state),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in ObjectionState],
            lambda told: Objection.state == ObjectionState(told),
        ),
    )

    def row_label(self, record: Objection) -> str:
        return _about(record)

    def record_page(self, record: Objection) -> pages.RecordPage:
        page = super().record_page(record)
        page.title = _("Objection to %(name)s", name=_about(record))
        page.crumbs = [(str(self.title), self.list_url()), (record.notice.number, None)]
        page.facts = [
            (
                _("Public notice"),
                cells.drawn("linked", record.notice.number, url_for("NoticeView.record", pk=record.notice_id)),
            ),
            (_("Answer due"), record.answer_due_on),
            (_("Reason"), cells.drawn("prose", record.reason), True),
            (_("Answer"), cells.drawn("prose", record.answer) if record.answer else "", True),
        ]
        return page
