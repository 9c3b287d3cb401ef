"""The pages of a merge: both files side by side, what was chosen, where old addresses lead; and two at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier, Event

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import db, transaction
from kernel.errors import NotFound, Refused
from kernel.scope import see_as, whole
from orgs.models import Inspection, Organization, OrganizationMerge
from orgs.operations import approve_merge, propose_merge, record_inspection
from orgs.states import InspectionResult, MergeState
from tests.factories.orgs import SET_UP, InspectionFactory, OrganizationFactory, credit_code, person
from tests.factories.programs import program
from tests.orgs.conftest import send

pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[..., FlaskClient]
REASON = "示例：同一家机构"
NAMES = ("示例·木兰家庭服务中心", "示例·木兰家庭服务社")


def two() -> tuple[Organization, Organization]:
    kept = OrganizationFactory(name=NAMES[0], number=1, staff_count=7)
    return kept, OrganizationFactory(name=NAMES[1], credit_code=credit_code(1, area="310115"), staff_count=9)


def test_both_files_are_shown_side_by_side_and_what_is_chosen_is_proposed(
    db_session: Session, client: FlaskClient, sign_in: SignIn, officer: Actor
) -> None:
    kept, gone = two()
    ours = InspectionFactory(organization_id=kept.id, result=InspectionResult.UNDECIDED)
    InspectionFactory(organization_id=gone.id)
    at, pk, key = f"/merges/of/{kept.id}?credit_code={gone.credit_code}", kept.id, f"inspection:{ours.id}"
    sign_in(client, "officer")

    page = client.get(at).get_data(as_text=True)
    unsaid = send(client, at, **{"credit_code": credit_code(1, area="310115"), "side-staff_count": "theirs"})
    told = {"credit_code": credit_code(1, area="310115"), "side-staff_count": "theirs", f"side-{key}": "theirs"}
    done = send(client, at, reason=REASON, **told, **{"side-name": "ours", "side-service_fields": "both"})
    with whole(SET_UP, "tests"):
        merge = db.session.scalars(select(OrganizationMerge)).one()
        taken, proposal = list(merge.taken), merge.id
    shown = client.get(f"/merges/{proposal}").get_data(as_text=True)

    assert all(word in page for word in (*NAMES, "不能同时保留的内容", "另一条移出档案"))
    assert unsaid.status_code == 422
    assert "请说明两份档案为何属于同一家机构" in unsaid.get_data(as_text=True)
    assert (done.status_code, taken) == (302, [key, "service_fields+", "staff_count"])
    assert "取自被并入的档案" in shown
    assert client.get(f"/organizations/{pk}").status_code == 200


@pytest.mark.parametrize("code", ["", "123", credit_code(1), credit_code(99)])
def test_the_other_file_is_asked_for_where_none_is_named(
    db_session: Session, client: FlaskClient, sign_in: SignIn, officer: Actor, code: str
) -> None:
    pk = two()[0].id
    sign_in(client, "officer")

    answer = client.get(f"/merges/of/{pk}?credit_code={code}")

    assert answer.status_code == (422 if code else 200)
    assert "另一家机构的统一社会信用代码" in answer.get_data(as_text=True)


def test_an_old_address_leads_on_for_staff_and_for_its_own_people_and_nobody_else(
    db_session: Session, client: FlaskClient, sign_in: SignIn, officer: Actor, director: Actor
) -> None:
    kept, gone = two()
    person("org_admin", organization=gone, username="moved")
    person("org_admin", organization=OrganizationFactory(number=77), username="stranger")
    see_as(officer)
    merge = propose_merge(kept, actor=officer, credit_code=gone.credit_code, reason=REASON)
    see_as(director)
    approve_merge(merge, actor=director)
    old, new, done = gone.id, kept.id, merge.id
    db.session().info.pop("view")  # the door reads under its own role
    db.session.commit()

    led = [sign_in(client, name).get(f"/organizations/{old}") for name in ("officer", "moved")]
    strange = sign_in(client, "stranger").get(f"/organizations/{old}")
    absent = client.get("/organizations/99999999")
    page = sign_in(client, "director").get(f"/merges/{done}").get_data(as_text=True)
    history = client.get(f"/organizations/{new}/history").get_data(as_text=True)

    assert [(one.status_code, one.headers["Location"]) for one in led] == [(302, f"/organizations/{new}")] * 2
    assert strange.status_code == absent.status_code == 404
    assert "已转入的内容" in page
    assert "两份档案合并" in history


def test_an_old_number_leads_programs_on_for_staff_and_for_its_own_people_and_nobody_else(
    app: Flask, db_session: Session, officer: Actor, director: Actor
) -> None:
    kept, gone = two()
    moved = person("org_admin", organization=gone, username="moved")
    stranger = person("org_admin", organization=OrganizationFactory(number=77), username="stranger")
    see_as(officer)
    merge = propose_merge(kept, actor=officer, credit_code=gone.credit_code, reason=REASON)
    see_as(director)
    approve_merge(merge, actor=director)
    old, new = f"/api/v1/organizations/{gone.id}", f"/api/v1/organizations/{kept.id}"
    db.session().info.pop("view")  # the door reads under its own role
    staff, own, other = (program(app, one) for one in (officer, moved, stranger))

    led = [
        staff.get(old),
        staff.patch(old, {"version": 1, "staff_count": 3}),
        staff.send(f"{old}/steps/record_inspection", {"version": 1, "year": 2025, "result": "passed"}),
        own.get(old),
    ]
    followed = [
        one.get(answer.headers["Location"]).json["result"]["name"] for one, answer in ((staff, led[0]), (own, led[3]))
    ]
    strange, absent = other.get(old), other.get("/api/v1/organizations/99999999")
    changed = other.patch(old, {"version": 1, "staff_count": 3})
    visitor = app.test_client().get(old)

    assert [(one.status_code, one.headers["Location"]) for one in led] == [(410, new)] * 4
    assert set(led[0].json) == {"code", "reasons", "fields", "request"}
    told = f"This record was merged into another one, which goes on under the number {kept.id}."
    assert (led[0].json["code"], led[0].json["reasons"]) == (410, [told])
    assert followed == [NAMES[0]] * 2
    assert strange.status_code == absent.status_code == changed.status_code == 404
    assert strange.json | {"request": ""} == absent.json | {"request": ""}
    assert "Location" not in strange.headers
    assert (visitor.status_code, "Location" in visitor.headers) == (401, False)


def test_two_directors_who_approve_at_once_merge_once(app: Flask, committed_database: object) -> None:
    with transaction(), whole(SET_UP, "set-up"):
        kept, gone = two()
        officer, *directors = [person(role) for role in ("officer", "director", "director")]
    pk, start = _propose(kept, gone, officer), Barrier(2)

    def approve(director: Actor) -> str:
        see_as(director)
        try:
            with transaction():
                merge = db.session.scalars(select(OrganizationMerge).where(OrganizationMerge.id == pk)).one()
                start.wait(10)
                approve_merge(merge, actor=director)
        except Refused:
            return "refused"
        finally:
            db.session.remove()
        return "merged"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(approve, directors))

    assert told == ["merged", "refused"]
    with whole(SET_UP, "tests"):
        assert db.session.scalars(select(OrganizationMerge.state)).all() == [MergeState.MERGED]
        assert len(db.session.scalars(select(Organization.id)).all()) == 1
    db.session.remove()


def test_what_is_written_for_a_file_while_it_goes_hangs_on_nothing(app: Flask, committed_database: object) -> None:
    with transaction(), whole(SET_UP, "set-up"):
        kept, gone = two()
        officer, director = person("officer"), person("director")
    pk, held = _propose(kept, gone, officer), Event()

    def write() -> str:
        see_as(officer)
        found = db.session.scalars(select(Organization).where(Organization.id == gone.id)).one()
        held.wait(10)
        try:
            with transaction():
                record_inspection(found, actor=officer, year=2025, result=InspectionResult.PASSED)
        except (NotFound, Refused):
            return "told why not"
        finally:
            db.session.remove()
        return "written"

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        see_as(director)
        with transaction():
            merge = db.session.scalars(select(OrganizationMerge).where(OrganizationMerge.id == pk)).one()
            approve_merge(merge, actor=director)
            held.set()
            wait([writing], timeout=0.5)
        assert writing.result(10) == "told why not"
    with whole(SET_UP, "tests"):
        assert db.session.scalars(select(Inspection.id)).all() == []
    db.session.remove()


def _propose(kept: Organization, gone: Organization, officer: Actor) -> int:
    see_as(officer)
    with transaction():
        pk = propose_merge(kept, actor=officer, credit_code=gone.credit_code, reason=REASON).id
    db.session.remove()
    return pk
