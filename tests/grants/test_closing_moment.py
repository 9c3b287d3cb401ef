"""The closing moment under load: whoever hands in at that second is in before it, or not at all, and loses nothing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from grants.models import Application, ApplicationVersion, Call
from grants.operations.applications import hand_in
from grants.operations.calls import open_and_close_calls
from grants.states import ApplicationState, CallState
from kernel.actor import Actor
from kernel.clock import now
from kernel.db import db, transaction
from kernel.errors import Refused
from kernel.files import Storage, use_storage
from kernel.papers import IssuedPaper
from kernel.scope import whole
from tests.factories.grants import draft_application, member, open_call
from tests.factories.people import organization

SYSTEM = Actor.system("tests")
CROWD = 12


@pytest.fixture(autouse=True)
def _storage(tmp_path: Path) -> None:
    use_storage(Storage(tmp_path))


def _press(told: tuple[int, Actor, datetime, float]) -> str:
    """Press the button at a moment near the closing one; gives "in", or the sentence of the refusal."""
    pk, actor, closes_at, offset = told
    time.sleep(max(0.0, (closes_at - now()).total_seconds() + offset))
    try:
        with transaction():
            with whole(SYSTEM, "find"):
                application = db.session.scalars(select(Application).where(Application.id == pk)).one()
            hand_in(application, actor=actor, key=uuid4())
    except Refused as refused:
        return refused.reasons[0].render("en")
    finally:
        db.session.remove()
    return "in"


def _close(closes_at: datetime) -> str:
    """Do as the clock's own job: close the call as soon as its moment has come."""
    time.sleep(max(0.0, (closes_at - now()).total_seconds()))
    with transaction():
        open_and_close_calls(actor=SYSTEM)
    db.session.remove()
    return "closed"


def test_nobody_is_late_by_a_moment_and_nobody_in_time_is_refused(app: Flask, committed_database: object) -> None:
    call = open_call()
    people = [member("org_admin", 8100 + n, organization(n + 1).id) for n in range(CROWD)]
    drafts = [draft_application(call, person, title=f"示例项目 {n}").id for n, person in enumerate(people)]
    closes_at = now() + timedelta(seconds=2)
    with transaction(), whole(SYSTEM, "set-up"):
        db.session.connection().execute(update(Call).values(closes_at=closes_at))
    db.session.remove()

    offsets = [-1.5 + 2 * n / CROWD for n in range(CROWD)]
    with ThreadPoolExecutor(CROWD + 1) as crowd:
        closing = crowd.submit(_close, closes_at)
        answers = list(
            crowd.map(_press, [(pk, one, closes_at, at) for pk, one, at in zip(drafts, people, offsets, strict=True)])
        )
        assert closing.result() == "closed"

    with whole(SYSTEM, "look"):
        found = {one.id: one for one in db.session.scalars(select(Application))}
        versions = {one.application_id for one in db.session.scalars(select(ApplicationVersion))}
        receipts = len(db.session.scalars(select(IssuedPaper)).all())
        state = db.session.scalars(select(Call.state)).one()
    accepted = {pk for pk, answer in zip(drafts, answers, strict=True) if answer == "in"}
    assert 0 < len(accepted) < CROWD
    assert {pk for pk, one in found.items() if one.state is ApplicationState.SUBMITTED} == accepted == versions
    assert receipts == len(accepted)
    assert all((found[pk].submitted_at or closes_at) < closes_at for pk in accepted)
    late = [(found[pk], answer) for pk, answer in zip(drafts, answers, strict=True) if answer != "in"]
    assert {answer.split(";")[0][:19] for _one, answer in late} == {"The call closed at "}
    assert all(one.state is ApplicationState.DRAFT and one.need and one.submitted_at is None for one, _answer in late)
    assert state is CallState.CLOSED
