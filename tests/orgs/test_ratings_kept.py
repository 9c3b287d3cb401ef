"""The life of a rating, and what the organization's row shows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import db
from kernel.errors import Invalid, Refused
from kernel.files import files_of
from kernel.notices import Message
from kernel.scope import whole
from kernel.words import Sentence
from orgs.models import Organization, Rating
from orgs.operations import (
    attach_certificate,
    confirm_rating,
    discard_rating,
    downgrade_rating,
    expire_rating,
    expire_ratings,
    record_rating,
    revoke_rating,
)
from orgs.queries import rating_as_of
from orgs.states import RatingGrade, RatingRegime, RatingState
from tests.factories.hostile import SOUND_PDF
from tests.factories.orgs import SET_UP, OrganizationFactory, RatingFactory, gone_from_memory, person
from tests.orgs.conftest import send

JOB = Actor.system("expire-ratings")


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False):
        yield


def row_of(organization: Organization) -> tuple[object, ...]:
    with whole(SET_UP, "look"):
        db.session.refresh(organization)
    return (
        organization.rating_grade,
        organization.rating_state,
        organization.rating_valid_from,
        organization.rating_valid_to,
    )


def as_of(organization: Organization, day: date) -> RatingGrade | None:
    with whole(SET_UP, "look"):
        found = rating_as_of(organization.id, day)
    return found.grade if found else None


def told_to(actor: Actor) -> list[str]:
    with whole(SET_UP, "look"):
        return list(db.session.scalars(select(Message.kind).where(Message.recipient_id == actor.user_id)))


def test_a_recorded_rating_waits_with_its_days_and_the_officers_are_told(officer: Actor) -> None:
    one = OrganizationFactory()
    admin = person("org_admin", organization=one)

    rating = record_rating(one, actor=admin, grade=RatingGrade.FOUR_A, announced_on=date(2024, 2, 29))

    assert (rating.state, rating.regime) == (RatingState.PENDING, RatingRegime.ORDER_39)
    assert (rating.valid_from, rating.valid_to) == (date(2024, 2, 29), date(2029, 2, 27))
    assert row_of(one)[:2] == (RatingGrade.FOUR_A, RatingState.PENDING)
    assert as_of(one, date(2026, 11, 24)) is None
    assert told_to(officer) == ["rating.recorded"]


def test_record_rating_refuses_another_organizations_people(db_session: Session) -> None:
    one, other = OrganizationFactory(), OrganizationFactory()

    with pytest.raises(Refused, match="own organization only"):
        record_rating(
            one, actor=person("org_admin", organization=other), grade=RatingGrade.ONE_A, announced_on=date(2024, 1, 1)
        )


def test_record_rating_refuses_a_day_to_come_and_a_day_on_record(officer: Actor) -> None:
    one = OrganizationFactory()
    RatingFactory(organization_id=one.id, announced_on=date(2024, 5, 20))

    with pytest.raises(Invalid) as ahead:
        record_rating(one, actor=officer, grade=RatingGrade.ONE_A, announced_on=date(2026, 11, 25))
    with pytest.raises(Refused) as again:
        record_rating(one, actor=officer, grade=RatingGrade.ONE_A, announced_on=date(2024, 5, 20))

    assert ahead.value.problems == {"announced_on": (Sentence("{day} is still to come.", day=date(2026, 11, 25)),)}
    assert again.value.reasons == (Sentence("A rating announced on this day is on record already."),)


def test_a_verified_rating_counts_and_the_organization_is_told(officer: Actor) -> None:
    one = OrganizationFactory()
    admin = person("org_admin", organization=one)
    rating = record_rating(one, actor=officer, grade=RatingGrade.THREE_A, announced_on=date(2025, 3, 1))

    confirm_rating(rating, actor=officer, certificate_number="示例 2025-7")

    assert (rating.state, rating.certificate_number) == (RatingState.VALID, "示例 2025-7")
    assert row_of(one) == (RatingGrade.THREE_A, RatingState.VALID, date(2025, 3, 1), date(2030, 2, 28))
    assert as_of(one, date(2026, 11, 24)) is RatingGrade.THREE_A
    assert told_to(admin) == ["rating.confirmed"]


def test_confirm_rating_asks_for_the_announcement_that_a_list_did_not_state(officer: Actor) -> None:
    one = OrganizationFactory()
    rating = RatingFactory(organization_id=one.id, state=RatingState.PENDING, announced_on=None)

    with pytest.raises(Invalid) as refusal:
        confirm_rating(rating, actor=officer)
    confirm_rating(rating, actor=officer, announced_on=date(2026, 3, 1))

    assert refusal.value.problems == {"announced_on": (Sentence("Please give the day of the announcement."),)}
    assert (rating.regime, rating.valid_from, rating.valid_to) == (
        RatingRegime.MEASURES_2026,
        date(2027, 1, 1),
        date(2031, 12, 31),
    )
    assert row_of(one)[1:3] == (RatingState.VALID, date(2027, 1, 1))


@pytest.mark.parametrize("code", ["director", "finance", "funder", "auditor"])
def test_confirm_rating_is_the_officers(db_session: Session, code: str) -> None:
    rating = RatingFactory(organization_id=OrganizationFactory().id, state=RatingState.PENDING)

    with pytest.raises(Refused, match="not allowed"):
        confirm_rating(rating, actor=person(code))


def test_an_organization_cannot_verify_its_own_rating(db_session: Session) -> None:
    one = OrganizationFactory()
    rating = RatingFactory(organization_id=one.id, state=RatingState.PENDING)

    with pytest.raises(Refused, match="not allowed"):
        confirm_rating(rating, actor=person("org_admin", organization=one))


def test_a_new_rating_ends_the_one_that_it_replaces_the_day_before(officer: Actor) -> None:
    one = OrganizationFactory()
    old = RatingFactory(organization_id=one.id, grade=RatingGrade.THREE_A, announced_on=date(2022, 6, 1))
    new = record_rating(one, actor=officer, grade=RatingGrade.FOUR_A, announced_on=date(2025, 6, 1))

    confirm_rating(new, actor=officer)

    assert (old.valid_to, new.valid_to) == (date(2025, 5, 31), date(2030, 5, 31))
    assert as_of(one, date(2025, 5, 31)) is RatingGrade.THREE_A
    assert as_of(one, date(2025, 6, 1)) is RatingGrade.FOUR_A


def test_a_rating_that_is_recorded_late_ends_before_the_one_that_follows_it(officer: Actor) -> None:
    one = OrganizationFactory()
    late = record_rating(one, actor=officer, grade=RatingGrade.TWO_A, announced_on=date(2022, 6, 1))
    RatingFactory(organization_id=one.id, grade=RatingGrade.FOUR_A, announced_on=date(2025, 6, 1))

    confirm_rating(late, actor=officer)

    assert late.valid_to == date(2025, 5, 31)
    assert row_of(one)[0] is RatingGrade.FOUR_A


def test_two_ratings_cannot_count_from_the_same_day(officer: Actor) -> None:
    one = OrganizationFactory()
    RatingFactory(organization_id=one.id, grade=RatingGrade.THREE_A, announced_on=date(2026, 4, 1))
    second = record_rating(one, actor=officer, grade=RatingGrade.FOUR_A, announced_on=date(2026, 8, 1))

    with pytest.raises(Refused) as refusal:
        confirm_rating(second, actor=officer)

    told = Sentence("A rating of {grade} that counts from the same day is verified.", grade=RatingGrade.THREE_A)
    assert refusal.value.reasons == (told,)


def test_a_rating_of_the_older_rules_counts_until_the_new_one_begins(officer: Actor) -> None:
    one = OrganizationFactory()
    RatingFactory(organization_id=one.id, grade=RatingGrade.THREE_A, announced_on=date(2025, 1, 10))
    new = record_rating(one, actor=officer, grade=RatingGrade.FIVE_A, announced_on=date(2026, 5, 1))

    confirm_rating(new, actor=officer)

    assert row_of(one)[0] is RatingGrade.THREE_A
    assert as_of(one, date(2026, 12, 31)) is RatingGrade.THREE_A
    assert as_of(one, date(2027, 1, 1)) is RatingGrade.FIVE_A


def test_at_night_ratings_expire_and_others_begin(officer: Actor) -> None:
    ends, begins = OrganizationFactory(), OrganizationFactory()
    over = RatingFactory(organization_id=ends.id, announced_on=date(2022, 1, 1))
    with whole(SET_UP, "set-up"):
        ends.rating_grade, ends.rating_state = RatingGrade.THREE_A, RatingState.VALID
        ends.rating_valid_from, ends.rating_valid_to = over.valid_from, over.valid_to
    RatingFactory(organization_id=begins.id, grade=RatingGrade.FOUR_A, announced_on=date(2026, 5, 1))

    with time_machine.travel("2026-12-31T17:00:00Z", tick=False):
        done, again = expire_ratings(JOB), expire_ratings(JOB)
        shown = row_of(ends), row_of(begins)

    assert (done, again, over.state) == (1, 0, RatingState.EXPIRED)
    assert shown[0] == (RatingGrade.THREE_A, RatingState.EXPIRED, date(2022, 1, 1), date(2026, 12, 31))
    assert shown[1] == (RatingGrade.FOUR_A, RatingState.VALID, date(2027, 1, 1), date(2031, 12, 31))


def test_a_rating_does_not_expire_before_its_last_day_is_past(db_session: Session) -> None:
    rating = RatingFactory(organization_id=OrganizationFactory().id, announced_on=date(2024, 5, 20))

    with pytest.raises(Refused) as refusal:
        expire_rating(rating, actor=JOB)

    assert refusal.value.reasons == (Sentence("This rating counts until {day}.", day=date(2029, 5, 19)),)


@pytest.mark.parametrize(
    ("take_away", "state"), [(downgrade_rating, RatingState.DOWNGRADED), (revoke_rating, RatingState.REVOKED)]
)
def test_a_rating_taken_away_counted_until_its_last_day(director: Actor, take_away: object, state: RatingState) -> None:
    one = OrganizationFactory()
    admin = person("org_admin", organization=one)
    rating = RatingFactory(organization_id=one.id, announced_on=date(2024, 5, 20))

    take_away(rating, actor=director, last_day=date(2026, 10, 31), reason="核查评估")

    assert (rating.state, rating.valid_to, rating.reason) == (state, date(2026, 10, 31), "核查评估")
    assert as_of(one, date(2026, 10, 31)) is RatingGrade.THREE_A
    assert as_of(one, date(2026, 11, 1)) is None
    assert row_of(one)[1] is state
    assert told_to(admin) == ["rating.taken_away"]


def test_a_rating_cannot_be_taken_away_before_it_was_announced_nor_after_today(director: Actor) -> None:
    rating = RatingFactory(organization_id=OrganizationFactory().id, announced_on=date(2024, 5, 20))

    with pytest.raises(Invalid, match="cannot lie before"):
        revoke_rating(rating, actor=director, last_day=date(2024, 5, 19), reason="示例")
    with pytest.raises(Invalid, match="still to come"):
        revoke_rating(rating, actor=director, last_day=date(2026, 11, 25), reason="示例")


def test_a_rating_cannot_be_taken_away_after_its_term(director: Actor) -> None:
    rating = RatingFactory(organization_id=OrganizationFactory().id, announced_on=date(2021, 10, 1))

    with pytest.raises(Invalid, match="end of its full term"):
        downgrade_rating(rating, actor=director, last_day=date(2026, 9, 30), reason="示例")


def test_discard_rating_removes_what_waits_and_nothing_else(officer: Actor) -> None:
    one = OrganizationFactory()
    waiting = record_rating(one, actor=officer, grade=RatingGrade.FIVE_A, announced_on=date(2024, 1, 1))
    verified = RatingFactory(organization_id=one.id, announced_on=date(2024, 5, 20))

    discard_rating(waiting, actor=officer)
    with pytest.raises(Refused) as refusal:
        discard_rating(verified, actor=officer)

    assert refusal.value.reasons == (Sentence("Only a rating that waits to be verified can be discarded."),)
    gone_from_memory()
    with whole(SET_UP, "look"):
        assert db.session.scalars(select(Rating.grade).where(Rating.organization_id == one.id)).all() == ["3A"]
    assert row_of(one)[0] is RatingGrade.THREE_A


def test_an_organization_hands_in_the_certificate_until_its_rating_is_verified(officer: Actor) -> None:
    one, other = OrganizationFactory(), OrganizationFactory()
    own, another = (person("org_admin", organization=organization) for organization in (one, other))
    rating = record_rating(one, actor=own, grade=RatingGrade.FOUR_A, announced_on=date(2026, 11, 1))

    def hand_in(actor: Actor, name: str) -> None:
        attach_certificate(rating, actor=actor, stream=BytesIO(SOUND_PDF), filename=name)

    hand_in(own, "模糊.pdf")
    hand_in(own, "清楚.pdf")
    with pytest.raises(Refused, match="own organization only"):
        hand_in(another, "别家.pdf")
    confirm_rating(rating, actor=officer)
    with pytest.raises(Refused, match="is verified"):
        hand_in(own, "晚到.pdf")
    with whole(SET_UP, "look"):
        assert [(file.original_name, file.organization_id) for file in files_of(rating)] == [("清楚.pdf", one.id)]


def test_the_certificate_is_handed_in_and_read_on_the_page_of_the_rating(
    client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    one = OrganizationFactory()
    page = f"/ratings/{RatingFactory(organization_id=one.id, state=RatingState.PENDING).id}"
    person("org_admin", organization=one, username="own")
    desk = sign_in(client, "own")

    offered = desk.get(page).get_data(as_text=True)
    empty = send(desk, f"{page}/certificate")
    done = send(desk, f"{page}/certificate", file=(BytesIO(SOUND_PDF), "证书.pdf"))

    assert f'href="{page}/certificate"' in offered
    assert (empty.status_code, done.status_code) == (422, 302)
    assert "证书.pdf" in desk.get(page).get_data(as_text=True)
