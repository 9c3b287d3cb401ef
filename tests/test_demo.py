"""The demo programme, loaded small on two days: whatever it tells must be true of the books and of the rules."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, select, text

from evaluation.models import Evaluation, Review
from evaluation.queries.evaluations import columns_of, sheet_score
from evaluation.queries.reviews import items_of, total_of
from evaluation.queries.sets import set_of
from evaluation.scoring import review_score
from evaluation.states import EvaluationState, ReviewState, ScoreColumn
from grants.models import Application, Call, Instalment, Project
from grants.rules.applications import problems_of
from grants.settlement import last_payment
from grants.states import (
    ApplicationState,
    CallState,
    ContractState,
    InstalmentState,
    ProjectState,
)
from kernel.actor import Actor
from kernel.audit import verify
from kernel.clock import at
from kernel.database import Server, app_engine
from kernel.database.server import create_database, drop_database
from kernel.db import db
from kernel.demo import PASSWORD, Summary, load
from kernel.files import Storage, files_of, use_storage
from kernel.firstday import SIGN_INS
from kernel.scope import whole
from kernel.settings import Settings
from orgs.credit_code import is_valid
from orgs.models import Organization

DAYS = (date(2026, 11, 24), date(2026, 3, 2))
SMALL = 0.02


@dataclass(frozen=True)
class World:
    """A small demo programme in a database of its own, with the clock stopped on its morning."""

    day: date
    summary: Summary
    engine: Engine


@contextmanager
def _loaded(day: date, settings: Settings, server: Server, template: str, files: Path, name: str) -> Iterator[World]:
    """Load the programme of a day into a database of its own, the clock stopped on that morning."""
    database = f"yulan_demo_{day:%m%d}_{name}_{os.getpid()}"
    drop_database(server, database)
    create_database(server, database, template=template)
    engine = app_engine(server.at(database).app_url)
    use_storage(Storage(files))
    with time_machine.travel(at(day, 9)):
        db.bind(engine)
        yield World(day, load(settings, day, scale=SMALL), engine)
        db.session.remove()
        engine.dispose()
        db.engine = None
        db.factory.configure(bind=None)
    drop_database(server, database)


@pytest.fixture(scope="module", params=DAYS, ids=str)
def world(
    request: pytest.FixtureRequest,
    app: Flask,
    settings: Settings,
    server: Server,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    with _loaded(request.param, settings, server, template, tmp_path_factory.mktemp("files"), "1") as loaded:
        yield loaded


@pytest.fixture
def seen(world: World) -> Iterator[World]:
    """The world, read with full sight."""
    with whole(Actor.system("tests"), "tests"):
        yield world
    db.session.rollback()


def ask(statement: str) -> Any:
    return db.session.connection().scalar(text(statement))


def all_of(statement: str) -> list[Any]:
    return list(db.session.connection().execute(text(statement)))


def test_every_journal_and_every_year_sums_to_zero(seen: World) -> None:
    assert ask("SELECT count(*) FROM (SELECT journal_id FROM posting GROUP BY 1 HAVING sum(amount) <> 0) AS odd") == 0
    assert all_of("SELECT fiscal_year_id FROM ledger_account GROUP BY 1 HAVING sum(balance) <> 0") == []
    assert (
        ask(
            "SELECT count(*) FROM ledger_account a WHERE balance <> (SELECT sum(amount) FROM posting WHERE account_id = a.id)"
        )
        == 0
    )
    assert ask("SELECT count(*) FROM fiscal_year WHERE amount = 12000000.00") == 3


def test_the_books_say_what_the_records_say(seen: World) -> None:
    paid = "SELECT coalesce(sum(amount - reduction), 0) FROM instalment WHERE state = 'paid'"
    refunds = "SELECT coalesce(sum(refund_due), 0) FROM project WHERE refunded_on IS NOT NULL"
    in_books = ask("SELECT sum(balance) FROM ledger_account WHERE book = 'paid' AND award_id IS NOT NULL")
    assert in_books == ask(paid) - ask(refunds)
    by_award = """
        SELECT p.number, p.award, s.balance AS signed, d.paid FROM project p
        JOIN contract c ON c.project_id = p.id AND c.state = 'signed'
        JOIN ledger_account s ON s.award_id = p.award_id AND s.book = 'signed'
        JOIN (SELECT project_id, sum(amount - reduction) FILTER (WHERE state = 'paid') AS paid FROM instalment GROUP BY 1) d
          ON d.project_id = p.id
        WHERE p.state NOT IN ('closed', 'archived', 'terminated') AND s.balance <> p.award - coalesce(d.paid, 0)"""
    assert all_of(by_award) == []
    over = "SELECT id FROM ledger_account WHERE book = 'signed' AND balance > 0 AND award_id IN (SELECT award_id FROM project WHERE state IN ('closed', 'archived', 'terminated'))"
    assert all_of(over) == []
    approved = "SELECT coalesce(sum(amount), 0) FROM award a JOIN award_list l ON l.id = a.award_list_id WHERE l.state IN ('approved', 'confirmed') AND NOT a.is_cancelled AND NOT EXISTS (SELECT 1 FROM contract c JOIN project p ON p.id = c.project_id WHERE p.award_id = a.id AND c.state = 'signed')"
    assert ask("SELECT sum(balance) FROM ledger_account WHERE book = 'approved'") == ask(approved)


def test_a_closed_year_holds_nothing_that_is_bound(seen: World) -> None:
    bound = """SELECT coalesce(sum(balance), 0) FROM ledger_account a JOIN fiscal_year y ON y.id = a.fiscal_year_id
        WHERE y.state = 'closed' AND book IN ('free', 'allotted', 'approved', 'signed')"""
    assert ask(bound) == 0


def test_instalments_sum_to_the_award(seen: World) -> None:
    odd = "SELECT p.number FROM project p JOIN instalment i ON i.project_id = p.id GROUP BY p.id HAVING sum(i.amount) <> p.award"
    assert all_of(odd) == []


def test_the_last_payment_follows_the_formula(seen: World) -> None:
    projects = db.session.scalars(select(Project).where(Project.audited_on.is_not(None))).all()
    assert len(projects) > 5
    for project in projects:
        *before, last = project.instalments
        assert project.grade is not None
        told = last_payment(
            award=project.award,
            paid=sum((part.payable for part in before if part.state is InstalmentState.PAID), Decimal(0)),
            approved_spend=project.approved_spend,
            grade=project.grade,
            penalties=project.penalties,
        )
        assert (last.payable, project.refund_due) == (told.pay, told.refund)
        assert (last.state is InstalmentState.CANCELLED) == (told.pay == 0)


def test_spending_and_people_are_the_sums_of_their_records(seen: World) -> None:
    spend = """SELECT p.number FROM project p LEFT JOIN expense e ON e.project_id = p.id AND e.state = 'accepted'
        GROUP BY p.id HAVING p.approved_spend <> coalesce(sum(e.amount), 0)"""
    people = """SELECT p.number FROM project p LEFT JOIN activity a
        ON a.project_id = p.id AND a.state IN ('recorded', 'accepted') GROUP BY p.id
        HAVING (p.people_reached, p.person_times_reached, p.sessions_reached)
            <> (coalesce(sum(a.new_people), 0), coalesce(sum(a.person_times), 0), count(a.id))"""
    assert all_of(spend) == []
    assert all_of(people) == []


def test_awards_keep_within_their_quotas(seen: World) -> None:
    over = """SELECT q.id FROM call_quota q JOIN award a ON a.quota_id = q.id AND a.decision = 'award' AND NOT a.is_cancelled
        JOIN award_list l ON l.id = a.award_list_id AND l.state IN ('approved', 'confirmed')
        GROUP BY q.id HAVING sum(a.amount) > q.amount"""
    assert all_of(over) == []


def test_every_state_is_there(seen: World) -> None:
    def states_in(table: str) -> set[str]:
        return {row.state for row in all_of(f"SELECT DISTINCT state FROM {table}")}

    def all_but(states: Any, *absent: str) -> set[str]:
        return {state.value for state in states} - set(absent)

    assert states_in("call") == all_but(CallState)
    assert states_in("application") == all_but(ApplicationState)
    assert states_in("contract") == all_but(ContractState)
    assert states_in("project") == all_but(ProjectState, "changing", "settling")
    assert states_in("instalment") == all_but(InstalmentState)
    assert states_in("award_list") >= {"proposed", "approved", "confirmed"}
    assert states_in("review") == all_but(ReviewState)
    # What is confirmed is told in the same breath.
    assert states_in("evaluation") == all_but(EvaluationState, "confirmed")


def test_what_was_handed_in_could_be_handed_in(seen: World) -> None:
    """Every form that was submitted stands the rules that a submission asks."""
    wanted = select(Application).where(Application.submitted_at.is_not(None))
    for application in db.session.scalars(wanted).all():
        snapshot = ask(f"SELECT snapshot FROM application_version WHERE application_id = {application.id}")
        first_time = snapshot["organization"]["projects_total"] == 0
        attached = {file.kind for file in files_of(application)}
        told = problems_of(application, attached=attached, first_time=first_time)
        assert [str(problem.sentence) for problem in told] == [], application.number


def test_nobody_went_on_who_failed_a_check(seen: World) -> None:
    odd = """SELECT a.number, c.rule FROM application a JOIN eligibility_check c ON c.application_id = a.id
        WHERE c.outcome <> 'passed' AND a.state NOT IN ('draft', 'submitted', 'returned', 'unqualified', 'withdrawn')"""
    assert all_of(odd) == []
    failed = "SELECT count(*) FROM application a WHERE state = 'unqualified' AND NOT EXISTS (SELECT 1 FROM eligibility_check c WHERE c.application_id = a.id AND outcome <> 'passed')"
    assert ask(failed) == 0


def test_sheets_come_to_the_official_scores(seen: World) -> None:
    scored = db.session.scalars(select(Application).where(Application.score.is_not(None))).all()
    assert len(scored) > 20
    for application in scored:
        reviews = db.session.scalars(select(Review).where(Review.application_id == application.id)).all()
        totals = [total_of(items_of(review.id)) for review in reviews]
        assert totals == [review.total for review in reviews]
        counted = review_score(totals)
        assert counted.exact is not None
        assert application.score is not None
        assert abs(Decimal(str(float(counted.exact))) - application.score) < Decimal("0.000001")
        assert counted.spread == application.score_spread


def test_evaluations_come_to_the_scores_of_their_projects(seen: World) -> None:
    final = db.session.scalars(select(Evaluation).where(Evaluation.state == EvaluationState.FINAL)).all()
    assert len(final) > 10
    for evaluation in final:
        sheet = set_of(evaluation.set_id).sheet
        told = sheet_score(evaluation, sheet, columns_of(evaluation.id)[ScoreColumn.PANEL])
        assert told.exact is not None
        assert evaluation.score is not None
        assert abs(Decimal(str(float(told.exact))) - evaluation.score) < Decimal("0.000001")
        project = evaluation.project
        if project.state is not ProjectState.RECTIFYING:
            assert evaluation.score in {project.midterm_score, project.final_score}
        if evaluation.composite is not None:
            assert (evaluation.composite, evaluation.grade) == (project.composite, project.grade)


def test_organizations_have_names_and_codes_that_hold(seen: World) -> None:
    organizations = db.session.scalars(select(Organization)).all()
    assert len(organizations) == 45
    assert all(organization.name.startswith("示例·") for organization in organizations)
    assert all(is_valid(organization.credit_code) for organization in organizations)
    assert len({organization.name for organization in organizations}) == 45


def test_numbers_go_on_where_the_demo_ends(seen: World) -> None:
    last = ask("SELECT max(last) FROM number_series WHERE kind = 'SB'")
    assert last == ask("SELECT max(split_part(number, '-', 3)::int) FROM application")


def test_the_trail_is_whole(seen: World) -> None:
    verdict = verify()
    assert verdict.is_whole
    assert verdict.rows > 20


def test_nothing_that_has_happened_lies_ahead(seen: World) -> None:
    day = seen.day.isoformat()
    for table, column in (
        ("instalment", "paid_on"),
        ("contract", "signed_on"),
        ("activity", "held_on"),
        ("expense", "spent_on"),
        ("project", "closed_on"),
        ("project", "audited_on"),
        ("milestone", "reached_on"),
        ("evaluation", "visited_on"),
    ):
        assert ask(f"SELECT count(*) FROM {table} WHERE {column} > DATE '{day}'") == 0, (table, column)
    assert ask(f"SELECT count(*) FROM journal WHERE posted_at > TIMESTAMPTZ '{day} 09:00+08'") == 0


def test_money_moved_in_the_order_of_the_deeds(seen: World) -> None:
    """A contract is signed before its first payment, and parts are paid in their order."""
    odd = """SELECT p.number FROM project p JOIN contract c ON c.project_id = p.id
        JOIN instalment i ON i.project_id = p.id AND i.position = 1 AND i.paid_on < c.signed_on"""
    assert all_of(odd) == []
    assert (
        all_of(
            "SELECT a.project_id FROM instalment a JOIN instalment b ON b.project_id = a.project_id AND b.position = a.position + 1 AND b.paid_on < a.paid_on"
        )
        == []
    )


def test_everybody_signs_in(world: World, app: Flask) -> None:
    assert set(world.summary.sign_ins) == set(SIGN_INS)
    for username in world.summary.sign_ins:
        client = app.test_client()
        page = client.get("/login/").get_data(as_text=True)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token is not None
        form = {"csrf_token": token[1], "username": username, "password": PASSWORD}
        answer = client.post("/login/", data=form)
        assert answer.status_code == 302, username
        assert client.get("/").status_code == 200, username


def test_the_open_call_waits_for_the_half_filled_draft(seen: World) -> None:
    """Whoever signs in as `org` has a draft to finish, and whoever requests payments has one that may be requested."""
    mine = select(Application).join(Call).where(Call.state == CallState.OPEN, Application.organization_id == _own())
    draft = db.session.scalars(mine).one()
    assert draft.state is ApplicationState.DRAFT
    assert not draft.declared
    due = select(Instalment).where(Instalment.organization_id == _own(), Instalment.state == InstalmentState.DUE)
    assert len(db.session.scalars(due).all()) == 1


def _own() -> int:
    found: int = ask(
        "SELECT organization_id FROM account a JOIN ab_user u ON u.id = a.user_id WHERE u.username = 'org'"
    )
    return found


def test_the_same_seed_tells_the_same_story(
    world: World, settings: Settings, server: Server, template: str, tmp_path: Path
) -> None:
    """A second load of one day and one seed makes the same programme, fen by fen."""
    first = _story()
    with _loaded(world.day, settings, server, template, tmp_path, "2"):
        second = _story()
    db.bind(world.engine)
    assert second == first


def _story() -> list[Any]:
    told = {
        "application": "number, title, requested, state, score, organization_id, submitted_at",
        "project": "number, state, award, approved_spend, people_reached, composite, refund_due",
        "instalment": "project_id, position, state, amount, reduction, paid_on",
        "review_item": "review_id, item_code, score, comment",
        "evaluation_score": "evaluation_id, leaf_code, score_column, answer, value",
        "posting": "journal_id, account_id, amount",
    }
    with whole(Actor.system("tests"), "tests"):
        found = [
            ask(f"SELECT md5(string_agg(({columns})::text, '|' ORDER BY id)) FROM {name}")
            for name, columns in told.items()
        ]
    db.session.rollback()
    return found
