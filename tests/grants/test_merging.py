"""All that the programme holds of an organization follows it into the file that stays; what is frozen stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from grants.models import (
    Application,
    ApplicationVersion,
    Award,
    BudgetLine,
    Contract,
    CorrectionPoint,
    Instalment,
    Journal,
    Project,
)
from grants.queries.projects import figures_of_organization
from kernel.actor import Actor, ReaderKind
from kernel.db import db, transaction
from kernel.files import Storage, use_storage
from kernel.scope import see_as, whole
from orgs.models import Organization
from orgs.operations import approve_merge, propose_merge, register_organization
from tests.factories.awards import awarding, crew, signed_project
from tests.factories.people import SYSTEM, credit_code, person
from tests.factories.programs import program

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def clock(tmp_path: Path) -> Iterator[None]:
    use_storage(Storage(tmp_path))
    with time_machine.travel("2026-11-24T02:00:00Z", tick=False):
        yield


def owners_of(model: Any) -> set[int]:
    with whole(SYSTEM, "tests"):
        return set(db.session.scalars(select(model.organization_id)))


def test_applications_projects_and_money_follow_and_what_was_handed_in_stays(db_session: Session) -> None:
    made = awarding(("91.5",))
    see_as(Actor(name="the story", kind=ReaderKind.STAFF))
    gone = made.applications[0].organization
    people = crew(gone.id)
    project = signed_project(made, people)
    with transaction(), whole(SYSTEM, "set-up") as session:
        version = ApplicationVersion(
            application_id=made.applications[0].id,
            organization_id=gone.id,
            number=1,
            snapshot={"organization": gone.name},
            sha256="0" * 64,
            submitted_by="示例",
        )
        session.add(version)
    kept = _register(5001)
    before = figures_of_organization_of(gone.id)
    books = _postings()
    old, name = gone.id, gone.name

    see_as(people.officer)
    with transaction():
        merge = propose_merge(kept, actor=people.officer, credit_code=gone.credit_code, reason="示例：同一家机构")
    see_as(people.director)
    with transaction():
        approve_merge(merge, actor=people.director)

    for model in (Application, Award, Project, Contract, Instalment, BudgetLine):
        assert owners_of(model) <= {kept.id}
    assert owners_of(Project) == {kept.id}
    assert owners_of(ApplicationVersion) == {old}
    assert figures_of_organization_of(kept.id) == before
    with whole(SYSTEM, "tests"):
        left = db.session.scalars(select(Organization).where(Organization.id == kept.id)).one()
        assert (left.projects_running, left.projects_total, left.received) == before
        assert db.session.scalars(select(ApplicationVersion.snapshot)).one() == {"organization": name}
        assert db.session.scalar(select(Project.id).where(Project.organization_id == kept.id)) == project.id
    assert _postings() == books
    assert (merge.moved["Applications"], merge.moved["Projects"], merge.moved["People"]) == (1, 1, 3)


def test_a_list_of_programs_by_the_old_number_holds_what_the_new_one_holds(app: Flask, db_session: Session) -> None:
    made = awarding(("91.5",))
    gone, kept, other = made.applications[0].organization, _register(5001), _register(5002)
    people, old = crew(gone.id), gone.id
    project = signed_project(made, people)
    of_other = person("org_o", "org_admin", organization_id=other.id)
    see_as(people.officer)
    with transaction():
        merge = propose_merge(kept, actor=people.officer, credit_code=gone.credit_code, reason="示例：同一家机构")
    see_as(people.director)
    with transaction():
        approve_merge(merge, actor=people.director)
    db.session().info.pop("view")  # the door reads under its own role
    officer, stranger = program(app, people.officer), program(app, of_other)

    told = {
        (one.user_id, kind, number): [
            row["id"] for row in one.get(f"/api/v1/{kind}?organization={number}").json["result"]
        ]
        for one in (officer, stranger)
        for kind in ("applications", "projects", "instalments")
        for number in (old, kept.id)
    }

    assert told[officer.user_id, "applications", old] == [made.applications[0].id]
    assert told[officer.user_id, "projects", old] == [project.id]
    for kind in ("applications", "projects", "instalments"):
        assert told[officer.user_id, kind, old] == told[officer.user_id, kind, kept.id] != []
        assert told[stranger.user_id, kind, old] == []


def test_who_saw_a_note_of_a_correction_sees_it_after_the_merge_and_nobody_else(db_session: Session) -> None:
    made = awarding(("91.5",))
    application = made.applications[0]
    gone, kept, other = application.organization, _register(5001), _register(5002)
    with transaction(), whole(SYSTEM, "set-up") as session:
        told = {"section_version": 0, "version_number": 1, "author": "示例"}
        session.add(CorrectionPoint(application_id=application.id, section="risk", comment="请补充。", **told))
    people = crew(gone.id)
    of_gone = people.org_lead
    of_kept = person("org_k", "org_admin", organization_id=kept.id)
    stranger = person("org_s", "org_admin", organization_id=other.id)

    assert [notes_seen_by(who) for who in (of_gone, of_kept, stranger)] == [1, 0, 0]

    see_as(people.officer)
    with transaction():
        merge = propose_merge(kept, actor=people.officer, credit_code=gone.credit_code, reason="示例：同一家机构")
    see_as(people.director)
    with transaction():
        approve_merge(merge, actor=people.director)
    of_gone = replace(of_gone, organization_id=kept.id)

    assert [notes_seen_by(who) for who in (of_gone, of_kept, stranger)] == [1, 1, 0]


def notes_seen_by(who: Actor) -> int:
    """Count the notes in somebody's sight, which is the sight of their applications; both locks of the house hold it."""
    see_as(who)
    seen = set(db.session.scalars(select(CorrectionPoint.application_id)))
    by_rows = set(db.session.connection().scalars(text("SELECT application_id FROM correction_point")))
    assert seen == by_rows <= set(db.session.scalars(select(Application.id)))
    return len(seen)


def figures_of_organization_of(organization_id: int) -> tuple[int, int, Decimal]:
    with whole(SYSTEM, "tests"):
        found = figures_of_organization(organization_id)
    return found.running, found.total, found.received


def _postings() -> int | None:
    with whole(SYSTEM, "tests"):
        return db.session.scalar(select(func.count()).select_from(Journal))


def _register(serial: int) -> Organization:
    with transaction():
        return register_organization(actor=SYSTEM, credit_code=credit_code(serial), name="示例·保留的机构")
