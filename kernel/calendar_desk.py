"""The page of the working-day calendar: what differs from the weekdays of a year, where it is known from, and entering it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from flask import Response, flash, redirect, request, url_for
from sqlalchemy import select

from kernel import pages
from kernel.arguments import arguments_of, read_arguments
from kernel.calendar import (
    SATURDAY,
    DayKind,
    Holiday,
    is_provisional,
    is_working_day,
    name_of_published,
)
from kernel.calendar_deeds import Change, enter_days, remove_day, take_notice
from kernel.clock import today
from kernel.db import db, transaction
from kernel.drawing import day_words
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor, current_locale
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from kernel.views import Page, door, field_of, find, typed_values
from kernel.words import one_after_another

Answer = Response | str | tuple[str, int]


class WorkingDays(Page):
    """A year's holidays and make-up days: the Centre's own first, the published ones second, weekdays last."""

    kind = "Holiday"
    route_base = "/working-days"
    title = _l("Working days")

    @door("/", "list")
    def index(self) -> str:
        """What differs from plain weekdays in a year, and whether the year is provisional."""
        year = _year_asked()
        own = {
            one.day: one
            for one in db.session.scalars(
                select(Holiday).where(Holiday.day >= date(year, 1, 1), Holiday.day <= date(year, 12, 31))
            )
        }
        overrides = {day: one.kind is DayKind.WORK for day, one in own.items()}
        days = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year, 12, 31) - date(year, 1, 1)).days + 1)]
        worked = {day: is_working_day(day, overrides) for day in days}
        may = current_actor().may("change", "Holiday")
        rows = [
            {
                "day": day_words(day),
                "worked": worked[day],
                "name": own[day].name if day in own else name_of_published(day, current_locale()),
                "own": day in own,
                "remove": url_for("WorkingDays.remove", pk=own[day].id)
                if may and day in own and day >= today()
                else "",
            }
            for day in days
            if day in own or worked[day] != (day.weekday() < SATURDAY)
        ]
        return self.render(
            "kernel/working_days.html",
            year=year,
            tabs=[pages.TabView(str(one), self._url(one), current=one == year) for one in _years()],
            rows=rows,
            count=sum(worked.values()),
            provisional=is_provisional(date(year, 1, 1), overrides),
            actions=_actions(year) if may else [],
        )

    def _url(self, year: int) -> str:
        return url_for("WorkingDays.index", year=year)

    @door("/enter", "change", methods=("GET", "POST"))
    def enter(self) -> Answer:
        """Enter some days, or ask which."""
        return self._ask(enter_days, _("Enter days"), {"from_day": today(), "to_day": today()})

    @door("/notice", "change", methods=("GET", "POST"))
    def notice(self) -> Answer:
        """Read a year from the words of the notice, or ask for them."""
        return self._ask(take_notice, _("Paste the notice of a year"), {"year": _year_asked()})

    def _ask(self, deed: Callable[..., Change], label: str, defaults: Mapping[str, Any]) -> Answer:
        typed = typed_values() if request.method == "POST" else defaults
        if request.method == "GET":
            return self._form(deed, label, typed)
        try:
            asked = read_arguments(arguments_of(deed), typed)
            with transaction():
                done = deed(actor=current_actor(), **asked)
        except Invalid as invalid:
            return self._form(deed, label, typed, invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        _tell(done)
        year = asked["year"] if "year" in asked else asked["from_day"].year
        return redirect(self._url(year))  # type: ignore[return-value]

    def _form(
        self,
        deed: Callable[..., Change],
        label: str,
        typed: Mapping[str, Any],
        problems: Mapping[str, Any] | None = None,
    ) -> str:
        fields = [field_of(argument, typed, problems or {}) for argument in arguments_of(deed)]
        form = pages.FormPage(
            label,
            request.path,
            fields,
            crumbs=[(str(self.title), url_for("WorkingDays.index")), (label, None)],
            back_url=url_for("WorkingDays.index"),
            confirm=_("Enter into the calendar"),
            note=("info", _("Open deadlines keep their working days: they move later where needed, never earlier.")),
        )
        return self.render("kernel/form.html", form_page=form)

    @door("/<int:pk>/remove", "change", methods=("POST",))
    def remove(self, pk: int) -> Answer:
        """Let a day be again what the published calendar or its weekday says."""
        holiday = find(Holiday, pk)
        year = holiday.day.year
        try:
            with transaction():
                _tell(remove_day(holiday, actor=current_actor()))
        except Refused as refused:
            flash(one_after_another(reason.render() for reason in refused.reasons), "warning")
        return redirect(self._url(year))  # type: ignore[return-value]


def _tell(done: Change) -> None:
    told = ngettext("%(num)s day is entered.", "%(num)s days are entered.", done.days)
    moved = ngettext("%(num)s deadline moved.", "%(num)s deadlines moved.", done.moved)
    flash(f"{told if done.days else _('The day is removed.')} {moved if done.moved else ''}".strip(), "success")


def _actions(year: int) -> Sequence[pages.Link]:
    return [
        pages.Link(_("Enter days"), url_for("WorkingDays.enter"), "plus-lg"),
        pages.Link(_("Paste the notice of a year"), url_for("WorkingDays.notice", year=year), "upload", primary=True),
    ]


def _years() -> range:
    return range(today().year - 1, today().year + 3)


def _year_asked() -> int:
    told = request.args.get("year", "")
    return int(told) if told in {str(year) for year in _years()} else today().year
