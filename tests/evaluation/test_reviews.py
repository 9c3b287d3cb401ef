"""Expert review: assigned, stated, scored, handed in, closed; nobody reads what is not theirs to read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from evaluation.models import IndicatorSetRecord, Review, ReviewItem
from evaluation.operations.results import close_review
from evaluation.operations.reviews import assign_reviewers, reviewers_to_ask, save_scores
from evaluation.states import ReviewState
from evaluation.workflows import REVIEW
from grants.models import Application, ApplicationVersion
from kernel.actor import Actor
from kernel.clock import today
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused, Stale
from kernel.notices import Message
from kernel.people import Account
from kernel.scope import see_as, whole
from kernel.words import Sentence
from tests.factories.evaluation import WEIGHTS, Reviewing, assigned, handed_in, review_by, reviewing, spread_over
from tests.factories.people import SYSTEM, person

pytestmark = pytest.mark.usefixtures("app")
TEN_DAYS = timedelta(days=10)


def accepted(story: Reviewing, place: int = 0) -> Review:
    assigned(story)
    review = review_by(story.reviewers[place], story.applications[0])
    with transaction():
        REVIEW["accept"](review, actor=story.reviewers[place], no_interest=True, not_employed=True)
    return review


def reasons(refused: pytest.ExceptionInfo[Refused]) -> list[Sentence]:
    return list(refused.value.reasons)


def test_assigning_gives_each_reviewer_each_application_and_one_notice(db_session: Session) -> None:
    story = reviewing(2)

    made = assigned(story)

    assert len(made) == 10
    with whole(SYSTEM, "look"):
        told = db.session.scalars(select(Message).where(Message.kind == "review.assigned")).all()
    assert sorted(message.recipient_id for message in told) == sorted(story.ids)


def test_assigning_again_asks_nobody_twice(db_session: Session) -> None:
    story = reviewing()
    assigned(story)

    assert assigned(story) == []


def test_fewer_reviewers_than_the_call_asks_for_are_refused(db_session: Session) -> None:
    story = reviewing()
    number = story.applications[0].number

    with pytest.raises(Refused) as refused, transaction():
        assign_reviewers(
            story.made.call,
            actor=story.officer,
            applications=story.applications,
            reviewers=story.ids[:4],
            due_on=today() + TEN_DAYS,
        )

    assert reasons(refused) == [
        Sentence("{number} would have {active} reviewers; the call asks for {least}.", number=number, active=4, least=5)
    ]


def test_who_is_no_reviewer_is_not_asked(db_session: Session) -> None:
    story = reviewing()

    with pytest.raises(Refused) as refused, transaction():
        assign_reviewers(
            story.made.call,
            actor=story.officer,
            applications=story.applications,
            reviewers=[*story.ids, story.officer.user_id or 0],
            due_on=today() + TEN_DAYS,
        )

    assert reasons(refused) == [Sentence("{name} is no reviewer.", name=story.officer.name)]


def test_nobody_reviews_their_own_organization(db_session: Session) -> None:
    story = reviewing()
    with transaction(), whole(SYSTEM, "set-up"):
        account = db.session.scalars(select(Account).where(Account.user_id == story.ids[0])).one()
        account.organization_id = story.applications[0].organization_id

    with pytest.raises(Refused) as refused:
        assigned(story)

    assert [reason.msgid for reason in refused.value.reasons] == [
        "{name} belongs to the organization of {number} and cannot review it."
    ]


def test_a_day_in_the_past_is_refused(db_session: Session) -> None:
    with pytest.raises(Refused):
        assigned(reviewing(), due_in=-1)


def test_only_an_officer_assigns(db_session: Session) -> None:
    story = reviewing()

    with pytest.raises(Refused) as refused, transaction():
        assign_reviewers(
            story.made.call,
            actor=story.reviewers[0],
            applications=story.applications,
            reviewers=story.ids,
            due_on=today() + TEN_DAYS,
        )

    assert reasons(refused) == [Sentence("You are not allowed to do this.")]


def test_the_reviewer_with_least_in_hand_stands_first(db_session: Session) -> None:
    story = reviewing()
    assigned(story)
    idle = person("idle", "reviewer")

    with transaction():
        found = reviewers_to_ask(actor=story.officer)

    assert (found[0].id, found[0].in_hand) == (idle.user_id, 0)
    assert {one.in_hand for one in found[1:]} == {1}


def test_a_half_statement_is_not_taken(db_session: Session) -> None:
    story = reviewing()
    assigned(story)
    review = review_by(story.reviewers[0], story.applications[0])

    with pytest.raises(Invalid) as invalid, transaction():
        REVIEW["accept"](review, actor=story.reviewers[0], no_interest=True, not_employed=False)

    assert set(invalid.value.problems) == {"not_employed"}


def test_another_reviewer_cannot_state_for_me(db_session: Session) -> None:
    story = reviewing()
    assigned(story)
    review = review_by(story.reviewers[0], story.applications[0])

    with pytest.raises(Refused) as refused, transaction():
        REVIEW["accept"](review, actor=story.reviewers[1], no_interest=True, not_employed=True)

    assert reasons(refused) == [Sentence("This sheet is another reviewer's.")]


def test_scores_wait_for_the_statement(db_session: Session) -> None:
    story = reviewing()
    assigned(story)
    review = review_by(story.reviewers[0], story.applications[0])

    with pytest.raises(Refused) as refused, transaction():
        save_scores(review, actor=story.reviewers[0], scores={"need": Decimal(10)}, comments={})

    assert reasons(refused) == [Sentence("Please make the recusal statement first.")]


def test_the_first_save_begins_the_scoring(db_session: Session) -> None:
    story = reviewing()
    review = accepted(story)

    with transaction():
        save_scores(review, actor=story.reviewers[0], scores={"need": Decimal("12.5")}, comments={"overall": "好"})

    assert review.state is ReviewState.SCORING
    with whole(SYSTEM, "look"):
        kept = db.session.execute(select(ReviewItem.item_code, ReviewItem.score, ReviewItem.comment)).all()
    assert sorted(kept) == [("need", Decimal("12.5"), ""), ("overall", None, "好")]


@pytest.mark.parametrize("score", ["15.5", "-0.5", "7.25", "NaN"])
def test_a_score_that_cannot_be_is_refused_and_nothing_is_kept(db_session: Session, score: str) -> None:
    story = reviewing()
    review = accepted(story)

    with pytest.raises(Invalid) as invalid, transaction():
        save_scores(review, actor=story.reviewers[0], scores={"need": Decimal(score), "goals": Decimal(1)}, comments={})

    assert set(invalid.value.problems) == {"score-need"}
    with whole(SYSTEM, "look"):
        assert db.session.scalar(select(func.count()).select_from(ReviewItem)) == 0


def test_an_item_that_is_not_in_the_sheet_is_refused(db_session: Session) -> None:
    story = reviewing()
    review = accepted(story)

    with pytest.raises(Invalid) as invalid, transaction():
        save_scores(review, actor=story.reviewers[0], scores={"beauty": Decimal(1)}, comments={"charm": "x"})

    assert set(invalid.value.problems) == {"score-beauty", "comment-charm"}


def test_a_save_over_a_newer_one_is_stale(db_session: Session) -> None:
    story = reviewing()
    review = accepted(story)
    opened = review.version
    with transaction():
        save_scores(review, actor=story.reviewers[0], scores={"need": Decimal(10)}, comments={}, version=opened)

    with pytest.raises(Stale), transaction():
        save_scores(review, actor=story.reviewers[0], scores={"need": Decimal(9)}, comments={}, version=opened)


def test_a_sheet_with_gaps_is_not_handed_in(db_session: Session) -> None:
    story = reviewing()
    review = accepted(story)
    with transaction():
        save_scores(review, actor=story.reviewers[0], scores={"need": Decimal(5)}, comments={})

    with pytest.raises(Refused) as refused, transaction():
        REVIEW["hand_in"](review, actor=story.reviewers[0])

    assert [reason.msgid for reason in refused.value.reasons] == [
        "{count} items have no score yet: {names}.",
        "A score below 60% needs a comment: {names}.",
    ]
    assert refused.value.reasons[0].params["count"] == 6
    assert refused.value.reasons[1].params["names"] == ["需求与问题分析"]


def test_exactly_sixty_per_cent_needs_no_comment(db_session: Session) -> None:
    story = reviewing()
    review = accepted(story)
    scores = {code: Decimal(weight) * Decimal("0.6") for code, weight in WEIGHTS.items()}

    with transaction():
        save_scores(review, actor=story.reviewers[0], scores=scores, comments={})
        REVIEW["hand_in"](review, actor=story.reviewers[0])

    assert review.state is ReviewState.HANDED_IN


def test_a_sheet_that_is_handed_in_stays_as_it_is(db_session: Session) -> None:
    story = reviewing()
    assigned(story)
    review = handed_in(story.reviewers[0], story.applications[0], "80")

    with pytest.raises(Refused) as refused, transaction():
        save_scores(review, actor=story.reviewers[0], scores={"need": Decimal(1)}, comments={})

    assert [reason.msgid for reason in refused.value.reasons] == ["This sheet is “{state}” and stays as it is."]


def test_five_sheets_drop_the_highest_and_the_lowest(db_session: Session) -> None:
    story = reviewing()
    application = story.applications[0]
    assigned(story)
    for reviewer, total in zip(story.reviewers, ("60", "80", "85", "90.5", "100"), strict=True):
        handed_in(reviewer, application, total)

    with transaction():
        results = close_review(story.made.call, actor=story.officer)

    with whole(SYSTEM, "look"):
        db.session.refresh(application)
    assert application.score == Decimal("85.166667")
    assert (application.score_spread, application.rank) == (Decimal("40.00"), 1)
    assert results[application.id].wide
    assert [review_by(reviewer, application).total for reviewer in story.reviewers][:2] == [
        Decimal("60.0"),
        Decimal("80.0"),
    ]
    assert {review_by(reviewer, application).state for reviewer in story.reviewers} == {ReviewState.SEALED}


def test_applications_are_ranked_by_their_scores(db_session: Session) -> None:
    story = reviewing(2)
    assigned(story)
    for reviewer in story.reviewers:
        handed_in(reviewer, story.applications[0], "70")
        handed_in(reviewer, story.applications[1], "90")

    with transaction():
        close_review(story.made.call, actor=story.officer)

    with whole(SYSTEM, "look"):
        for application in story.applications:
            db.session.refresh(application)
    assert [application.rank for application in story.applications] == [2, 1]


def test_equal_scores_are_decided_by_feasibility(db_session: Session) -> None:
    story = reviewing(2)
    assigned(story)
    for reviewer in story.reviewers:
        handed_in(reviewer, story.applications[0], "55")
        review = review_by(reviewer, story.applications[1])
        scores = spread_over("55") | {"need": Decimal(10), "risk": Decimal(5)}
        with transaction():
            REVIEW["accept"](review, actor=reviewer, no_interest=True, not_employed=True)
            save_scores(review, actor=reviewer, scores=scores, comments=dict.fromkeys(WEIGHTS, "有理有据。"))
            save_scores(
                review, actor=reviewer, scores={"feasibility": Decimal(24), "innovation": Decimal(1)}, comments={}
            )
            REVIEW["hand_in"](review, actor=reviewer)

    with transaction():
        close_review(story.made.call, actor=story.officer)

    with whole(SYSTEM, "look"):
        for application in story.applications:
            db.session.refresh(application)
    assert [application.score for application in story.applications] == [Decimal("55.000000")] * 2
    assert [application.rank for application in story.applications] == [1, 2]


def test_a_review_is_not_closed_while_sheets_are_out(db_session: Session) -> None:
    story = reviewing()
    assigned(story)
    for reviewer in story.reviewers[:3]:
        handed_in(reviewer, story.applications[0], "80")

    with pytest.raises(Refused) as refused, transaction():
        close_review(story.made.call, actor=story.officer)

    assert [(reason.msgid[:30], reason.params["count"]) for reason in refused.value.reasons] == [
        ("{number}: {count} sheets are s", 2)
    ]


def test_a_recused_reviewer_is_replaced_before_the_review_closes(db_session: Session) -> None:
    story = reviewing()
    application = story.applications[0]
    assigned(story)
    review = review_by(story.reviewers[0], application)
    with transaction():
        REVIEW["recuse"](review, actor=story.reviewers[0], reason="曾参与该机构评审。")
    for reviewer in story.reviewers[1:]:
        handed_in(reviewer, application, "80")
    with pytest.raises(Refused) as refused, transaction():
        close_review(story.made.call, actor=story.officer)
    assert [reason.msgid for reason in refused.value.reasons] == ["{number}: {count} of {least} sheets are in."]

    story.reviewers[0] = person("stand_in", "reviewer")
    assigned(story)
    handed_in(story.reviewers[0], application, "90")
    with transaction():
        close_review(story.made.call, actor=story.officer)

    with whole(SYSTEM, "look"):
        db.session.refresh(application)
    assert application.score == Decimal("80.000000")


def test_an_officer_replaces_a_reviewer_with_a_reason(db_session: Session) -> None:
    story = reviewing()
    assigned(story)
    review = review_by(story.reviewers[0], story.applications[0])

    with transaction():
        REVIEW["replace"](review, actor=story.officer, reason="联系不上。")

    assert (review.state, review.left_reason) == (ReviewState.REPLACED, "联系不上。")
    assert applications_seen_by(story.reviewers[0]) == 0


def test_nothing_waits_for_a_result_twice(db_session: Session) -> None:
    story = reviewing()
    assigned(story)
    for reviewer in story.reviewers:
        handed_in(reviewer, story.applications[0], "80")
    with transaction():
        close_review(story.made.call, actor=story.officer)

    with pytest.raises(Refused) as refused, transaction():
        close_review(story.made.call, actor=story.officer)

    assert reasons(refused) == [Sentence("No application of this call waits for a result.")]


def seen_by(actor: Actor, model: type) -> int:
    see_as(actor)
    found = db.session.scalar(select(func.count()).select_from(model))
    db.session.rollback()
    return found or 0


def applications_seen_by(actor: Actor) -> int:
    return seen_by(actor, Application)


def test_a_reviewer_sees_an_application_only_while_it_is_on_their_desk(db_session: Session) -> None:
    story = reviewing(2)
    reviewer = story.reviewers[0]
    assert applications_seen_by(reviewer) == 0
    story.applications = story.applications[:1]
    assigned(story)
    assert (applications_seen_by(reviewer), seen_by(reviewer, ApplicationVersion)) == (1, 1)

    handed_in(reviewer, story.applications[0], "80")

    assert (applications_seen_by(reviewer), seen_by(reviewer, ApplicationVersion)) == (0, 0)


def test_nobody_sees_anothers_scores_before_they_are_sealed(db_session: Session) -> None:
    story = reviewing()
    assigned(story)
    for reviewer in story.reviewers:
        handed_in(reviewer, story.applications[0], "80")
    assert seen_by(story.reviewers[0], ReviewItem) == 7
    assert seen_by(story.reviewers[0], Review) == 1
    assert (seen_by(story.officer, Review), seen_by(story.officer, ReviewItem)) == (5, 0)

    with transaction():
        close_review(story.made.call, actor=story.officer)

    assert seen_by(story.officer, ReviewItem) == 35
    assert seen_by(story.reviewers[0], ReviewItem) == 7


def test_a_recused_reviewer_loses_the_application_at_once(db_session: Session) -> None:
    story = reviewing()
    assigned(story)
    with transaction():
        review = review_by(story.reviewers[0], story.applications[0])
        REVIEW["recuse"](review, actor=story.reviewers[0], reason="有利害关系。")

    assert applications_seen_by(story.reviewers[0]) == 0
    assert applications_seen_by(story.reviewers[1]) == 1


def test_an_indicator_set_that_was_used_stays_as_it_is(db_session: Session) -> None:
    assigned(reviewing())

    with whole(SYSTEM, "look"):
        record = db.session.scalars(select(IndicatorSetRecord).where(IndicatorSetRecord.used_at.is_not(None))).one()

    record.name = "另一份"
    with pytest.raises(Refused) as refused, transaction(), whole(SYSTEM, "tamper"):
        db.session.flush()

    assert [reason.msgid for reason in refused.value.reasons] == [
        "This indicator set has been used and stays as it is. Make a new edition for a change."
    ]
