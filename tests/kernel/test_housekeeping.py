"""What the house does for itself at night."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.accounts import add_user
from kernel.actor import Actor
from kernel.clock import now
from kernel.db import db, transaction
from kernel.files import Storage, use_storage
from kernel.housekeeping import forget_runs, forget_sessions, recount_trail, sweep_files
from kernel.jobs import Job, run_job
from kernel.scope import whole
from kernel.sessions import WEB_SESSION, attempts_left, identify, start_session

SYSTEM = Actor.system("tests")


def test_contents_that_nobody_owns_go_after_a_day(db_session: Session, tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    use_storage(storage)
    with storage.received(BytesIO(b"left over"), "a.pdf", limit=100) as path:
        kept = storage.keep(path)

    assert sweep_files(SYSTEM) == 0
    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        assert sweep_files(SYSTEM) == 1
    assert not storage.holds(kept.sha256)


def test_sessions_that_are_over_are_forgotten_and_living_ones_stay(db_session: Session) -> None:
    with transaction(), whole(SYSTEM, "set-up"):
        user_id = add_user("mei", "梅", "mei@example.org", password_hash="", codes=["logadmin"])
    db.session.remove()
    start_session(user_id, locale="zh", address="", agent="")
    attempts_left("key", most=5, minutes=1)

    with time_machine.travel(now() + timedelta(days=8), tick=False):
        living = start_session(user_id, locale="zh", address="", agent="")
        assert forget_sessions(SYSTEM) == 1
        assert identify(living) is not None
    assert len(db.session.execute(select(WEB_SESSION.c.id)).all()) == 1


def test_a_trail_that_was_changed_fails_its_job(db_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = type("Verdict", (), {"is_whole": False, "broken": (3, 4), "rows": 9})
    monkeypatch.setattr("kernel.audit.verify", lambda: verdict)

    with pytest.raises(RuntimeError, match="rows 3, 4 of the trail do not fit"):
        recount_trail(SYSTEM)


def test_runs_of_jobs_are_forgotten_after_a_month(db_session: Session) -> None:
    run_job(Job("often", lambda _actor: 1, every_seconds=5))
    with time_machine.travel(now() + timedelta(days=31), tick=False):
        run_job(Job("often", lambda _actor: 1, every_seconds=5))
        assert forget_runs(SYSTEM) == 1
