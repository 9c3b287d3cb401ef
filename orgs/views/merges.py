"""Merging two files of one organization: both side by side, what clashes, what moves, and the register of merges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from kernel import pages
from kernel.actor import Actor
from kernel.db import transaction
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, RecordView, Search, door, find
from kernel.words import Sentence
from orgs import queries
from orgs.credit_code import normalize
from orgs.models import Organization, OrganizationMerge
from orgs.operations import propose_merge
from orgs.queries import found_by
from orgs.queries.merges import COUNTED
from orgs.reference import Codes
from orgs.rules.merges import against_merging
from orgs.states import MergeState
from orgs.views import cells
from orgs.views.attachments import drawn_files
from orgs.views.weighing import Weighed, taken_from, weighed
from orgs.workflows import ORGANIZATION_MERGE

FILE_WORDS = {"certificate": _l("Certificate of a rating that was not kept")}


def _names_one(word: str) -> Any:
    wanted = select(Organization.id).where(found_by(word))
    return or_(OrganizationMerge.survivor_id.in_(wanted), OrganizationMerge.merged_code == normalize(word))


class MergeView(RecordView):
    """What was proposed to be merged, and what became of it; only staff see it."""

    model = OrganizationMerge
    kind = "OrganizationMerge"
    route_base = "/merges"
    title = _l("Merges")
    workflow = ORGANIZATION_MERGE
    options = (joinedload(OrganizationMerge.survivor),)
    record_options = (joinedload(OrganizationMerge.survivor).undefer_group("contacts"),)
    search = Search(_l("Name, former name, pinyin or credit code"), _names_one)
    columns = (
        Column("merged", _l("File that goes"), lambda merge: merge.merged_name),
        Column(
            "survivor",
            _l("File that stays"),
            lambda merge: cells.drawn("named", merge.survivor.name, merge.survivor.credit_code),
        ),
        Column("proposed_on", _l("Proposed on"), lambda merge: merge.proposed_on, sort=OrganizationMerge.proposed_on),
        Column("decided_on", _l("Decided on"), lambda merge: merge.decided_on, sort=OrganizationMerge.decided_on),
        Column("state", _l("State"), lambda merge: cells.drawn("state_or", merge.state, "")),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in MergeState],
            lambda code: OrganizationMerge.state == MergeState(code),
        ),
    )
    labels = {"reason": _l("Reason"), "answer": _l("Reason of the refusal"), "decided_on": _l("Decided on")}

    def list_lead(self) -> str:
        return _("An officer proposes, the director approves. What was merged stays findable by its name and its code.")

    def row_code(self, record: OrganizationMerge) -> str:
        return record.merged_code

    # One merge

    def record_page(self, record: OrganizationMerge) -> pages.RecordPage:
        page = super().record_page(record)
        page.title = _("%(other)s into %(name)s", other=record.merged_name, name=record.survivor.name)
        page.facts = facts_of(record)
        page.actions = [
            pages.Link(_("File that stays"), url_for("OrganizationView.record", pk=record.survivor_id), "building")
        ]
        if record.state is MergeState.MERGED:
            page.cards = self._done(record)
        elif record.state is MergeState.PROPOSED:
            page.cards = self._open(record)
        return page

    def _open(self, record: OrganizationMerge) -> list[pages.PanelView]:
        other = queries.organizations_to_merge((record.merged_id,)).get(record.merged_id)
        if other is None:
            return []
        told = weighed(record.survivor, other, record.taken)
        moved = queries.hanging_on(record.merged_id).numbers()
        return [
            pages.PanelView(
                "weighed", _("What stays of which file"), _drawn("merge_weighed", weighed=told), flush=True
            ),
            pages.PanelView("moves", _("What moves"), _drawn("merge_moves", moves=_counted(moved))),
        ]

    def _done(self, record: OrganizationMerge) -> list[pages.PanelView]:
        has_papers = any(one["record"] == "Rating" for one in record.aside)
        files = drawn_files(record, FILE_WORDS) if has_papers else ""
        told = _drawn("merge_aside", aside=[_aside_words(one) for one in record.aside], files=files)
        return [
            pages.PanelView("moves", _("What moved"), _drawn("merge_moves", moves=_counted(record.moved))),
            pages.PanelView("aside", _("What was not kept"), told),
        ]

    # Proposing

    @door("/of/<int:pk>", "propose", methods=("GET", "POST"))
    def propose(self, pk: int) -> Response | str | tuple[str, int]:
        """Show two files side by side, or ask for the other one; and propose to merge them."""
        survivor = find(Organization, pk)
        code = normalize(request.values.get("credit_code", ""))
        other = queries.organization_by_code(code) if code else None
        if other is None or other.id == survivor.id:
            return self._which(survivor, code, other)
        both = queries.organizations_to_merge((survivor.id,))
        told = weighed(both[survivor.id], other, _chosen() if request.method == "POST" else None)
        if request.method == "GET":
            return self._preview(told)
        try:
            with transaction():
                merge = propose_merge(
                    survivor,
                    actor=current_actor(),
                    credit_code=code,
                    reason=_reason(),
                    taken=Codes(taken_from(request.form)),
                )
        except Invalid as invalid:
            return self._preview(told, problems=invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            return self._preview(told, refused.reasons), HTTPStatus.CONFLICT
        flash(_("The merge is proposed; the director is told."), "success")
        return redirect(self.record_url(merge))  # type: ignore[return-value]

    def _which(self, survivor: Organization, code: str, other: Organization | None) -> str | tuple[str, int]:
        told = _("This is the same organization; please give the code of the other one.")
        if other is None:
            told = _("No organization with this credit code is on the register.")
        field = pages.FieldView(
            "credit_code", _("Credit code of the other organization"), value=code, errors=[told] if code else []
        )
        page = pages.FormPage(
            title=_("Merge with another file"),
            lead=survivor.name,
            url=url_for("MergeView.propose", pk=survivor.id),
            fields=[field],
            crumbs=[*_crumbs(survivor), (_("Merge with another file"), None)],
            back_url=url_for("OrganizationView.record", pk=survivor.id),
            confirm=_("Show both side by side"),
        )
        drawn = self.render("orgs/merge_which.html", form_page=page)
        return (drawn, HTTPStatus.UNPROCESSABLE_ENTITY) if code or request.method == "POST" else drawn

    def _preview(
        self, told: Weighed, reasons: Sequence[Sentence] = (), problems: Mapping[str, Any] | None = None
    ) -> str:
        survivor, other = told.survivor, told.other
        problem = [sentence.render() for named in (problems or {}).values() for sentence in named]
        obstacles = list(reasons) or against_merging(queries.obstacles_to(survivor.id, other.id))
        swap = url_for("MergeView.propose", pk=other.id, credit_code=survivor.credit_code)
        return self.render(
            "orgs/merge.html",
            title=_("Merge two files"),
            crumbs=[*_crumbs(survivor), (_("Merge two files"), None)],
            weighed=told,
            obstacles=[reason.render() for reason in obstacles],
            errors=problem,
            moves=_counted(queries.hanging_on(other.id).numbers()),
            reason=request.form.get("reason", ""),
            url=url_for("MergeView.propose", pk=survivor.id),
            swap=swap,
            back=url_for("OrganizationView.record", pk=survivor.id),
        )


def _chosen() -> list[str]:
    return taken_from(request.form)


def _reason() -> str:
    """Give what was typed as the reason.

    Raises Invalid when nothing was.
    """
    told = request.form.get("reason", "").strip()
    if not told:
        raise Invalid({"reason": [Sentence("Please say why both are one organization.")]})
    return told[:1000]


def _crumbs(survivor: Organization) -> list[tuple[str, str | None]]:
    register = (_("Register of organizations"), url_for("OrganizationView.index"))
    return [register, (survivor.name, url_for("OrganizationView.record", pk=survivor.id))]


def facts_of(merge: OrganizationMerge) -> list[tuple[Any, ...]]:
    """Give why a merge was proposed, and what was decided."""
    told = [
        (_("File that goes"), f"{merge.merged_name} {merge.merged_code}"),
        (_("File that stays"), f"{merge.survivor.name} {merge.survivor.credit_code}"),
        (_("Proposed on"), merge.proposed_on),
        (_("Decided on"), merge.decided_on),
        (_("Reason"), merge.reason, True),
        (_("Reason of the refusal"), merge.answer, True),
    ]
    return [fact for fact in told if fact[1] not in {None, ""}]


def _counted(moves: Mapping[str, int]) -> list[tuple[str, int]]:
    """Write what moves by its words, in the order in which the modules count it."""
    words = dict.fromkeys(label.msgid for label in COUNTED.values())
    return [(_(msgid), moves[msgid]) for msgid in words if msgid in moves]


ASIDE: Mapping[str, Any] = {
    "Rating": _l("Rating"),
    "Inspection": _l("Annual inspection"),
    "CreditEntry": _l("Credit"),
    "PastProject": _l("Project of a past year"),
}
SHOWN = ("grade", "announced_on", "year", "result", "listed_on", "removed_on", "name", "source", "certificate_number")


def _aside_words(record: Mapping[str, Any]) -> tuple[str, str]:
    """Write a record that was not kept: what it was, and what it said."""
    kind = str(record["record"])
    values = [cells.coded_value(kind, name, record[name]) for name in SHOWN if record.get(name)]
    return str(ASIDE.get(kind, kind)), " · ".join(values)


def _drawn(template: str, **told: Any) -> Markup:
    return Markup(render_template(f"orgs/{template}.html", **told))  # noqa: S704  (templates escape)


def merge_link(record: Organization, actor: Actor) -> list[pages.Link]:
    """Give the way from a file to its merge with another, for who may propose one."""
    if not actor.may("propose", "OrganizationMerge"):
        return []
    return [pages.Link(_("Merge with another file"), url_for("MergeView.propose", pk=record.id), "arrow-left-right")]
