"""Reads around award lists and public notices."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from grants.models import Application, Award, AwardList, Call, Objection, PublicNotice
from grants.queries.ledger import quota_figures
from grants.states import OBJECTION_OPEN, ApplicationState, AwardDecision, AwardListState, CallState
from kernel.clock import today
from kernel.db import db

BEING_AWARDED = frozenset({CallState.REVIEWING, CallState.NOTICED, CallState.AWARDED})
LIST_UNDER_WAY = frozenset(
    {AwardListState.DRAFT, AwardListState.PROPOSED, AwardListState.RETURNED, AwardListState.APPROVED}
)


def applications_to_rank(call_id: int) -> Sequence[Application]:
    """Give the applications of a call that wait for a decision, best first, those on another open list left out."""
    taken = (
        select(Award.application_id)
        .join(AwardList, AwardList.id == Award.award_list_id)
        .where(AwardList.call_id == call_id, AwardList.state.in_(LIST_UNDER_WAY))
    )
    wanted = (
        select(Application)
        .where(
            Application.call_id == call_id,
            Application.state == ApplicationState.REVIEWING,
            Application.score.is_not(None),
            Application.id.not_in(taken),
        )
        .options(joinedload(Application.organization))
        .order_by(Application.rank.asc().nulls_last(), Application.score.desc(), Application.id)
    )
    return db.session.scalars(wanted).all()


def left_of_quotas(call_id: int) -> dict[int, Decimal]:
    """Give what is still allotted to each quota of a call, in yuan: quota id → amount."""
    return {quota_id: figures.allotted for quota_id, figures in quota_figures(call_id).items()}


def awards_of(award_list: AwardList) -> Sequence[Award]:
    """Give the awards of a list as they stand now, whatever the session has read before."""
    wanted = (
        select(Award)
        .where(Award.award_list_id == award_list.id)
        .options(joinedload(Award.application), joinedload(Award.quota))
        .order_by(Award.rank)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(wanted).all()


def standing_awards(award_list: AwardList) -> list[Award]:
    """Give what a list awards and nobody has cancelled since."""
    return [
        award for award in awards_of(award_list) if award.decision is AwardDecision.AWARD and not award.is_cancelled
    ]


def award_on_notice(notice: PublicNotice, application_id: int) -> Award | None:
    """Give the award that stands behind one line of a notice."""
    wanted = select(Award).where(
        Award.award_list_id == notice.award_list_id, Award.application_id == application_id, ~Award.is_cancelled
    )
    return db.session.scalars(wanted).first()


def open_objections(notice_id: int) -> int:
    """Count the objections to a notice that nobody has decided yet."""
    wanted = (
        select(func.count())
        .select_from(Objection)
        .where(Objection.notice_id == notice_id, Objection.state.in_(OBJECTION_OPEN))
    )
    return db.session.scalar(wanted) or 0


def notices_over() -> Sequence[PublicNotice]:
    """Give the notices whose last day has passed, nothing stands against, and nobody has closed."""
    objected = select(Objection.notice_id).where(Objection.state.in_(OBJECTION_OPEN))
    wanted = select(PublicNotice).where(
        PublicNotice.closed_at.is_(None), PublicNotice.ends_on < today(), PublicNotice.id.not_in(objected)
    )
    return db.session.scalars(wanted.order_by(PublicNotice.id)).all()


def calls_to_award() -> Sequence[Call]:
    """Give the calls whose review is under way or done, newest first: award lists can be made for them."""
    wanted = select(Call).where(Call.state.in_(BEING_AWARDED)).order_by(Call.id.desc()).limit(50)
    return db.session.scalars(wanted).all()
