"""Many ratings of the register verified at once: looked at row by row, and only then done."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import abort, flash, redirect, request
from sqlalchemy import select

from kernel import pages
from kernel.chosen import SHOWN, ChosenRow, carried_on, ids_of_chosen, register_url
from kernel.db import transaction
from kernel.errors import Refused
from kernel.identity import current_actor
from kernel.speech import gettext as _, ngettext
from kernel.views import Page, door
from orgs.models import Rating
from orgs.operations import confirm_ratings, plan_confirmation, too_many_ratings
from orgs.views import cells
from orgs.views.chosen import NOUN
from orgs.views.ratings import CONFIRM, RatingView


class ChosenRatings(Page):
    """What becomes of the chosen rows of the register of ratings."""

    kind = "Rating"
    route_base = "/ratings/chosen"

    @door("/", "list", methods=("POST",))
    def index(self) -> Any:
        """Show what verifying would do with each, and verify those that can be."""
        if not current_actor().may(CONFIRM.verb, self.kind):
            abort(HTTPStatus.FORBIDDEN)
        ids = ids_of_chosen(RatingView, select(Rating))
        if not ids:
            flash(_("Choose one rating at least."), "warning")
            return redirect(register_url(RatingView))
        if reason := too_many_ratings(len(ids)):
            raise Refused(reason)
        if request.form.get("stage") != "sure":
            return self._look(ids)
        try:
            with transaction():
                count = confirm_ratings(ids, actor=current_actor())
        except Refused as refused:
            return self._look(ids, [reason.render() for reason in refused.reasons]), HTTPStatus.CONFLICT
        flash(ngettext("%(num)s rating is verified", "%(num)s ratings are verified", count), "success")
        return redirect(register_url(RatingView))

    def _look(self, ids: Sequence[int], errors: Sequence[str] = ()) -> str:
        plan = plan_confirmation(ids, actor=current_actor())
        label = _(CONFIRM.label)
        page = pages.FormPage(
            title=label,
            url=f"{self.route_base}/",
            lead=_("Compare grade, day and number with the announcement first. All are verified together, or none."),
            crumbs=[(str(RatingView.title), RatingView().list_url()), (label, None)],
            back_url=register_url(RatingView),
            confirm=label,
            can_send=bool(plan.able),
            errors=errors or ([] if plan.able else [_("None of them can be verified.")]),
        )
        rows = [_row(one, old=_in_short(ended) if ended else "", new=_in_full(one)) for one, ended in plan.able]
        count = len(rows)
        return self.render(
            "kernel/bulk.html",
            form_page=page,
            able=rows,
            left=[_row(one, why=" ".join(told.render() for told in reasons)) for one, reasons in plan.left],
            able_title=ngettext("%(num)s rating is verified", "%(num)s ratings are verified", count),
            changes=_("Rating that counts"),
            noun=NOUN,
            shown=SHOWN,
            hidden=carried_on("confirm", "sure", rows),
        )


def _row(one: Rating, *, old: str = "", new: str = "", why: str = "") -> ChosenRow:
    owner = one.organization
    return ChosenRow(one.id, f"/ratings/{one.id}", owner.name, owner.credit_code, old, new, why)


def _in_short(one: Rating) -> str:
    return f"{one.grade.value} {cells.days_of(one)}"


def _in_full(one: Rating) -> str:
    told = _("%(rating)s, announced on %(day)s", rating=_in_short(one), day=one.announced_on)
    return f"{told} · {one.certificate_number}" if one.certificate_number else told
