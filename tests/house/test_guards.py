"""Guards see what their actor may not: other organizations' rows, the whole of a budget, the other half of a pair."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from grants.models import EligibilityCheck, Expense, FiscalYear, Project
from grants.operations.expenses import enter_expense
from grants.operations.ledger import post
from grants.queries.ledger import year_figures
from grants.states import PROJECT_IN_DELIVERY, Aside, BudgetHead, CheckOutcome, EligibilityRule, InvoiceKind, LedgerDeed
from kernel import module as house
from kernel.actor import Actor
from kernel.clock import today
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.scope import see_as, whole
from orgs.operations import register_organization
from tests.factories.grants import open_call, submitted_application
from tests.factories.people import credit_code, organization, person
from tests.house.verdict import none_of
from tests.house.world import SYSTEM, World

WATCHED = ("Organization", "Application", "Project", "Instalment", "Award", "Journal", "Review", "Expense")


def reasons(refused: pytest.ExceptionInfo[Refused] | pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [reason.msgid for reason in refused.value.reasons]


# --- In the world ---


def test_every_guard_of_every_workflow_sees_all_rows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    models = [world.model(name) for name in WATCHED]
    truth = [len(world.all_of(model)) for model in models]
    seen: dict[str, list[Any]] = {}

    def probing(name: str) -> Any:
        def probe(_record: Any, _actor: Actor) -> None:
            by_orm = [db.session.scalar(select(func.count()).select_from(model)) for model in models]
            by_sql = [db.session.scalar(text(f"SELECT count(*) FROM {model.__tablename__}")) for model in models]
            seen.setdefault(name, []).append(by_orm == truth and by_sql == truth)

        return probe

    for flow in [flow for module in house.MODULES for flow in module.workflows]:
        own = world.actors["org_admin"]
        actor = replace(own, permissions=frozenset((step.verb, flow.kind) for step in flow.transitions.values()))
        for name, step in flow.transitions.items():
            probed = replace(
                step, guards=(probing(f"{flow.kind}.{name}"),), source=frozenset(flow.states), by_person=True
            )
            monkeypatch.setitem(flow.transitions, name, probed)
        with whole(SYSTEM, "tests"):
            record = db.session.scalars(select(world.model(flow.kind)).limit(1)).first()
            db.session.commit()
        assert record is not None, f"the world has no {flow.kind}"
        see_as(actor)
        flow.offered(record, actor)
        db.session.remove()

    steps = [
        f"{flow.kind}.{name}" for module in house.MODULES for flow in module.workflows for name in flow.transitions
    ]
    none_of([name for name in steps if not all(seen.get(name, [False]))])


def test_outside_a_guard_the_same_person_sees_their_own_alone(world: World) -> None:
    see_as(world.actors["org_admin"])

    assert db.session.scalar(select(func.count()).select_from(world.model("Application"))) < len(
        world.all_of(world.model("Application"))
    )
    with pytest.raises(Exception, match="permission denied"):
        db.session.execute(text("SELECT count(*) FROM posting"))


def test_the_books_of_a_year_are_summed_whole_whoever_asks(world: World) -> None:
    with whole(SYSTEM, "tests"):
        year = db.session.scalars(select(FiscalYear).order_by(FiscalYear.year).limit(1)).one()
        truth = year_figures(year)
    see_as(world.actors["org_admin"])

    with whole(world.actors["org_admin"], "guard"):
        assert year_figures(year) == truth
    assert truth.approved + truth.signed + truth.paid > 0


def test_an_invoice_of_another_organization_counts_once_in_the_whole_system(world: World) -> None:
    actor = replace(world.actors["org_finance"])
    with whole(SYSTEM, "tests"):
        others = select(Expense).where(Expense.organization_id != actor.organization_id).limit(1)
        taken = db.session.scalars(others).one().invoice_key
        mine = select(Project).where(Project.organization_id == actor.organization_id)
        project = next(one for one in db.session.scalars(mine) if one.state in PROJECT_IN_DELIVERY)
    db.session.commit()
    see_as(actor)
    assert db.session.scalar(select(func.count()).where(Expense.invoice_key == taken)) == 0

    with pytest.raises(Invalid) as invalid, transaction():
        enter_expense(
            db.session.scalars(select(Project).where(Project.id == project.id)).one(),
            actor=actor,
            spent_on=today() - timedelta(days=1),
            payee="示例印刷",
            head=BudgetHead.ACTIVITIES,
            amount=Decimal("100.00"),
            invoice_kind=InvoiceKind.DIGITAL_INVOICE if len(taken) == 20 else InvoiceKind.PAPER_INVOICE,
            invoice_key=taken,
        )

    assert "This invoice is in the system already" in reasons(invalid)[0]


# --- From the beginning ---


@pytest.fixture
def two(app: Flask, db_session: Session) -> tuple[Actor, Actor]:
    """Two organizations, each with its administrator."""
    first, second = (
        person(f"admin{serial}", "org_admin", organization_id=organization(serial).id) for serial in (1, 2)
    )
    return first, second


def test_two_organizations_with_one_text_are_found_out(two: tuple[Actor, Actor]) -> None:
    first, second = two
    call = open_call()
    see_as(first)
    theirs = submitted_application(call, first, title="屋檐下的倾听与陪伴")
    see_as(second)

    mine = submitted_application(call, second, title="屋檐下的倾听与陪伴")

    with whole(SYSTEM, "look"):
        wanted = select(EligibilityCheck).where(
            EligibilityCheck.application_id == mine.id, EligibilityCheck.rule == EligibilityRule.OTHER_ORGANIZATIONS
        )
        check = db.session.scalars(wanted).one()
    assert check.outcome is CheckOutcome.MANUAL
    assert theirs.number in str(check.reason)


def test_what_was_found_out_about_another_is_not_told_to_the_organization(two: tuple[Actor, Actor]) -> None:
    first, second = two
    call = open_call()
    see_as(first)
    submitted_application(call, first, title="屋檐下的倾听与陪伴")
    see_as(second)
    submitted_application(call, second, title="屋檐下的倾听与陪伴")
    db.session.commit()

    with pytest.raises(Exception, match="permission denied"):
        db.session.scalars(select(EligibilityCheck.reason)).all()


def test_a_code_that_another_holds_is_refused_without_a_word_about_them(two: tuple[Actor, Actor]) -> None:
    actor = replace(two[1], permissions=frozenset({("create", "Organization")}))
    see_as(actor)

    with pytest.raises(Refused) as refused, transaction():
        register_organization(actor=actor, credit_code=credit_code(1), name="示例另一家")

    assert "示例社会服务中心1号" not in str(refused.value.reasons[0])


def test_the_year_is_not_overspent_by_a_deed_that_sees_only_its_own(two: tuple[Actor, Actor]) -> None:
    """The sum is asked under full sight, and the books themselves go no lower than zero."""
    call = open_call()
    with whole(SYSTEM, "look"):
        year = db.session.scalars(select(FiscalYear)).one()
    free = year_figures_of(year).free
    actor = replace(two[0], permissions=frozenset())
    see_as(actor)

    with pytest.raises(Refused) as refused, transaction(), whole(actor, "tests"):
        post(
            LedgerDeed.FEE_SET_ASIDE,
            aside=Aside.RESERVE,
            year=year,
            amount=free + Decimal("0.01"),
            actor=actor,
            subject=call,
        )

    assert reasons(refused)


def year_figures_of(year: FiscalYear) -> Any:
    with whole(SYSTEM, "look"):
        return year_figures(year)
