"""Award lists: the register, and the planner with ranking, cut line, quotas and amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import joinedload, selectinload

from grants.models import Application, Award, AwardList, Call, CallQuota
from grants.operations.awards import change_awards, create_award_list
from grants.operations.public_notices import publish_notice
from grants.queries.awards import calls_to_award
from grants.queries.ledger import QuotaFigures, quota_figures
from grants.queries.notices import notice_of_list
from grants.rules.awards import LIST_EDITABLE, PASS_MARK, first_time_cap, most_for
from grants.states import AwardDecision, AwardListState
from grants.views import cells
from grants.views.deeds import Drawn, form_or_done
from grants.workflows.awards import AWARD_LIST
from kernel import pages
from kernel.actor import Actor
from kernel.arguments import read_value
from kernel.db import expect_version, transaction
from kernel.errors import Invalid, Refused, Stale
from kernel.identity import current_actor
from kernel.money import ZERO, sum_of
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from kernel.steps import version_typed
from kernel.views import Column, Filter, RecordView, door, find, typed_values

WIDE_SPREAD = 20


@dataclass(frozen=True, slots=True)
class RankLine:
    """One application of the ranking, as the planner shows it; yuan."""

    award: Award
    most: Decimal
    amount: Any
    decision: AwardDecision
    flags: Sequence[tuple[str, str, str]]
    errors: Sequence[str] = ()
    is_tie: bool = False


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """One quota with what the list takes of it; yuan."""

    label: str
    used: Decimal
    limit: Decimal
    url: str
    count: int
    current: bool


@dataclass(slots=True)
class Planner:
    """What the planner shows of one quota of a list; yuan."""

    lines: Sequence[RankLine]
    quotas: Sequence[QuotaLine]
    quota: QuotaLine | None
    cut: int
    cut_after: int
    total: Decimal
    left: Decimal
    editable: bool
    save_url: str
    ties: Sequence[tuple[str, str]]
    spreads: Sequence[tuple[str, str]]
    reason: str = ""
    errors: Sequence[Any] = ()
    caps: tuple[Decimal, Decimal] = (ZERO, ZERO)
    pass_mark: Decimal = PASS_MARK
    version: int = 0


@dataclass(slots=True)
class PlannerPage(pages.RecordPage):
    """An award list with its planner."""

    planner: Planner | None = field(default=None)


def _sum_of_awards(award_list: AwardList) -> Decimal:
    return sum_of(award.amount for award in _awarded(award_list))


def _awarded(award_list: AwardList) -> list[Award]:
    return [award for award in award_list.awards if award.decision is AwardDecision.AWARD and not award.is_cancelled]


class AwardListView(RecordView):
    """Which applications are proposed for an award, and with how much."""

    model = AwardList
    kind = "AwardList"
    route_base = "/award-lists"
    title = _l("Award lists")
    base_order = "-id"
    workflow = AWARD_LIST
    record_template = "grants/award_list.html"
    options = (
        joinedload(AwardList.call),
        selectinload(AwardList.awards).load_only(Award.amount, Award.decision, Award.is_cancelled),
    )
    record_options = (
        joinedload(AwardList.call).joinedload(Call.fiscal_year),
        selectinload(AwardList.awards).options(
            joinedload(Award.application).joinedload(Application.organization),
            joinedload(Award.quota).joinedload(CallQuota.lot),
            joinedload(Award.quota).joinedload(CallQuota.category),
        ),
    )
    columns = (
        Column("number", _l("Award list"), lambda one: one.number, sort=AwardList.number),
        Column("call", _l("Call"), lambda one: one.call.title),
        Column("count", _l("Projects"), lambda one: len(_awarded(one)), numeric=True),
        Column("amount", _l("Sum (yuan)"), lambda one: cells.money(_sum_of_awards(one)), numeric=True),
        Column("state", _l("State"), lambda one: cells.chip(one.state), sort=AwardList.state),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in AwardListState],
            lambda told: AwardList.state == AwardListState(told),
        ),
    )

    labels = {"return_reason": _l("Reason"), "note": _l("Note")}

    def list_actions(self, actor: Actor) -> list[pages.Link]:
        if not actor.may("create", "AwardList"):
            return []
        return [pages.Link(_("New award list"), url_for("AwardListView.create"), "plus-lg", primary=True)]

    def empty(self, state: Any) -> pages.EmptyView:
        if state.is_narrowed:
            return super().empty(state)
        return pages.EmptyView(
            _("No award list yet"), _("A list is made when the review of a call is done."), "list-ol"
        )

    @door("/new", "create", methods=("GET", "POST"))
    def create(self) -> Drawn:
        """Choose the call whose ranking becomes a list."""
        typed: Mapping[str, Any] = typed_values() if request.method == "POST" else request.args
        calls = calls_to_award()

        def fields(given: Mapping[str, Any], problems: Mapping[str, Any]) -> list[pages.FieldView]:
            told = [sentence.render() for sentence in problems.get("call", ())]
            choices = [(call.id, f"{call.number} {call.title}") for call in calls]
            chosen = given.get("call") or (calls[0].id if len(calls) == 1 else None)
            hint = _("The scored applications of the call, best first, while the quotas last.")
            return [pages.FieldView("call", _("Call"), "choice", hint, choices=choices, value=chosen, errors=told)]

        def carry_out() -> tuple[str, str]:
            call = find(Call, read_value("call", typed.get("call"), int))
            made = create_award_list(call, actor=current_actor())
            return self.record_url(made), _("Award list %(number)s is made", number=made.number)

        form = pages.FormPage(
            title=_("New award list"),
            url=request.path,
            crumbs=[(_("Award lists"), self.list_url()), (_("New award list"), None)],
            back_url=self.list_url(),
            confirm=_("Make the list"),
        )
        return form_or_done(self, form, fields=fields, carry_out=carry_out, typed=typed)

    @door("/<int:pk>/amounts", "change", methods=("POST",))
    def amounts(self, pk: int) -> Any:
        """Save decisions and amounts of one quota; the reason counts for all that changed."""
        award_list = self.find(pk)
        typed = typed_values()
        try:
            changes = _changes_typed(award_list, typed)
            with transaction():
                expect_version(award_list, version_typed())
                count = change_awards(
                    award_list, actor=current_actor(), changes=changes, reason=str(typed.get("reason", ""))
                )
        except Invalid as invalid:
            return self._again(award_list, typed, invalid.problems, ()), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._again(award_list, typed, {}, told), HTTPStatus.CONFLICT
        except Stale:
            told = [_("Somebody else changed this list since you opened it. Your amounts are kept below; look again.")]
            return self._again(self.find(pk), typed, {}, told), HTTPStatus.CONFLICT
        flash(ngettext("%(num)s decision is changed", "%(num)s decisions are changed", count), "success")
        return redirect(url_for("AwardListView.record", pk=pk, quota=request.args.get("quota")))

    def _again(
        self, award_list: AwardList, typed: Mapping[str, Any], problems: Mapping[str, Any], told: Sequence[str]
    ) -> str:
        page = self.record_page(award_list, typed=typed, problems=problems)
        assert page.planner is not None
        page.planner.errors = [*told, *_boxed(problems)]
        return self.render(self.record_template, record=page, subject=award_list)

    @door("/<int:pk>/publish", "publish", kind="PublicNotice", methods=("POST",))
    def publish(self, pk: int) -> Any:
        """Put a confirmed list on public notice."""
        with transaction():
            notice = publish_notice(self.find(pk), actor=current_actor())
        flash(_("%(number)s is on public notice", number=notice.number), "success")
        return redirect(url_for("NoticeView.record", pk=notice.id))

    def record_page(
        self, record: AwardList, typed: Mapping[str, Any] | None = None, problems: Mapping[str, Any] | None = None
    ) -> PlannerPage:
        page = super().record_page(record)
        planner = planner_of(record, current_actor(), typed or {}, problems or {})
        notes = [("warn", _("Sent back: %(reason)s", reason=record.return_reason))] if _is_returned(record) else []
        return PlannerPage(
            title=_("%(number)s · %(call)s", number=record.number, call=record.call.title),
            subtitle=record.note,
            crumbs=self.crumbs(record),
            chip=page.chip,
            steps=page.steps,
            buttons=[*page.buttons, *self._notice_buttons(record)],
            notes=notes,
            history=page.history,
            planner=planner,
        )

    def _notice_buttons(self, record: AwardList) -> list[pages.ButtonView]:
        if record.state is not AwardListState.CONFIRMED or not current_actor().may("publish", "PublicNotice"):
            return []
        if notice_of_list(record.id) is not None:
            return []
        label = _("Put on public notice")
        text = _("Everybody can read it from now on; working days: %(days)s.", days=record.call.notice_days)
        return [
            pages.ButtonView(
                "publish",
                label,
                url_for("AwardListView.publish", pk=record.id),
                "broadcast",
                dialog=pages.DialogView(label, text, (), label),
            )
        ]


def _is_returned(record: AwardList) -> bool:
    return record.state is AwardListState.RETURNED


def _changes_typed(award_list: AwardList, typed: Mapping[str, Any]) -> dict[int, tuple[AwardDecision, Decimal]]:
    """Read the planner's fields: an amount above zero is an award, without one the choice beside it holds."""
    problems: dict[str, Any] = {}
    changes: dict[int, tuple[AwardDecision, Decimal]] = {}
    for award in award_list.awards:
        name = f"amount-{award.id}"
        if name not in typed:
            continue
        try:
            amount = read_value(name, typed.get(name), Decimal, required=False, default=ZERO)
        except Invalid as invalid:
            problems.update(invalid.problems)
            continue
        otherwise = typed.get(f"decision-{award.id}")
        below = AwardDecision.DECLINE if otherwise == AwardDecision.DECLINE.value else AwardDecision.WAIT
        changes[award.id] = (AwardDecision.AWARD if amount > ZERO else below, amount)
    if problems:
        raise Invalid(problems)
    return changes


def _boxed(problems: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(sentence.render(), name) for name, told in problems.items() for sentence in told]


def planner_of(award_list: AwardList, actor: Actor, typed: Mapping[str, Any], problems: Mapping[str, Any]) -> Planner:
    """Draw the planner of one quota: the one asked for, else the first of the list."""
    figures = quota_figures(award_list.call_id)
    quotas = _quota_lines(award_list, figures, request.args.get("quota"))
    here = next((line for line in quotas if line.current), None)
    chosen = [award for award in award_list.awards if here is not None and quota_label(award) == here.label]
    editable = award_list.state in LIST_EDITABLE and actor.may("change", "AwardList")
    total = sum_of(award.amount for award in chosen if award.decision is AwardDecision.AWARD)
    lines = [_line(award, award_list.call, chosen, typed, problems) for award in chosen]
    quota_id = chosen[0].quota_id if chosen else 0
    return Planner(
        lines=lines,
        quotas=quotas,
        quota=here,
        cut=sum(1 for award in chosen if award.decision is AwardDecision.AWARD),
        cut_after=max((n for n, one in enumerate(chosen, 1) if one.decision is AwardDecision.AWARD), default=0),
        total=total,
        left=(here.limit if here else ZERO) - total,
        editable=editable,
        save_url=url_for("AwardListView.amounts", pk=award_list.id, quota=quota_id),
        ties=_ties(chosen),
        spreads=_spreads(chosen),
        reason=typed.get("reason", ""),
        caps=(award_list.call.cap_per_project, award_list.call.cap_first_time),
        version=award_list.version,
    )


def quota_label(award: Award) -> str:
    """Name the quota that an award draws on."""
    if award.quota.lot is not None:
        return award.quota.lot.title
    return cells.category_name(award.quota.category) or _("The whole call")


def _quota_lines(award_list: AwardList, figures: Mapping[int, QuotaFigures], asked: str | None) -> list[QuotaLine]:
    found: dict[int, list[Award]] = {}
    for award in award_list.awards:
        found.setdefault(award.quota_id, []).append(award)
    chosen = asked if asked and asked in map(str, found) else str(next(iter(found), ""))
    return [
        QuotaLine(
            quota_label(awards[0]),
            sum_of(award.amount for award in awards if not award.is_cancelled),
            _limit(award_list, awards, figures.get(quota_id, QuotaFigures())),
            url_for("AwardListView.record", pk=award_list.id, quota=quota_id),
            len(awards),
            str(quota_id) == chosen,
        )
        for quota_id, awards in found.items()
    ]


def _limit(award_list: AwardList, awards: Sequence[Award], figures: QuotaFigures) -> Decimal:
    """Give what this list may take of a quota: what is still allotted, and what it has taken already."""
    if award_list.state in {AwardListState.APPROVED, AwardListState.CONFIRMED}:
        return figures.allotted + sum_of(award.amount for award in awards if not award.is_cancelled)
    return figures.allotted


def _line(
    award: Award, call: Call, others: Sequence[Award], typed: Mapping[str, Any], problems: Mapping[str, Any]
) -> RankLine:
    name = f"amount-{award.id}"
    errors = [sentence.render() for sentence in problems.get(name, ())]
    decision = award.decision
    if typed.get(f"decision-{award.id}") == AwardDecision.DECLINE.value:
        decision = AwardDecision.DECLINE
    is_tie = any(other is not award and other.score == award.score for other in others)
    return RankLine(
        award,
        most_for(award.application, call),
        typed.get(name, award.amount),
        decision,
        _flags(award, call),
        errors,
        is_tie,
    )


def _flags(award: Award, call: Call) -> list[tuple[str, str, str]]:
    application, told = award.application, []
    cap = first_time_cap(application, call)
    if award.is_cancelled:
        told.append(("bad", "x-octagon-fill", _("Award cancelled")))
    if cap is not None and cap < application.requested:
        told.append(("idle", "info-circle", _("First time: at most %(cap)s", cap=f"{cap:,.2f}")))
    if award.score is not None and award.score < PASS_MARK:
        told.append(("bad", "x-octagon-fill", _("Below %(mark)s points", mark=PASS_MARK)))
    return told


def _ties(awards: Sequence[Award]) -> list[tuple[str, str]]:
    by_score: dict[Decimal, list[Award]] = {}
    for award in awards:
        if award.score is not None:
            by_score.setdefault(award.score, []).append(award)
    return [
        (
            _(
                "Ranks %(ranks)s: both %(score)s",
                ranks=_(", ").join(str(one.rank) for one in same),
                score=f"{score:.2f}",
            ),
            _("Ordered by rating, past grade, then feasibility."),
        )
        for score, same in by_score.items()
        if len(same) > 1
    ]


def _spreads(awards: Sequence[Award]) -> list[tuple[str, str]]:
    wide = [one for one in awards if (one.application.score_spread or 0) > WIDE_SPREAD]
    return [
        (_("Scores lie far apart: %(number)s", number=one.application.number), f"{one.application.score_spread:.2f}")
        for one in wide
    ]
