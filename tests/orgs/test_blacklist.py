"""The Centre's blacklist: told, heard, decided by another, over by the clock, repaired or taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import AuditEvent
from kernel.db import db
from kernel.errors import Invalid, Refused
from kernel.files import StoredFile
from kernel.notices import Message
from kernel.scope import see_as, whole
from orgs.models import BlacklistEntry, Organization
from orgs.operations import (
    appeal_against_listing,
    ask_for_repair,
    defend_against_listing,
    drop_listing,
    enforce_listing,
    expire_listings,
    notify_of_listing,
    propose_listing,
    refuse_repair,
    reject_appeal,
    remove_after_repair,
    uphold_appeal,
)
from orgs.queries import listings_to_decide, standing
from orgs.states import Activity, BlacklistState, Verdict
from tests.factories.hostile import SOUND_PDF
from tests.factories.orgs import SET_UP, InspectionFactory, OrganizationFactory, person
from tests.orgs.conftest import send

pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[..., FlaskClient]
TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False) as moment:
        yield moment


@pytest.fixture
def listed(db_session: Session) -> Organization:
    organization = OrganizationFactory(projects_total=1)
    for year in (2023, 2024, 2025):
        InspectionFactory(organization_id=organization.id, year=year)
    return organization


@pytest.fixture
def admin(listed: Organization) -> Actor:
    return person("org_admin", organization=listed, username="own")


@pytest.fixture
def entry(listed: Organization, officer: Actor, admin: Actor) -> BlacklistEntry:
    return proposed(listed, officer)


@pytest.fixture
def told(entry: BlacklistEntry, officer: Actor) -> BlacklistEntry:
    notify_of_listing(entry, actor=officer, days=7)
    return entry


@pytest.fixture
def in_force(told: BlacklistEntry, admin: Actor, director: Actor) -> BlacklistEntry:
    defend_against_listing(told, actor=admin, words="已整改")
    enforce_listing(told, actor=director, decision="情况属实")
    return told


def proposed(organization: Organization, officer: Actor, *, months: int = 12) -> BlacklistEntry:
    return propose_listing(
        organization,
        actor=officer,
        reason="材料系伪造",
        months=months,
        stream=BytesIO(SOUND_PDF),
        filename="证据.pdf",
    )


def seen_by(actor: Actor, model: Any) -> list[int]:
    see_as(actor)
    return list(db.session.scalars(select(model.id).order_by(model.id)))


def why(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.render("en") for reason in refused.value.reasons]


def heard_by(actor: Actor) -> list[str]:
    with whole(SET_UP, "look"):
        wanted = select(Message.kind).where(Message.recipient_id == actor.user_id).order_by(Message.id)
        return list(db.session.scalars(wanted))


def verdict(entry: BlacklistEntry, activity: Activity, day: date = TODAY) -> Verdict:
    with whole(SET_UP, "look"):
        return standing(entry.organization_id, day).verdict(activity)


# The straight way


def test_nobody_but_staff_knows_of_a_proposal(entry: BlacklistEntry, officer: Actor, admin: Actor) -> None:
    assert (entry.number, entry.state) == ("2026-LR-0001", BlacklistState.PROPOSED)
    assert seen_by(officer, BlacklistEntry) == [entry.id]
    assert seen_by(admin, BlacklistEntry) == []
    assert seen_by(admin, StoredFile) == []
    assert heard_by(admin) == []
    assert verdict(entry, Activity.SIGN) is Verdict.YES


def test_the_notice_shows_the_organization_what_is_held_against_it(told: BlacklistEntry, admin: Actor) -> None:
    stranger = person("org_admin", organization=OrganizationFactory())

    assert told.defence_due_on == date(2026, 12, 3)
    assert seen_by(admin, BlacklistEntry) == [told.id]
    assert len(seen_by(admin, StoredFile)) == 1
    assert seen_by(stranger, BlacklistEntry) == seen_by(stranger, StoredFile) == []
    assert heard_by(admin) == ["listing.told"]
    assert (verdict(told, Activity.APPLY), verdict(told, Activity.SIGN)) == (Verdict.YES, Verdict.CHECK)


def test_the_trail_of_the_proposal_stays_with_the_centre(told: BlacklistEntry, officer: Actor, admin: Actor) -> None:
    db.session.commit()
    see_as(admin)
    wanted = select(AuditEvent.action).where(AuditEvent.subject_kind == "BlacklistEntry").order_by(AuditEvent.id)

    assert list(db.session.scalars(wanted)) == ["BlacklistEntry.notify"]
    see_as(officer)
    assert list(db.session.scalars(wanted)) == ["BlacklistEntry.propose", "BlacklistEntry.notify"]


def test_a_defence_is_heard_before_anything_is_decided(told: BlacklistEntry, admin: Actor, director: Actor) -> None:
    with pytest.raises(Refused) as refused:
        enforce_listing(told, actor=director, decision="情况属实")
    defend_against_listing(told, actor=admin, words="已整改", stream=BytesIO(SOUND_PDF), filename="说明.pdf")
    enforce_listing(told, actor=director, decision="情况属实")

    assert why(refused) == ["The organization may answer until 2026-12-03."]
    assert (told.begins_on, told.ends_on) == (TODAY, date(2027, 11, 23))
    assert heard_by(admin) == ["listing.told", "listing.decided"]
    assert heard_by(director) == ["listing.answered"]
    assert {one: verdict(told, one) for one in (Activity.APPLY, Activity.SIGN, Activity.BE_PAID)} == {
        Activity.APPLY: Verdict.NO,
        Activity.SIGN: Verdict.NO,
        Activity.BE_PAID: Verdict.YES,
    }


def test_silence_does_not_stop_the_clock(
    told: BlacklistEntry, admin: Actor, director: Actor, clock: time_machine.Coordinates
) -> None:
    clock.shift(timedelta(days=10))
    with pytest.raises(Refused) as late:
        defend_against_listing(told, actor=admin, words="迟到的说明")
    assert listings_waiting() == 1
    enforce_listing(told, actor=director, decision="情况属实")

    assert why(late) == ["The time to answer ended on 2026-12-03."]
    assert told.state is BlacklistState.IN_FORCE
    assert listings_waiting() == 0


def listings_waiting() -> int:
    with whole(SET_UP, "look"):
        return listings_to_decide(TODAY + timedelta(days=10))


def test_a_listing_expires_in_the_night_after_its_last_day(
    in_force: BlacklistEntry, admin: Actor, clock: time_machine.Coordinates
) -> None:
    clock.move_to("2027-11-23T02:00:00Z")
    assert expire_listings(SET_UP) == 0
    clock.move_to("2027-11-23T16:15:00Z")
    assert [expire_listings(SET_UP), expire_listings(SET_UP)] == [1, 0]

    assert in_force.state is BlacklistState.EXPIRED
    assert heard_by(admin)[-1] == "listing.over"
    assert verdict(in_force, Activity.SIGN, date(2027, 11, 23)) is Verdict.NO
    assert verdict(in_force, Activity.SIGN, date(2027, 11, 24)) is Verdict.YES


# The ways out


def test_what_is_dropped_never_counted(told: BlacklistEntry, director: Actor, admin: Actor) -> None:
    drop_listing(told, actor=director, decision="证据不足")

    assert heard_by(admin)[-1] == "listing.dropped"
    assert verdict(told, Activity.SIGN) is Verdict.YES


def test_a_proposal_that_is_dropped_is_never_heard_of(entry: BlacklistEntry, director: Actor, admin: Actor) -> None:
    drop_listing(entry, actor=director, decision="证据不足")

    assert heard_by(admin) == []
    assert seen_by(admin, BlacklistEntry) == []


def test_repair_is_asked_for_refused_asked_again_and_granted(
    in_force: BlacklistEntry, admin: Actor, director: Actor, clock: time_machine.Coordinates
) -> None:
    with pytest.raises(Refused) as unasked:
        remove_after_repair(in_force, actor=director, answer="同意")
    ask_for_repair(in_force, actor=admin, words="已整改")
    with pytest.raises(Refused) as twice:
        ask_for_repair(in_force, actor=admin, words="已整改")
    refuse_repair(in_force, actor=director, answer="还差一项")
    clock.shift(timedelta(days=30))
    ask_for_repair(in_force, actor=admin, words="全部整改")
    remove_after_repair(in_force, actor=director, answer="同意")

    assert why(unasked) == ["The organization has not asked to be removed."]
    assert why(twice) == ["Your request of 2026-11-24 waits for an answer."]
    assert (in_force.state, in_force.ended_on) == (BlacklistState.REPAIRED, date(2026, 12, 23))
    assert heard_by(admin)[-2:] == ["listing.stays", "listing.removed"]
    assert verdict(in_force, Activity.SIGN, date(2026, 12, 23)) is Verdict.NO
    assert verdict(in_force, Activity.SIGN, date(2026, 12, 24)) is Verdict.YES


def test_an_appeal_that_is_right_takes_the_listing_back(
    in_force: BlacklistEntry, admin: Actor, director: Actor
) -> None:
    appeal_against_listing(in_force, actor=admin, words="认定有误")
    uphold_appeal(in_force, actor=director, answer="撤销")

    assert in_force.state is BlacklistState.DROPPED
    assert verdict(in_force, Activity.SIGN) is Verdict.YES


def test_there_is_one_appeal_within_seven_working_days(
    in_force: BlacklistEntry, admin: Actor, director: Actor, clock: time_machine.Coordinates
) -> None:
    appeal_against_listing(in_force, actor=admin, words="认定有误")
    reject_appeal(in_force, actor=director, answer="维持")
    with pytest.raises(Refused) as again:
        appeal_against_listing(in_force, actor=admin, words="再申诉")
    in_force.appeal = in_force.appealed_on = in_force.appeal_answer = in_force.appeal_answered_on = None
    clock.move_to("2026-12-04T02:00:00Z")
    with pytest.raises(Refused) as late:
        appeal_against_listing(in_force, actor=admin, words="迟到的申诉")

    assert why(again) == ["You appealed on 2026-11-24; there is one appeal."]
    assert why(late) == ["An appeal was possible until 2026-12-03."]


# Who may


def test_whoever_proposed_does_not_decide(listed: Organization) -> None:
    both = person("officer", "director")
    entry = proposed(listed, both)
    notify_of_listing(entry, actor=both, days=5)

    with pytest.raises(Refused) as refused:
        drop_listing(entry, actor=both, decision="自己决定")

    assert why(refused) == ["Whoever proposed a listing does not decide it."]


def test_another_organization_can_neither_answer_nor_ask(in_force: BlacklistEntry) -> None:
    stranger = person("org_admin", organization=OrganizationFactory())
    for done in (defend_against_listing, ask_for_repair, appeal_against_listing):
        with pytest.raises(Refused) as refused:
            done(in_force, actor=stranger, words="越权")
        assert "You can act for your own organization only." in why(refused)


def test_one_listing_at_a_time(entry: BlacklistEntry, listed: Organization, officer: Actor) -> None:
    with pytest.raises(Refused) as refused, db.session.begin_nested():
        proposed(listed, officer)

    assert why(refused) == ["A listing of this organization is open already; please finish it first."]


@pytest.mark.parametrize(("months", "days"), [(0, 7), (37, 7), (12, 4), (12, 31)])
def test_terms_and_times_have_their_bounds(listed: Organization, officer: Actor, months: int, days: int) -> None:
    def told() -> None:
        notify_of_listing(proposed(listed, officer, months=months), actor=officer, days=days)

    with pytest.raises(Invalid):
        told()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("begins_on = defence_due_on, ends_on = defence_due_on + 9", "ck_blacklist_entry_hears_the_defence_first"),
        ("state = 'expired', decided_on = now(), decided_by_id = 0, decision = 'x'", "is_dated_in_force"),
        ("ended_on = '2026-11-30'", "ends_early_when_taken_back"),
        ("decided_by_id = proposed_by_id, decided_on = now(), decision = 'x'", "is_decided_by_another"),
    ],
)
def test_the_database_holds_it_too(told: BlacklistEntry, change: str, name: str) -> None:
    with (
        whole(SET_UP, "break it") as session,
        pytest.raises(IntegrityError, match=name),
        session.begin_nested(),
    ):
        session.execute(text(f"UPDATE blacklist_entry SET {change} WHERE id = :pk"), {"pk": told.id})


# The pages


def test_an_organization_answers_on_its_own_page(client: FlaskClient, sign_in: SignIn, told: BlacklistEntry) -> None:
    pk = told.id
    own = sign_in(client, "own")

    page = own.get(f"/blacklist/{pk}").get_data(as_text=True)
    empty = send(own, f"/blacklist/{pk}/deeds/defend")
    done = send(own, f"/blacklist/{pk}/deeds/defend", words="已整改", file=(BytesIO(SOUND_PDF), "说明.pdf"))

    assert "证据.pdf" in page
    assert f'href="/blacklist/{pk}/deeds/defend"' in page
    assert (empty.status_code, done.status_code) == (422, 302)
    assert "说明.pdf" in own.get(f"/blacklist/{pk}").get_data(as_text=True)


def test_an_officer_proposes_with_evidence_or_not_at_all(
    client: FlaskClient, sign_in: SignIn, listed: Organization, officer: Actor
) -> None:
    pk = listed.id
    desk = sign_in(client, "officer")
    words = {"reason": "材料系伪造", "months": "12"}

    without = send(desk, f"/blacklist/of/{pk}/new", **words)
    done = send(desk, f"/blacklist/of/{pk}/new", **words, file=(BytesIO(SOUND_PDF), "证据.pdf"))
    file = desk.get(f"/organizations/{pk}").get_data(as_text=True)

    assert (without.status_code, done.status_code) == (422, 302)
    assert "请选择文件" in without.get_data(as_text=True)
    assert f'href="{done.headers["Location"]}"' in file
