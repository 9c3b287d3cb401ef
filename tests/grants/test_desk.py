"""The officers' desk: stages with their counts, steps on many applications, and archives that a job makes."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from grants.models import Application, Bundle
from grants.operations import bundles
from grants.operations.bundles import ask_for_bundle, forget_bundles, make_bundles
from grants.operations.desk import sorted_for_step, take_step_on_many
from grants.queries.desk import counts_by_stage
from grants.states import ApplicationState, BundleState, CheckOutcome
from kernel.clock import now
from kernel.db import db, transaction
from kernel.errors import Refused
from kernel.files import Storage, StoredFile, current_storage, use_storage
from kernel.notices import Message
from kernel.scope import see_as, whole
from kernel.workflow import bulk_load
from tests.factories.grants import draft_application, member, officer, open_call, submitted_application
from tests.factories.orgs import OrganizationFactory
from tests.factories.people import SYSTEM, person, post

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def storage(tmp_path: Path) -> Any:
    before = current_storage()
    use_storage(Storage(tmp_path / "files"))
    yield current_storage()
    use_storage(before)


@pytest.fixture
def three(db_session: Session, storage: Storage) -> list[Application]:
    """Three applications of one call: two handed in, one a draft."""
    call = open_call()
    people = [member("org_admin", 900 + place, OrganizationFactory().id) for place in range(3)]
    handed_in = [submitted_application(call, one, title=f"陪伴计划 {place}") for place, one in enumerate(people[:2])]
    return [*handed_in, draft_application(call, people[2])]


def settle(*applications: Application) -> None:
    with transaction(), whole(SYSTEM, "set-up"), bulk_load():
        for application in applications:
            for check in application.checks:
                check.outcome = check.found = CheckOutcome.PASSED


def found(application: Application, outcome: CheckOutcome) -> None:
    """Let the first check of an application come to something else."""
    with transaction(), whole(SYSTEM, "set-up"):
        application.checks[0].outcome = application.checks[0].found = outcome


def bundle_for(applications: list[Application]) -> Bundle:
    actor = person(f"desk{applications[0].id}", "officer")
    with transaction():
        return ask_for_bundle([one.id for one in applications], actor=actor)


# Stages and steps on many


def test_stages_count_each_application_where_it_stands(three: list[Application]) -> None:
    first, second, _draft = three
    settle(first, second)
    found(first, CheckOutcome.MANUAL)
    found(second, CheckOutcome.FAILED)

    see_as(officer())
    assert counts_by_stage(first.call_id) == {
        "": 3, "check": 2, "manual": 1, "failed": 1, "returned": 0, "qualified": 0, "reviewing": 0, "decided": 0
    }  # fmt: skip
    assert counts_by_stage(first.call_id + 1)[""] == 0


def test_a_step_is_taken_by_all_it_is_possible_for_and_by_none_when_one_cannot(three: list[Application]) -> None:
    first, second, _draft = three
    settle(first)
    found(second, CheckOutcome.FAILED)

    ids = [one.id for one in three]
    able, left = sorted_for_step(three, "qualify", actor=officer())
    assert [one.id for one in able] == ids[:1]
    assert [one.id for one, _reasons in left] == ids[1:]
    with pytest.raises(Refused), transaction():
        take_step_on_many(ids[:2], "qualify", actor=officer())

    assert states_of(ids) == [ApplicationState.SUBMITTED, ApplicationState.SUBMITTED, ApplicationState.DRAFT]
    with transaction():
        assert take_step_on_many(ids[:1], "qualify", actor=officer()) == 1
    assert states_of(ids)[0] is ApplicationState.QUALIFIED


def states_of(ids: list[int]) -> list[ApplicationState]:
    with whole(SYSTEM, "look"):
        found = dict(db.session.execute(select(Application.id, Application.state)).all())
    return [found[one] for one in ids]


def test_the_page_shows_what_a_step_would_do_and_does_it(
    three: list[Application], client: FlaskClient, sign_in: SignIn
) -> None:
    first, second, _draft = three
    settle(first)
    found(second, CheckOutcome.FAILED)
    ids, number = [one.id for one in three], second.number
    person("desk", "officer")
    sign_in(client, "desk")
    chosen = {"action": "qualify", "rowid": ids}

    look = post(client, "/applications/chosen/", chosen).get_data(as_text=True)
    done = post(client, "/applications/chosen/", {"action": "qualify", "stage": "sure", "rowid": str(ids[0])})

    assert look.count("<del>") == 0
    assert "可办理 1 件" in look
    assert number in look
    assert done.status_code == 302
    assert states_of(ids) == [ApplicationState.QUALIFIED, ApplicationState.SUBMITTED, ApplicationState.DRAFT]


def test_two_hundred_and_one_at_once_are_too_many() -> None:
    with pytest.raises(Refused):
        take_step_on_many(range(1, 202), "qualify", actor=officer())


# Archives


def test_an_archive_holds_papers_checks_and_files_with_their_hashes(three: list[Application], storage: Storage) -> None:
    bundle = bundle_for(three)

    assert make_bundles(SYSTEM) == 1

    with whole(SYSTEM, "look"):
        made = db.session.scalars(select(Bundle).where(Bundle.id == bundle.id)).one()
        file = made.file
        told = db.session.scalars(select(Message).where(Message.kind == "bundle.made")).all()
    assert made.state is BundleState.MADE
    assert (made.done, made.total) == (2, 2)
    assert file is not None
    assert file.restricted
    assert [one.recipient_id for one in told] == [made.asked_by_id]
    with zipfile.ZipFile(storage.path_of(file.sha256)) as archive:
        names = archive.namelist()
        listed = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
        assert archive.testzip() is None
        hashes = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names if name != "manifest.csv"}
    folders = {name.split("/")[0] for name in names if "/" in name}
    assert folders == {f"{one.number} {one.title}" for one in three[:2]}
    assert {row["文件"]: row["SHA-256"] for row in listed} == hashes
    for one in three[:2]:
        own = [name for name in names if name.startswith(one.number)]
        assert sum(name.endswith(f"{one.number}-v1.pdf") for name in own) == 1
        assert sum(name.endswith("/checks.csv") for name in own) == 1
        assert len(own) == 2 + len(files_there(one))


def files_there(application: Application) -> list[StoredFile]:
    with whole(SYSTEM, "look"):
        wanted = select(StoredFile).where(
            StoredFile.owner_kind == "Application",
            StoredFile.owner_id == application.id,
            StoredFile.kind != "receipt",
            StoredFile.superseded_by_id.is_(None),
        )
        return list(db.session.scalars(wanted))


def test_an_archive_that_cannot_be_made_is_put_aside_and_the_next_is_made(
    three: list[Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = bundle_for([three[0]]), bundle_for([three[1]])
    put = bundles._put_application

    def fail_once(archive: Any, application_id: int) -> None:
        if application_id == three[0].id:
            raise OSError("no space left")
        put(archive, application_id)

    monkeypatch.setattr(bundles, "_put_application", fail_once)
    assert make_bundles(SYSTEM) == 1

    with whole(SYSTEM, "look"):
        db.session.expire_all()
        found = {one.id: one for one in db.session.scalars(select(Bundle))}
    assert found[broken.id].state is BundleState.FAILED
    assert found[broken.id].problem is not None
    assert found[sound.id].state is BundleState.MADE


def test_an_archive_is_removed_after_a_week(three: list[Application]) -> None:
    bundle = bundle_for(three)
    make_bundles(SYSTEM)

    with time_machine.travel(now() + timedelta(days=6), tick=False):
        assert forget_bundles(SYSTEM) == 0
    with time_machine.travel(now() + timedelta(days=7, minutes=1), tick=False), transaction():
        assert forget_bundles(SYSTEM) == 1

    with whole(SYSTEM, "look"):
        db.session.expire_all()
        gone = db.session.scalars(select(Bundle).where(Bundle.id == bundle.id)).one()
        assert db.session.scalars(select(StoredFile).where(StoredFile.owner_kind == "Bundle")).all() == []
    assert (gone.state, gone.file_id) == (BundleState.FORGOTTEN, None)


def test_drafts_alone_make_no_archive_and_organizations_take_nothing_out(three: list[Application]) -> None:
    admin = member("org_admin", 900, three[0].organization_id)

    with pytest.raises(Refused):
        ask_for_bundle([three[2].id], actor=officer())
    with pytest.raises(Refused):
        ask_for_bundle([three[0].id], actor=admin)
    bundle_for(three)
    see_as(admin)
    with pytest.raises(ProgrammingError, match="permission denied"):
        db.session.scalars(select(Bundle)).all()
