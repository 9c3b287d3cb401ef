"""The reviewer's desk: what is assigned to them, and the sheet that saves itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Response, flash, jsonify, redirect, url_for
from sqlalchemy import ColumnElement, case, or_
from sqlalchemy.orm import joinedload, selectinload

from evaluation.models import OVERALL, Review
from evaluation.operations.reviews import save_scores
from evaluation.queries.reviews import scored_count, total_of
from evaluation.scoring import Indicator
from evaluation.states import REVIEW_IN_HAND, ReviewState
from evaluation.views import cells
from evaluation.views.snapshots import SnapshotView, view_of
from evaluation.views.typed import comments_typed, scores_typed
from evaluation.workflows import REVIEW
from grants.models import ApplicationVersion
from kernel import pages
from kernel.clock import local, now, today
from kernel.db import transaction
from kernel.errors import Invalid, Stale
from kernel.identity import current_actor
from kernel.lists import Filter, ListState, Search
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.steps import version_typed
from kernel.views import Column, RecordView, door, typed_values
from kernel.web import wants_json
from kernel.words import Sentence, word_of

EDITABLE = frozenset({ReviewState.ACCEPTED, ReviewState.SCORING})
OPEN_TO_READ = REVIEW_IN_HAND - {ReviewState.ASSIGNED}


@dataclass(frozen=True, slots=True)
class LeafView:
    """One item of a sheet as its page shows it."""

    code: str
    name: str
    title: str
    weight: str
    value: Any
    comment: str
    errors: Sequence[str]


@dataclass(frozen=True, slots=True)
class SheetView:
    """A review's sheet: its items, what it sums to, and what may be done with it."""

    leaves: Sequence[LeafView]
    overall: str
    total: str
    most: str
    missing: int
    is_open: bool
    errors: Sequence[tuple[str, str]]
    save_url: str
    key: str
    saved: str


def _found_by(word: str) -> ColumnElement[bool]:
    title = ApplicationVersion.snapshot["title"].astext
    return or_(
        Review.application_number.icontains(word, autoescape=True),
        Review.snapshot.has(title.icontains(word, autoescape=True)),
    )


def _title(review: Review) -> str:
    """Name a review by its application while it is open, by its number afterwards."""
    title = review.snapshot.snapshot.get("title") if review.snapshot is not None else ""
    return title or review.application_number


class ReviewSheets(RecordView):
    """My reviews: assigned to me, and handed in by me."""

    model = Review
    kind = "ReviewSheet"
    route_base = "/my-reviews"
    title = _l("My reviews")
    workflow = REVIEW
    base_order = "due"
    options = (joinedload(Review.snapshot), joinedload(Review.indicator_set), selectinload(Review.items))
    record_options = (*options, joinedload(Review.call))
    record_template = "evaluation/review_sheet.html"
    search = Search(_l("Number or title of the application"), _found_by)
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, _(word_of(state))) for state in ReviewState],
            lambda value: Review.state == ReviewState(value),
        ),
    )
    columns = (
        Column("title", _l("Application"), _title),
        Column("state", _l("State"), cells.state_cell, sort=Review.state),
        Column("progress", _l("Scored"), lambda review: cells.drawn("done", *_progress(review))),
        Column(
            "due",
            _l("Due"),
            lambda review: cells.drawn("due", review.due_on, today(), review.state in REVIEW_IN_HAND),
            sort=case((Review.state.in_(REVIEW_IN_HAND), Review.due_on)),
        ),
    )

    def row_code(self, record: Review) -> str:
        return record.application_number

    def row_label(self, record: Review) -> str:
        return record.application_number

    def list_lead(self) -> str:
        return _(
            "You read an application from its assignment until you hand in its sheet. Nobody else reads your scores before the review is closed."
        )

    def empty(self, state: ListState) -> pages.EmptyView:
        if state.is_narrowed:
            return super().empty(state)
        return pages.EmptyView(_("No reviews yet"), _("When the Centre asks you for a review, it will stand here."))

    @door("/<int:pk>", "show")
    def record(self, pk: int) -> str:
        return self._sheet_page(self.find(pk))

    @door("/<int:pk>/save", "score", kind="Review", methods=("POST",))
    def save(self, pk: int) -> Response | str | tuple[str, int]:
        """Keep what is typed; by script as JSON, by a button with a page."""
        review = self.find(pk)
        typed = typed_values()
        try:
            saved = self._save(review, typed)
        except Invalid as invalid:
            if wants_json():
                raise
            return self._sheet_page(self.find(pk), typed, invalid.problems), 422
        except Stale:
            if wants_json():
                raise
            return self._merge_page(self.find(pk), typed), 409
        if wants_json():
            return jsonify(version=saved.version, saved=f"{local(now()):%H:%M}")
        if typed.get("then") == "hand_in":
            return redirect(self.step_url(saved, "hand_in"))  # type: ignore[return-value]
        flash(_("%(number)s is saved", number=saved.application_number), "success")
        return redirect(self.record_url(saved))  # type: ignore[return-value]

    def _save(self, review: Review, typed: Mapping[str, Any]) -> Review:
        codes = {leaf.code for leaf in review.indicator_set.sheet.leaves}
        with transaction():
            save_scores(
                review,
                actor=current_actor(),
                scores=scores_typed(typed, codes),
                comments=comments_typed(typed, {*codes, OVERALL}),
                version=version_typed(),
            )
        return review

    def after_step(self, record: Review, name: str) -> str:
        return self.record_url(record) if name == "accept" else self.list_url()

    def _sheet_page(
        self,
        review: Review,
        typed: Mapping[str, Any] | None = None,
        problems: Mapping[str, Sequence[Sentence]] | None = None,
    ) -> str:
        application = view_of(review.snapshot.snapshot) if review.snapshot is not None else None
        return self.render(
            self.record_template,
            title=_("Review: %(name)s", name=_title(review)),
            record=self._page(review, application),
            review=review,
            application=application if review.state in OPEN_TO_READ else None,
            sheet=self._sheet(review, typed or {}, problems or {}),
        )

    def _page(self, review: Review, application: SnapshotView | None) -> pages.RecordPage:
        buttons = self.buttons(review) if review.state in REVIEW_IN_HAND else []
        facts = [(_("Application"), review.application_number)]
        if application is not None:
            facts += [(_("Organization"), application.organization), (_("Project"), application.title)]
        facts += [(_("Call"), str(review.call or "")), (_("Due"), cells.day(review.due_on))]
        return pages.RecordPage(
            title=_title(review),
            crumbs=[(str(self.title), self.list_url()), (review.application_number, None)],
            chip=self.chip(review) or (review.state.tone, review.state.icon, _(review.state.word)),
            steps=self.steps(review),
            # Handing in goes through the sheet, so that nothing typed is left behind.
            buttons=[button for button in buttons if button.name != "hand_in"],
            facts=facts,
        )

    def _sheet(self, review: Review, typed: Mapping[str, Any], problems: Mapping[str, Sequence[Sentence]]) -> SheetView:
        items = {item.item_code: item for item in review.items}
        leaves = [_leaf(leaf, items, typed, problems) for leaf in review.indicator_set.sheet.leaves]
        overall = items[OVERALL].comment if OVERALL in items else ""
        return SheetView(
            leaves=leaves,
            overall=typed.get(f"comment-{OVERALL}", overall),
            total=cells.two_places(total_of(items)),
            most=cells.points(review.indicator_set.total),
            missing=len(leaves) - scored_count(items),
            is_open=review.state in EDITABLE,
            errors=[(sentence.render(), f"f-{name}") for name, told in problems.items() for sentence in told],
            save_url=url_for("ReviewSheets.save", pk=review.id),
            key=f"review-{review.id}",
            saved=f"{local(review.saved_at):%H:%M}" if review.saved_at else "",
        )

    def _merge_page(self, review: Review, typed: Mapping[str, Any]) -> str:
        items = {item.item_code: item for item in review.items}
        pairs, keep = [], []
        labels = {leaf.code: cells.named(leaf) for leaf in review.indicator_set.sheet.leaves}
        for code, label in {**labels, OVERALL: _("Opinion on the whole")}.items():
            item = items.get(code)
            sides = {
                f"score-{code}": (cells.points(item.score) if item else "", label),
                f"comment-{code}": (item.comment if item else "", _("%(name)s: comment", name=label)),
            }
            for name, (theirs, told) in sides.items():
                mine = str(typed.get(name, ""))
                if name not in typed or mine.strip() == theirs.strip():
                    keep.append((name, theirs))
                else:
                    kind = "textarea" if name.startswith("comment") else "text"
                    pairs.append(pages.Pair(name, told, mine, theirs, kind))
        merge = pages.MergePage(
            url=url_for("ReviewSheets.save", pk=review.id),
            version=review.version,
            pairs=pairs,
            who=names_of([review.reviewer_id]).get(review.reviewer_id, ""),
            when=cells.moment(review.saved_at),
            keep=[(name, value) for name, value in keep if name != f"score-{OVERALL}"],
            crumbs=[(str(self.title), self.list_url()), (review.application_number, self.record_url(review))],
            back_url=self.record_url(review),
        )
        return self.render("kernel/merge.html", merge=merge)


def _progress(review: Review) -> tuple[int, int]:
    items = {item.item_code: item for item in review.items}
    return scored_count(items), len(review.indicator_set.sheet.leaves)


def _leaf(
    leaf: Indicator,
    items: Mapping[str, Any],
    typed: Mapping[str, Any],
    problems: Mapping[str, Sequence[Sentence]],
) -> LeafView:
    item = items.get(leaf.code)
    score: Decimal | None = item.score if item else None
    name = f"score-{leaf.code}"
    told = [*problems.get(name, ()), *problems.get(f"comment-{leaf.code}", ())]
    return LeafView(
        code=leaf.code,
        name=name,
        title=cells.named(leaf),
        weight=cells.points(leaf.weight),
        value=typed.get(name, cells.points(score)),
        comment=typed.get(f"comment-{leaf.code}", item.comment if item else ""),
        errors=[sentence.render() for sentence in told],
    )
