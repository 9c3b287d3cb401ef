"""A deputy for a time: what they may, what the trail says, what they may not, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.models import Call
from grants.operations.calls import create_call, set_quota
from grants.states import CallNature, CallState
from grants.workflows.calls import CALL
from kernel import audit
from kernel.actor import Actor
from kernel.audit import AuditEvent
from kernel.clock import now, today
from kernel.db import db, transaction
from kernel.deputies import Deputy, acts_of, deputies_in_force
from kernel.deputy_deeds import candidates, end_deputy, name_deputy, tell_of_deputies
from kernel.errors import Invalid, Refused
from kernel.notices import Message
from kernel.permissions import borrowed_by
from kernel.scope import whole
from kernel.sessions import identify, start_session
from tests.factories.grants import approved_year, category
from tests.factories.people import SYSTEM, person, token_of


@pytest.fixture
def director(app: Flask, db_session: Session) -> Actor:
    return person("director_d", "director")


@pytest.fixture
def second(app: Flask, db_session: Session) -> Actor:
    return person("officer_d", "officer")


def named(director: Actor, deputy: Actor, days: int = 5) -> Deputy:
    with transaction():
        return name_deputy(
            actor=director,
            deputy_id=deputy.user_id or 0,
            from_day=today(),
            to_day=today() + timedelta(days=days),
            reason="外出培训",
        )


def signed_in(actor: Actor) -> Actor:
    """Give the person as a request of theirs knows them now."""
    token = start_session(actor.user_id or 0, locale="zh", address="127.0.0.1", agent="tests")
    session = identify(token)
    assert session is not None
    assert session.identity is not None
    return session.identity.actor


def proposed_call(by: Actor) -> Call:
    year = approved_year()
    with transaction():
        call = create_call(
            year,
            actor=by,
            title="2027 年度征集",
            nature=CallNature.GRANT,
            opens_at=now() + timedelta(days=1),
            closes_at=now() + timedelta(days=40),
            service_from=today() + timedelta(days=90),
            service_to=today() + timedelta(days=300),
            cap_per_project=Decimal(200_000),
            cap_first_time=Decimal(80_000),
        )
        set_quota(call, actor=by, category=category(), amount=Decimal(500_000))
        CALL["propose"](call, actor=by)
    return call


def told(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.render("en") for reason in refused.value.reasons]


def test_a_deputy_takes_the_directors_step_and_both_names_are_recorded(director: Actor, second: Actor) -> None:
    call = proposed_call(person("officer_e", "officer"))
    with pytest.raises(Refused), transaction():
        CALL["approve"](call, actor=signed_in(second))
    deputy = named(director, second)

    with transaction():
        CALL["approve"](call, actor=signed_in(second))

    with whole(SYSTEM, "look"):
        assert call.state is CallState.PUBLISHED
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "Call.approve")).first()
        assert event is not None
        assert (event.actor_id, event.principal_id) == (second.user_id, director.user_id)
        assert event.who == "示例officer_d 代 示例director_d（代理）"
        assert {one.action for one in acts_of(deputy)} == {"Call.approve"}
    assert audit.verify().is_whole


def test_whoever_worked_on_a_record_does_not_decide_it_as_a_deputy(director: Actor, second: Actor) -> None:
    call = proposed_call(second)
    named(director, second)

    with pytest.raises(Refused) as refused, transaction():
        CALL["approve"](call, actor=signed_in(second))

    assert "You worked on this yourself before, so you cannot decide it as the deputy of 示例director_d." in told(
        refused
    )
    offered = {step.name: reasons for step, reasons in CALL.offered(call, signed_in(second))}
    assert offered["approve"]


def test_finance_is_no_deputy_for_payments_contracts_and_adjustments(director: Actor) -> None:
    lent = borrowed_by(("finance",), "director")

    assert ("approve", "Call") in lent
    assert {kind for _verb, kind in lent} & {"Instalment", "Contract", "BudgetAdjustment", "Deputy"} == set()
    assert ("approve", "Instalment") in borrowed_by(("officer",), "director")
    assert borrowed_by(("funder",), "director") == borrowed_by(("auditor",), "director") == frozenset()
    assert borrowed_by(("org_admin",), "director") == frozenset()


def test_it_ends_at_once_and_by_its_last_day(director: Actor, second: Actor) -> None:
    deputy = named(director, second, days=2)
    assert signed_in(second).may("approve", "Call")
    with whole(SYSTEM, "look"):
        assert list(deputies_in_force("director")) == [second.user_id]
    with time_machine.travel(now() + timedelta(days=3)):
        assert not signed_in(second).may("approve", "Call")

    with pytest.raises(Refused), transaction():
        end_deputy(deputy, actor=person("director_f", "director"))
    with transaction():
        end_deputy(deputy, actor=director)

    assert not signed_in(second).may("approve", "Call")
    with pytest.raises(Refused) as refused, transaction():
        end_deputy(deputy, actor=director)
    assert told(refused) == [f"This is over since {today():%Y-%m-%d}."]


def test_the_duty_goes_with_the_director(director: Actor, second: Actor) -> None:
    named(director, second)
    with transaction(), whole(SYSTEM, "set-up"):
        db.session.connection().exec_driver_sql("DELETE FROM ab_user_role WHERE user_id = %s", (director.user_id,))
    assert not signed_in(second).may("approve", "Call")


def test_what_cannot_be_is_told_field_by_field(director: Actor, second: Actor) -> None:
    funder = person("funder_d", "funder")
    assert set(candidates(director)) == {second.user_id}
    with pytest.raises(Invalid) as invalid, transaction():
        name_deputy(
            actor=director,
            deputy_id=funder.user_id or 0,
            from_day=today() - timedelta(days=1),
            to_day=today() + timedelta(days=200),
            reason=" ",
        )
    assert set(invalid.value.problems) == {"deputy_id", "from_day", "to_day", "reason"}
    named(director, second)
    with pytest.raises(Refused) as refused:
        named(director, person("officer_g", "officer"))
    assert told(refused) == ["There is a deputy on some of these days already. End that first."]
    with pytest.raises(Refused), transaction():
        name_deputy(actor=signed_in(second), deputy_id=1, from_day=today(), to_day=today(), reason="转")


def test_the_director_is_told_the_next_morning_and_at_the_end_once_each(director: Actor, second: Actor) -> None:
    call = proposed_call(person("officer_e", "officer"))
    named(director, second, days=1)
    with transaction():
        CALL["approve"](call, actor=signed_in(second))

    def heard() -> list[str]:
        with whole(SYSTEM, "look"):
            wanted = select(Message.kind).where(Message.recipient_id == director.user_id, Message.kind.like("deputy%"))
            return sorted(db.session.scalars(wanted))

    assert tell_of_deputies(SYSTEM) == 0
    with time_machine.travel(now() + timedelta(days=1)):
        tell_of_deputies(SYSTEM)
        tell_of_deputies(SYSTEM)
        assert heard() == ["deputy.done"]
    with time_machine.travel(now() + timedelta(days=3)):
        tell_of_deputies(SYSTEM)
        tell_of_deputies(SYSTEM)
        assert heard() == ["deputy.done", "deputy.ended"]


def test_the_director_names_a_deputy_on_a_page_and_reads_what_was_done(
    director: Actor, second: Actor, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    sign_in(client, "director_d")
    form = {
        "csrf_token": token_of(client.get("/deputies/name").get_data(as_text=True)),
        "deputy_id": str(second.user_id),
        "from_day": today().isoformat(),
        "to_day": today().isoformat(),
        "reason": "外出",
    }
    assert client.post("/deputies/name", data=form | {"to_day": ""}).status_code == 422
    done = client.post("/deputies/name", data=form)
    assert done.status_code == 302
    call = proposed_call(person("officer_e", "officer"))
    call_id = call.id
    with transaction():
        CALL["approve"](call, actor=signed_in(second))
    page = client.get(done.headers["Location"]).get_data(as_text=True)
    assert f'href="/calls/{call_id}"' in page
    assert "示例officer_d 代 示例director_d（代理）" in client.get(f"/calls/{call_id}").get_data(as_text=True)
    ended = client.post(f"{done.headers['Location']}/end", data={"csrf_token": form["csrf_token"]})
    assert ended.status_code == 302
    assert "代理已结束" in client.get(ended.headers["Location"]).get_data(as_text=True)
