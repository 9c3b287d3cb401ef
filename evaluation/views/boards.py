"""The officer's table of expert review: who reads what, how far it is, and what it came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask import Response, flash, redirect, request, url_for
from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import joinedload, selectinload

from evaluation.models import OVERALL, Review
from evaluation.operations.results import close_review
from evaluation.operations.reviews import assign_reviewers, reviewers_to_ask
from evaluation.queries.boards import BoardLine, applications_on_board, reviews_on_board
from evaluation.queries.reviews import under_review
from evaluation.states import REVIEW_IN_HAND, ReviewState
from evaluation.views import cells
from evaluation.workflows import REVIEW
from grants.models import Call
from grants.states import CallState
from kernel import pages
from kernel.actor import Actor
from kernel.arguments import read_value
from kernel.clock import today
from kernel.db import transaction
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor
from kernel.lists import Filter, ListState, Search
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from kernel.views import Column, RecordView, door, find
from kernel.words import word_of

USUAL_DAYS = timedelta(days=14)
MOST_AT_ONCE = 200
FAR = 12  # figures; no number of a record is that long


@dataclass(frozen=True, slots=True)
class Board:
    """One call's board as its page shows it."""

    call: Call
    lines: Sequence[BoardLine]
    waiting: int
    ready: int
    reviewers: Sequence[Any]
    chosen: frozenset[str]
    due_on: str
    errors: Sequence[str]
    can_assign: bool
    can_close: bool
    has_results: bool


class ReviewBoards(RecordView):
    """Calls whose applications are reviewed or have been."""

    model = Call
    kind = "Review"
    route_base = "/review-boards"
    title = _l("Expert review")
    columns = (
        Column("title", _l("Call"), lambda call: call.title, sort=Call.title),
        Column("state", _l("State"), cells.state_cell, sort=Call.state),
        Column("closes", _l("Closed on"), lambda call: cells.day(call.closes_at), sort=Call.closes_at, hide_phone=True),
    )

    def query(self) -> Select[Any]:
        reviewed = exists().where(Review.call_id == Call.id)
        return select(Call).where(or_(Call.state == CallState.REVIEWING, reviewed))

    def row_code(self, record: Call) -> str:
        return record.number

    def empty(self, state: Any) -> pages.EmptyView:
        return pages.EmptyView(
            _("No call is under review"), _("When a call is closed and its review started, it will stand here.")
        )

    @door("/<int:pk>", "show")
    def record(self, pk: int) -> str:
        return self._board_page(find(Call, pk))

    @door("/<int:pk>/assign", "assign", methods=("POST",))
    def assign(self, pk: int) -> Response | tuple[str, int]:
        """Ask the chosen reviewers for the chosen applications; without a choice, for all that wait."""
        call = find(Call, pk)
        actor = current_actor()
        try:
            due_on = read_value("due_on", request.form.get("due_on"), date)
            wanted = {
                int(told)
                for told in request.form.getlist("rowid")[:MOST_AT_ONCE]
                if told.isdecimal() and len(told) < FAR
            }
            chosen = [one for one in under_review(call.id) if not wanted or one.id in wanted]
            asked = [int(told) for told in request.form.getlist("reviewers") if told.isdecimal() and len(told) < FAR]
            with transaction():
                made = assign_reviewers(call, actor=actor, applications=chosen, reviewers=asked, due_on=due_on)
        except (Invalid, Refused) as refused:
            errors = [reason.render() for reason in refused.reasons]
            return self._board_page(find(Call, pk), errors=errors), 409
        flash(
            ngettext("%(count)s review assigned", "%(count)s reviews assigned", len(made), count=len(made)), "success"
        )
        return redirect(self.record_url(call))  # type: ignore[return-value]

    @door("/<int:pk>/close", "close", methods=("GET", "POST"))
    def close(self, pk: int) -> Response | str | tuple[str, int]:
        """Seal the sheets and count the scores, after a question."""
        call = find(Call, pk)
        if request.method == "GET":
            return self.render("kernel/step.html", step=self._closing(call))
        try:
            with transaction():
                results = close_review(call, actor=current_actor())
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self.render("kernel/step.html", step=self._closing(call, told)), 409
        flash(
            ngettext(
                "The review is closed: %(count)s application has its result",
                "The review is closed: %(count)s applications have their result",
                len(results),
                count=len(results),
            ),
            "success",
        )
        return redirect(self.record_url(call))  # type: ignore[return-value]

    def _closing(self, call: Call, errors: Sequence[str] = ()) -> pages.StepPage:
        text = _(
            "Every sheet is sealed, the scores are counted, and the order is given to the award list. This cannot be undone."
        )
        dialog = pages.DialogView(_("Close the review"), text, [], _("Close the review"))
        button = pages.ButtonView(
            "close", _("Close the review"), url_for("ReviewBoards.close", pk=call.id), "lock", "primary", dialog
        )
        return pages.StepPage(button, call.title, self.record_url(call), self.crumbs(call), errors)

    def _board_page(self, call: Call, *, errors: Sequence[str] = ()) -> str:
        actor = current_actor()
        board = self._board(call, actor, errors)
        return self.render("evaluation/board.html", title=call.title, board=board, crumbs=self.crumbs(call))

    def _board(self, call: Call, actor: Actor, errors: Sequence[str]) -> Board:
        lines = reviews_on_board(call.id, applications_on_board(call.id))
        waiting = [line for line in lines if line.waits]
        can_assign = actor.may("assign", "Review") and bool(waiting)
        return Board(
            call=call,
            lines=lines,
            waiting=len(waiting),
            ready=sum(1 for line in waiting if line.handed_in >= call.reviewers_least and not line.in_hand),
            reviewers=reviewers_to_ask(actor=actor) if can_assign else (),
            chosen=frozenset(request.form.getlist("reviewers")),
            due_on=request.form.get("due_on") or f"{today() + USUAL_DAYS:%Y-%m-%d}",
            errors=errors,
            can_assign=can_assign,
            can_close=actor.may("close", "Review") and bool(waiting),
            has_results=any(line.application.score is not None for line in lines),
        )


class ReviewView(RecordView):
    """Every review: who, how far, and after the seal what it gave."""

    model = Review
    kind = "Review"
    route_base = "/reviews"
    title = _l("Reviews")
    workflow = REVIEW
    options = (joinedload(Review.application),)
    record_options = (
        joinedload(Review.application),
        joinedload(Review.call),
        joinedload(Review.indicator_set),
        selectinload(Review.items),
    )
    labels = {"left_reason": _l("Reason"), "due_on": _l("Due")}
    search = Search(_l("Application number"), lambda told: Review.application_number.icontains(told, autoescape=True))
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, _(word_of(state))) for state in ReviewState],
            lambda value: Review.state == ReviewState(value),
        ),
    )
    columns = (
        Column(
            "application", _l("Application"), lambda review: review.application.title, sort=Review.application_number
        ),
        Column("reviewer", _l("Reviewer"), lambda review: review.reviewer_id),
        Column("state", _l("State"), cells.state_cell, sort=Review.state),
        Column(
            "due",
            _l("Due"),
            lambda review: cells.drawn("due", review.due_on, today(), review.state in REVIEW_IN_HAND),
            sort=Review.due_on,
        ),
        Column("total", _l("Total"), lambda review: cells.points(review.total), sort=Review.total, numeric=True),
    )

    def row_code(self, record: Review) -> str:
        return record.application_number

    def list_page(self, state: ListState, records: Sequence[Review], paging: pages.Paging) -> pages.ListPage:
        page = super().list_page(state, records, paging)
        names = names_of(review.reviewer_id for review in records)
        page.rows = [
            replace(row, cells={**row.cells, "reviewer": names.get(review.reviewer_id, "")})
            for row, review in zip(page.rows, records, strict=True)
        ]
        return page

    def record_page(self, record: Review) -> pages.RecordPage:
        page = super().record_page(record)
        name = names_of([record.reviewer_id]).get(record.reviewer_id, "")
        page.title = _("Review: %(name)s", name=record.application.title)
        page.subtitle = name
        page.facts = [
            (
                _("Application"),
                cells.drawn("link", record.application_number, f"/applications/{record.application_id}"),
            ),
            (_("Call"), cells.drawn("link", record.call.title, url_for("ReviewBoards.record", pk=record.call_id))),
            (_("Reviewer"), name),
            (_("Due"), cells.day(record.due_on)),
            (_("Recusal statement"), cells.moment(record.accepted_at)),
            (_("Handed in at"), cells.moment(record.handed_in_at)),
            (_("Reason"), record.left_reason or ""),
            (_("Total"), cells.points(record.total)),
        ]
        page.panels = [self._scores(record), *page.panels]
        return page

    def _scores(self, review: Review) -> pages.PanelView:
        """Show what a sealed sheet gave; before that there are no rows to show to anybody but its reviewer."""
        items = {item.item_code: item for item in review.items}
        rows = [
            (
                cells.named(leaf),
                cells.points(items[leaf.code].score),
                cells.points(leaf.weight),
                items[leaf.code].comment,
            )
            for leaf in review.indicator_set.sheet.leaves
            if leaf.code in items
        ]
        opinion = items[OVERALL].comment if OVERALL in items else ""
        html = cells.drawn("sealed", rows, cells.points(review.total), opinion, file="evaluation/board_parts.html")
        return pages.PanelView("scores", _("Scores"), html, flush=True)
