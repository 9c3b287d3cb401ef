"""Award lists: the ranking proposes, three people decide, and a quota never bears more than it holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.models import Application, Award, AwardList
from grants.operations.awards import AWARD_LIST, change_award, change_awards, create_award_list
from grants.queries.awards import left_of_quotas
from grants.queries.ledger import sum_of_postings, year_figures
from grants.states import Account, ApplicationState, AwardDecision, AwardListState
from kernel.actor import Actor, ReaderKind
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.permissions import permissions_of
from kernel.scope import see_as, whole
from kernel.words import Sentence
from kernel.workflow import bulk_load
from tests.factories.awards import Awarding, Crew, awarding, confirmed_list, crew
from tests.factories.people import SYSTEM

THREADS = 50
FITTING = 10

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def made(db_session: Session) -> Awarding:
    return awarding()


@pytest.fixture
def people(made: Awarding) -> Crew:
    return crew(made.applications[0].organization_id)


def refused(step: Any, *args: Any, **more: Any) -> list[str]:
    with pytest.raises(Refused) as told, transaction():
        step(*args, **more)
    return [reason.render("en") for reason in told.value.reasons]


def test_the_ranking_awards_while_the_quota_lasts_and_the_rest_waits(made: Awarding, people: Crew) -> None:
    with transaction():
        award_list = create_award_list(made.call, actor=people.officer)

    told = [(award.rank, award.decision, award.amount) for award in award_list.awards]
    assert told == [
        (1, AwardDecision.AWARD, Decimal("100000.00")),
        (2, AwardDecision.AWARD, Decimal("100000.00")),
        (3, AwardDecision.WAIT, Decimal("0.00")),
    ]
    assert award_list.number == "2027-LX-0001"


def test_below_sixty_is_declined_and_a_first_timer_gets_the_first_time_cap(db_session: Session) -> None:
    made = awarding(("80", "59.99"))
    with transaction(), whole(SYSTEM, "set-up"):
        made.applications[0].organization.projects_total = 0
    people = crew(made.applications[0].organization_id)

    with transaction():
        award_list = create_award_list(made.call, actor=people.officer)

    assert [(award.decision, award.amount) for award in award_list.awards] == [
        (AwardDecision.AWARD, Decimal("80000.00")),
        (AwardDecision.DECLINE, Decimal("0.00")),
    ]


def test_a_change_needs_a_reason_and_keeps_within_the_limits(made: Awarding, people: Crew) -> None:
    with transaction():
        award_list = create_award_list(made.call, actor=people.officer)
    first = award_list.awards[0]

    with pytest.raises(Invalid) as without, transaction():
        change_awards(
            award_list, actor=people.officer, changes={first.id: (AwardDecision.AWARD, Decimal("90000.00"))}, reason=" "
        )
    with pytest.raises(Invalid) as above, transaction():
        change_award(
            first, actor=people.officer, decision=AwardDecision.AWARD, amount=Decimal("100000.01"), reason="加一分"
        )
    with transaction():
        change_award(
            first, actor=people.officer, decision=AwardDecision.AWARD, amount=Decimal("90000.00"), reason="压减场地费"
        )

    assert without.value.problems == {"reason": (Sentence("Please say why you decide differently."),)}
    assert [told.render("en") for told in above.value.problems[f"amount-{first.id}"]] == [
        "100,000.01 is more than the 100,000.00 applied for."
    ]
    assert (first.amount, first.reason) == (Decimal("90000.00"), "压减场地费")


def test_a_list_that_awards_nothing_is_not_proposed(made: Awarding, people: Crew) -> None:
    with transaction():
        award_list = create_award_list(made.call, actor=people.officer)
        changes = {award.id: (AwardDecision.WAIT, Decimal("0.00")) for award in award_list.awards}
        change_awards(award_list, actor=people.officer, changes=changes, reason="经费不足")

    assert refused(AWARD_LIST["propose"], award_list, actor=people.officer) == ["The list awards nothing yet."]


def test_a_list_above_its_quota_is_not_proposed(made: Awarding, people: Crew) -> None:
    with transaction():
        award_list = create_award_list(made.call, actor=people.officer)
        third = award_list.awards[2]
        change_award(
            third, actor=people.officer, decision=AwardDecision.AWARD, amount=Decimal("50000.01"), reason="也很好"
        )

    assert refused(AWARD_LIST["propose"], award_list, actor=people.officer) == [
        "250,000.00 is left of this quota; the list needs 250,000.01."
    ]


def test_approval_moves_the_money_and_tells_every_application(made: Awarding, people: Crew) -> None:
    confirmed_list(made, people)

    with whole(SYSTEM, "look"):
        figures = year_figures(made.year)
        states = [
            application.state for application in db.session.scalars(select(Application).order_by(Application.rank))
        ]
    assert figures.held(Account.APPROVED) == Decimal("200000.00")
    assert figures.held(Account.ALLOTTED) == Decimal("50000.00")
    assert states == [ApplicationState.RECOMMENDED, ApplicationState.RECOMMENDED, ApplicationState.WAITLISTED]


def test_whoever_proposed_a_list_neither_approves_nor_confirms_it(made: Awarding, people: Crew) -> None:
    both = Actor(
        name="一人多职",
        user_id=people.officer.user_id,
        kind=people.officer.kind,
        permissions=permissions_of(("officer", "director", "funder")),
    )
    with transaction():
        award_list = create_award_list(made.call, actor=people.officer)
        AWARD_LIST["propose"](award_list, actor=people.officer)

    told = "You proposed this yourself, so another person has to take this step."
    assert refused(AWARD_LIST["approve"], award_list, actor=both) == [told]
    with transaction():
        AWARD_LIST["approve"](award_list, actor=people.director)
    assert refused(AWARD_LIST["confirm"], award_list, actor=both) == [told]


def test_whoever_approved_a_list_does_not_confirm_it(made: Awarding, people: Crew) -> None:
    both = Actor(
        name="一人多职",
        user_id=people.director.user_id,
        kind=people.director.kind,
        permissions=permissions_of(("director", "funder")),
    )
    with transaction():
        award_list = create_award_list(made.call, actor=people.officer)
        AWARD_LIST["propose"](award_list, actor=people.officer)
        AWARD_LIST["approve"](award_list, actor=people.director)

    assert refused(AWARD_LIST["confirm"], award_list, actor=both) == [
        "You approved this yourself, so another person has to take this step."
    ]


def test_a_list_that_the_funder_refuses_gives_its_money_back_and_may_come_again(made: Awarding, people: Crew) -> None:
    with transaction():
        award_list = create_award_list(made.call, actor=people.officer)
        AWARD_LIST["propose"](award_list, actor=people.officer)
        AWARD_LIST["approve"](award_list, actor=people.director)
        AWARD_LIST["send_back"](award_list, actor=people.funder, reason="请再看第二名")

    with whole(SYSTEM, "look"):
        assert left_of_quotas(made.call.id) == {made.quota.id: Decimal("250000.00")}
        assert {one.state for one in made.applications} == {ApplicationState.REVIEWING}
    assert (award_list.state, award_list.return_reason) == (AwardListState.RETURNED, "请再看第二名")

    with transaction():
        AWARD_LIST["propose"](award_list, actor=people.officer)
        AWARD_LIST["approve"](award_list, actor=people.director)
    with whole(SYSTEM, "look"):
        assert left_of_quotas(made.call.id) == {made.quota.id: Decimal("50000.00")}
        assert sum_of_postings(made.year) == Decimal("0.00")


def test_the_director_sends_a_list_back_without_moving_money(made: Awarding, people: Crew) -> None:
    with transaction():
        award_list = create_award_list(made.call, actor=people.officer)
        AWARD_LIST["propose"](award_list, actor=people.officer)
        AWARD_LIST["return_to_officer"](award_list, actor=people.director, reason="金额待核")

    assert award_list.state is AwardListState.RETURNED
    with whole(SYSTEM, "look"):
        assert left_of_quotas(made.call.id) == {made.quota.id: Decimal("250000.00")}


def test_fifty_approve_at_once_against_a_quota_that_fits_ten(committed_database: Any) -> None:
    made = awarding(["75"] * THREADS, quota="1000000.00")
    lists = _one_list_each(made)
    db.session.remove()
    directors = [_director(number) for number in range(THREADS)]

    def approve(told: tuple[int, Actor]) -> str:
        list_id, actor = told
        see_as(actor)
        try:
            with transaction():
                AWARD_LIST["approve"](db.session.get_one(AwardList, list_id), actor=actor)
        except Refused as refusal:
            return refusal.reasons[0].render("en")
        else:
            return "approved"
        finally:
            db.session.remove()

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(approve, zip(lists, directors, strict=True)))

    assert answers.count("approved") == FITTING
    assert set(answers) - {"approved"} == {"0.00 is left of this quota; the list needs 100,000.00."}
    with whole(SYSTEM, "look"):
        approved = db.session.scalars(select(AwardList).where(AwardList.state == AwardListState.APPROVED)).all()
        figures = year_figures(made.year.id)
        assert len(approved) == FITTING
        assert figures.held(Account.APPROVED) == Decimal("1000000.00")
        assert figures.held(Account.ALLOTTED) == Decimal("0.00")
        assert sum(figures.books.values()) == Decimal("0.00")
        assert sum_of_postings(made.year) == Decimal("0.00")


def _one_list_each(made: Awarding) -> list[int]:
    with transaction(), whole(SYSTEM, "set-up"), bulk_load():
        lists = []
        for number, application in enumerate(made.applications):
            award_list = AwardList(
                number=f"2027-LX-{number + 100}", call_id=made.call.id, state=AwardListState.PROPOSED, proposed_by_id=1
            )
            award_list.awards = [
                Award(
                    application_id=application.id,
                    organization_id=application.organization_id,
                    quota_id=made.quota.id,
                    decision=AwardDecision.AWARD,
                    amount=Decimal("100000.00"),
                    rank=1,
                )
            ]
            db.session.add(award_list)
            lists.append(award_list)
        db.session.flush()
        return [award_list.id for award_list in lists]


def _director(number: int) -> Actor:
    return Actor(
        name=f"负责人{number}",
        user_id=1000 + number,
        kind=ReaderKind.STAFF,
        permissions=permissions_of(("director",)),
    )
