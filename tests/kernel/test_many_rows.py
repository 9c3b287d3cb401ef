"""Many rows written at once: as they were given, in their order, with what they leave out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.clock import now
from kernel.many_rows import insert_rows, update_rows
from kernel.scope import Sight, whole

DEED = Actor.system("tests")
KINDS = ["it's", 'say "so"', "a\\b", "换\n行", "{}", "%s :kind", ""]


def sight(number: int, **other: Any) -> dict[str, Any]:
    return {"user_id": number, "kind": "Thing", "record_id": 7, "opens_at": now(), "closes_at": None, **other}


def test_rows_are_written_as_they_are_and_their_ids_follow_their_order(db_session: Session) -> None:
    with whole(DEED, "many"):
        ids = insert_rows(Sight, [sight(1000 - place, kind=kind) for place, kind in enumerate(KINDS)])
        written = {one.id: one for one in db_session.scalars(select(Sight).where(Sight.record_id == 7))}

    assert [written[pk].kind for pk in ids] == KINDS
    assert [written[pk].user_id for pk in ids] == [1000 - place for place in range(len(KINDS))]
    assert {(one.version, one.closes_at) for one in written.values()} == {(1, None)}
    assert all(timedelta(0) <= now() - one.opens_at < timedelta(minutes=1) for one in written.values())


def test_rows_are_changed_by_their_ids_and_no_other(db_session: Session) -> None:
    with whole(DEED, "many"):
        first, second, third = insert_rows(Sight, [sight(1), sight(2), sight(3)])
        closes: datetime = now() + timedelta(days=3, microseconds=1)
        update_rows(Sight, [{"id": third, "closes_at": closes}, {"id": first, "closes_at": None}])
        written = {one.id: one.closes_at for one in db_session.scalars(select(Sight).where(Sight.record_id == 7))}

    assert written == {first: None, second: None, third: closes}


def test_no_rows_are_no_statement(db_session: Session) -> None:
    with whole(DEED, "many"):
        assert insert_rows(Sight, []) == []
        update_rows(Sight, [])


def test_what_a_constraint_refuses_is_refused_for_all(db_session: Session) -> None:
    with whole(DEED, "many"):
        with pytest.raises(IntegrityError, match="ix_sight_user_kind"), db_session.begin_nested():
            insert_rows(Sight, [sight(1), sight(2), sight(1)])
        assert db_session.scalars(select(Sight.id).where(Sight.record_id == 7)).all() == []
