"""The engine, shown on the life of a rating: who may, what is locked, what is told, and that nothing is half done."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from enum import StrEnum
from threading import Barrier

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import AuditEvent
from kernel.clock import at
from kernel.db import db, transaction
from kernel.errors import NotFound, Refused, Stale
from kernel.notices import Message
from kernel.scope import see_as, whole
from kernel.words import Sentence
from kernel.workflow import WORKFLOWS, Transition, Workflow, bulk_load, deed, draw, lock, lock_as_opened
from orgs.models import Organization, Rating
from orgs.operations import confirm_rating, discard_rating, expire_rating, record_rating, revoke_rating
from orgs.states import RatingGrade, RatingState
from orgs.workflows import RATING
from tests.factories.people import SYSTEM, organization, person

ANNOUNCED = date(2024, 6, 3)


@pytest.fixture(autouse=True)
def _house(app: Flask) -> Iterator[None]:
    """Have the modules known and the clock at a working day."""
    with time_machine.travel(at(date(2026, 11, 24), 10), tick=False):
        yield


@pytest.fixture
def rating(db_session: Session) -> Rating:
    """A 4A that waits to be verified, recorded by an organization's administrator."""
    return recorded()


def recorded() -> Rating:
    owner = organization()
    with transaction(), whole(SYSTEM, "set-up"):
        return record_rating(owner, actor=SYSTEM, grade=RatingGrade("4A"), announced_on=ANNOUNCED)


def reasons_of(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.render("en") for reason in refused.value.reasons]


def trail() -> list[AuditEvent]:
    with whole(SYSTEM, "look"):
        wanted = select(AuditEvent).where(AuditEvent.subject_kind == "Rating").order_by(AuditEvent.seq)
        return list(db.session.scalars(wanted))


def test_a_step_moves_the_record_and_stands_in_the_trail_as_one_deed(rating: Rating) -> None:
    officer = person("officer", "officer")
    see_as(officer)

    with transaction():
        confirm_rating(rating, actor=officer, certificate_number="2024-4A-0012")

    assert rating.state is RatingState.VALID
    written: dict[str, list[str | None]] = {}
    for event in trail()[1:]:
        assert (event.action, event.actor, event.actor_id) == ("Rating.confirm", "示例officer", officer.user_id)
        written |= event.changes
    assert written == {"state": ["pending", "valid"], "certificate_number": [None, "2024-4A-0012"]}


def test_followers_write_in_the_same_deed(rating: Rating) -> None:
    with transaction():
        confirm_rating(rating, actor=SYSTEM)

    with whole(SYSTEM, "look"):
        owner = db.session.scalars(select(Organization)).one()
        deeds = set(db.session.scalars(select(AuditEvent.action).where(AuditEvent.changes.has_key("rating_state"))))
    assert (owner.rating_grade, owner.rating_state) == (RatingGrade("4A"), RatingState.VALID)
    assert "Rating.confirm" in deeds


def test_a_step_tells_whom_it_concerns_and_not_who_took_it(rating: Rating) -> None:
    theirs = person("admin", "org_admin", organization_id=rating.organization_id)
    person("other", "org_admin", organization_id=rating.organization_id + 1)

    with transaction():
        confirm_rating(rating, actor=SYSTEM)

    with whole(SYSTEM, "look"):
        told = db.session.execute(
            select(Message.recipient_id, Message.body).where(Message.kind == "rating.confirmed")
        ).all()
    assert [(user_id, Sentence.load(body).render("en")) for user_id, body in told] == [
        (theirs.user_id, "Your rating 4A is on record and counts until 2029-06-02."),
    ]


def test_who_may_not_is_refused_in_words_and_nothing_changes(rating: Rating) -> None:
    director = person("director", "director")
    see_as(director)

    with pytest.raises(Refused) as refused, transaction():
        confirm_rating(rating, actor=director)

    assert reasons_of(refused) == ["You are not allowed to do this: Verify the rating."]
    db.session.refresh(rating)
    assert rating.state is RatingState.PENDING


def test_a_step_from_the_wrong_state_says_where_the_record_stands(rating: Rating) -> None:
    with pytest.raises(Refused) as refused, transaction():
        revoke_rating(rating, actor=SYSTEM, last_day=date(2026, 1, 1), reason="x")

    assert reasons_of(refused) == [
        f"Rating is “{RatingState.PENDING.word}” now, so this step cannot be taken: Record the cancellation."
    ]


def test_a_guard_says_why_not(rating: Rating) -> None:
    with transaction():
        confirm_rating(rating, actor=SYSTEM)

    with pytest.raises(Refused) as refused, transaction():
        expire_rating(rating, actor=SYSTEM)

    assert reasons_of(refused) == ["This rating counts until 2029-06-02."]


def test_a_state_is_written_by_its_workflow_alone(rating: Rating) -> None:
    with pytest.raises(RuntimeError, match="written by its workflow alone"):
        rating.state = RatingState.VALID


def test_a_record_begins_in_its_first_state() -> None:
    assert Rating(state=RatingState.PENDING).state is RatingState.PENDING
    with pytest.raises(RuntimeError, match="written by its workflow alone"):
        Rating(state=RatingState.VALID)


def test_an_import_may_bring_records_in_the_state_in_which_they_arrive() -> None:
    with bulk_load():
        assert Rating(state=RatingState.EXPIRED).state is RatingState.EXPIRED
    with pytest.raises(RuntimeError, match="written by its workflow alone"):
        Rating(state=RatingState.EXPIRED)


def test_what_is_offered_names_what_stands_in_the_way(rating: Rating) -> None:
    officer, director = person("officer", "officer"), person("director", "director")

    def offered(actor: Actor) -> list[tuple[str, list[str]]]:
        return [(step.name, [reason.msgid for reason in told]) for step, told in RATING.offered(rating, actor)]

    assert offered(officer) == [("confirm", [])]
    assert offered(director) == []
    with transaction():
        confirm_rating(rating, actor=officer)
    assert offered(director) == [("downgrade", []), ("revoke", [])]


def test_a_step_that_is_no_persons_own_is_offered_to_nobody(rating: Rating) -> None:
    with transaction():
        confirm_rating(rating, actor=SYSTEM)

    with time_machine.travel(at(date(2030, 1, 1)), tick=False):
        assert "expire" not in [step.name for step, _told in RATING.offered(rating, SYSTEM)]
        with transaction():
            expire_rating(rating, actor=SYSTEM)
    assert rating.state is RatingState.EXPIRED


def test_a_follower_that_fails_leaves_nothing_half_done(rating: Rating, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(_record: Rating, *, actor: Actor) -> None:
        raise RuntimeError("the follower fell")

    person("admin", "org_admin", organization_id=rating.organization_id)
    monkeypatch.setitem(RATING._followers, "confirm", [*RATING._followers["confirm"], fall])

    with pytest.raises(RuntimeError, match="the follower fell"), transaction():
        confirm_rating(rating, actor=SYSTEM)

    with whole(SYSTEM, "look"):
        db.session.refresh(rating)
        messages = db.session.scalar(select(func.count()).where(Message.kind == "rating.confirmed"))
    assert rating.state is RatingState.PENDING
    assert messages == 0
    assert [event.action for event in trail()] == ["Rating.record"]


def test_the_row_is_read_anew_under_its_lock(committed_database: object) -> None:
    rating = recorded()
    with whole(SYSTEM, "look"):
        mine = db.session.scalars(select(Rating)).one()
        db.session.commit()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(confirm_elsewhere, rating.id).result()

        with pytest.raises(Refused) as refused:
            confirm_rating(mine, actor=SYSTEM)
    db.session.rollback()

    assert reasons_of(refused) == [
        f"Rating is “{RatingState.VALID.word}” now, so this step cannot be taken: Verify the rating."
    ]


def confirm_elsewhere(rating_id: int) -> bool:
    try:
        with transaction(), whole(SYSTEM, "elsewhere"):
            confirm_rating(db.session.scalars(select(Rating).where(Rating.id == rating_id)).one(), actor=SYSTEM)
    except Refused:
        return False
    finally:
        db.session.remove()
    return True


def test_of_eight_who_press_at_once_one_succeeds(committed_database: object) -> None:
    rating, start = recorded(), Barrier(8)
    db.session.remove()

    def press(_number: int) -> bool:
        start.wait()
        return confirm_elsewhere(rating.id)

    with time_machine.travel(at(date(2026, 11, 24), 10), tick=True), ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(8)))

    assert answers.count(True) == 1


def test_a_record_that_is_gone_is_not_found(committed_database: object) -> None:
    rating = recorded()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(discard_elsewhere, rating.id).result()

    with pytest.raises(NotFound), transaction():
        confirm_rating(rating, actor=SYSTEM)


def discard_elsewhere(rating_id: int) -> None:
    with transaction(), whole(SYSTEM, "elsewhere"):
        discard_rating(db.session.scalars(select(Rating).where(Rating.id == rating_id)).one(), actor=SYSTEM)
    db.session.remove()


def test_a_lock_keeps_what_was_written_before_it(rating: Rating) -> None:
    with transaction(), whole(SYSTEM, "x"):
        rating.certificate_number = "A-1"
        lock(rating)
        assert rating.certificate_number == "A-1"


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


def test_the_house_does_not_open_with_a_step_that_nobody_carries_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.workflow.WORKFLOWS", dict(WORKFLOWS))
    step = Transition(name="go", label="Go", source=frozenset({Light.RED}), target=Light.GREEN)
    light = Workflow("Light", noun="Light", initial=Light.RED, path=tuple(Light), transitions=(step,))

    with pytest.raises(RuntimeError, match="Light: no operation carries out go"):
        light.check()


def test_a_deed_asks_its_permission_and_runs_under_its_own_name(db_session: Session) -> None:
    @deed("paint", "Light")
    def paint(*, actor: Actor) -> str:
        session = db.session()
        return f"{session.info['acting'].action} {session.info['view'].is_whole}"

    painter = Actor(name="p", user_id=1, permissions=frozenset({("paint", "Light")}))

    assert paint(actor=painter) == "Light.paint True"
    with pytest.raises(Refused):
        paint(actor=Actor(name="q", user_id=2))


def test_the_table_can_be_drawn() -> None:
    drawing = draw([RATING])

    assert "## Rating" in drawing
    assert "    [*] --> pending\n    pending --> valid: confirm\n    valid --> expired: expire\n" in drawing


def saved_by_another(rating: Rating) -> int:
    """Raise the stored version as another session would; gives the version that this session still knows."""
    with whole(SYSTEM, "another") as session:
        session.connection().exec_driver_sql(f"UPDATE rating SET version = version + 1 WHERE id = {rating.id}")
    return rating.version


def test_a_save_between_looking_and_locking_does_not_pass_unseen(rating: Rating) -> None:
    opened = saved_by_another(rating)

    with pytest.raises(Stale) as stale:
        lock_as_opened(rating, opened, actor=SYSTEM)

    assert stale.value.saved_version == opened + 1


def test_a_change_over_a_newer_version_is_refused_in_words(rating: Rating) -> None:
    saved_by_another(rating)

    with pytest.raises(Refused) as refused, transaction(), whole(SYSTEM, "change"):
        rating.certificate_number = "2024-4A-0099"

    assert reasons_of(refused) == [
        "Somebody else changed this since you opened it. Look at it again, then decide.",
    ]
