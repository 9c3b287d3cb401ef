"""The conditions of a call: they begin with its nature, are chosen while it is a draft, and stay once it is public."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from grants.models import Call, CallRule
from grants.operations.call_rules import choose_rules, copy_rules
from grants.operations.calls import change_call
from grants.rules.eligibility.choosing import chosen_of
from grants.rules.eligibility.library import defaults_for
from grants.states import CallNature, EligibilityRule as Rule
from grants.workflows.calls import CALL
from kernel.actor import Actor
from kernel.db import db, sentence_for, transaction
from kernel.errors import Invalid, Refused
from kernel.scope import see_as, whole
from tests.factories.grants import approved_year, director, draft_call, member, officer, open_call
from tests.factories.people import organization, person, post

SYSTEM = Actor.system("tests")
SignIn = Callable[[FlaskClient, str], FlaskClient]

pytestmark = pytest.mark.usefixtures("app", "db_session")


def asked_by(call: Call) -> dict[Rule, dict[str, Any]]:
    with whole(SYSTEM, "look"):
        return chosen_of(call.id)


def plain(chosen: dict[Rule, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {rule.value: dict(told) for rule, told in chosen.items()}


def test_a_call_begins_with_the_rules_of_its_nature() -> None:
    call = draft_call(approved_year())

    assert asked_by(call) == defaults_for(CallNature.GRANT)


def test_the_rules_follow_the_nature_until_somebody_chooses() -> None:
    call = draft_call(approved_year())
    change_call(call, actor=officer(), values={"nature": CallNature.PROCUREMENT})
    assert asked_by(call) == defaults_for(CallNature.PROCUREMENT)

    choose_rules(call, actor=officer(), values=plain(asked_by(call) | {Rule.ACCOUNT: {}}))
    change_call(call, actor=officer(), values={"nature": CallNature.GRANT})

    assert asked_by(call) == defaults_for(CallNature.PROCUREMENT) | {Rule.ACCOUNT: {}}


def test_chosen_rules_are_kept_in_the_order_of_the_library() -> None:
    call = draft_call(approved_year())
    told = plain(defaults_for(CallNature.GRANT) | {Rule.FOUNDED: {"years": 3}})
    del told["running"]

    choose_rules(call, actor=officer(), values=dict(reversed(told.items())))

    asked = asked_by(call)
    assert asked[Rule.FOUNDED] == {"years": 3}
    assert list(asked) == [rule for rule in Rule if rule in asked]
    assert Rule.RUNNING not in asked


def test_what_cannot_be_is_told_rule_by_rule_and_nothing_is_written() -> None:
    call = draft_call(approved_year())
    told = plain(defaults_for(CallNature.GRANT)) | {"penalty": {"years": 2}, "district": {"districts": []}}

    with pytest.raises(Invalid) as invalid:
        choose_rules(call, actor=officer(), values=told)

    assert {name: [one.render("en") for one in told] for name, told in invalid.value.problems.items()} == {
        "penalty-years": ["Between 3 and 5."],
        "district-districts": ["Please choose at least one."],
    }
    assert asked_by(call) == defaults_for(CallNature.GRANT)


def test_a_rule_that_is_in_no_library_is_not_taken() -> None:
    with pytest.raises(Invalid):
        choose_rules(draft_call(approved_year()), actor=officer(), values={"horoscope": {}})


def test_a_call_is_not_proposed_with_a_rule_that_its_nature_refuses() -> None:
    call = draft_call(approved_year())
    choose_rules(
        call, actor=officer(), values=plain(defaults_for(CallNature.GRANT) | {Rule.DISTRICT: {"districts": ["310115"]}})
    )
    change_call(call, actor=officer(), values={"nature": CallNature.PROCUREMENT})

    with pytest.raises(Refused) as refused:
        CALL["propose"](call, actor=officer())

    (reason,) = [told for one in refused.value.reasons if "bar by district" in (told := one.render("en"))]
    assert reason.startswith("Government procurement: no bar by district")
    assert reason.endswith("Take “Rating” out.")


def test_a_copy_asks_what_its_model_asked_as_far_as_its_nature_allows() -> None:
    year = approved_year()
    model, copy = draft_call(year), draft_call(year, nature=CallNature.PROCUREMENT, title="2028")
    told = defaults_for(CallNature.GRANT) | {Rule.DISTRICT: {"districts": ["310115"]}, Rule.PENALTY: {"years": 5}}
    choose_rules(model, actor=officer(), values=plain(told))

    with whole(SYSTEM, "copy"):
        copy_rules(model, copy)

    asked = asked_by(copy)
    assert asked[Rule.PENALTY] == {"years": 5}
    assert not {Rule.DISTRICT, Rule.RATING} & asked.keys()


def test_what_is_published_stays_as_it_is() -> None:
    call = open_call()

    with pytest.raises(Refused) as refused:
        choose_rules(call, actor=officer(), values=plain(defaults_for(CallNature.GRANT)))

    assert "only a draft can be changed" in refused.value.reasons[0].render("en")


@pytest.mark.parametrize("state", ["proposed", "open"])
@pytest.mark.parametrize("change", [update(CallRule).values(position=99), delete(CallRule)])
def test_the_database_keeps_the_rules_of_what_is_proposed(db_session: Session, state: str, change: Any) -> None:
    call = open_call()
    with whole(SYSTEM, "tampering"):
        db_session.connection().execute(
            text("UPDATE call SET state = :to WHERE id = :id"), {"to": state, "id": call.id}
        )
        with pytest.raises(DBAPIError) as error:
            db_session.connection().execute(change.where(CallRule.__table__.c.rule == "penalty"))
    assert sentence_for(error.value).render("en") == (
        "The call is proposed or published: what it asks can no longer be changed."
    )
    db_session.rollback()


def test_an_organization_reads_the_rules_of_a_public_call_alone() -> None:
    year = approved_year()
    public, draft = open_call(year), draft_call(year, title="草稿")

    see_as(member("org_admin", 8001, organization(1).id))
    read = {one.call_id for one in db.session.scalars(select(CallRule))}

    assert read == {public.id}
    assert draft.id not in read


# The page


def test_an_officer_chooses_and_everybody_reads(client: FlaskClient, sign_in: SignIn) -> None:
    person("officer_r", "officer")
    person("director_r", "director")
    call = draft_call(approved_year())
    pk, version = call.id, call.version
    sign_in(client, "officer_r")
    page = client.get(f"/calls/{pk}/rules").get_data(as_text=True)
    assert "近 3 年的年检都合格。" in page
    assert "财政部令第102号" in page
    ticked = [*re.findall(r'name="rule" value="(\w+)"[^>]* checked', page), "founded"]

    form = {"rule": ticked, "founded-years": "３", "inspection-years": "2", "inspection-undecided": "1"}
    numbers = dict(re.findall(r'name="(\w+-(?:years|most|title|text|least))"[^>]* value="(\d+)"', page))
    answer = post(
        client,
        f"/calls/{pk}/rules",
        numbers | form | {"type-barred": "public_institution", "rating-least": "", "version": str(version)},
    )

    assert answer.status_code == 302, answer.get_data(as_text=True)
    with transaction(), whole(SYSTEM, "look"):
        call = db.session.scalars(select(Call).where(Call.id == pk)).one()
        assert chosen_of(pk)[Rule.FOUNDED] == {"years": 3}
        assert chosen_of(pk)[Rule.INSPECTION] == {"years": 2, "undecided": True}
        CALL["propose"](call, actor=officer())
        CALL["approve"](call, actor=director())
    sign_in(client, "director_r")
    assert "成立年限" in client.get(f"/calls/{pk}").get_data(as_text=True)
    shown = client.application.test_client().get(f"/calls/{pk}").get_data(as_text=True)
    assert "成立年限" in shown
    assert "到截止日成立满 3 年。" in shown
    assert "文字相同达到" not in shown


def test_a_page_with_something_wrong_keeps_what_was_typed(client: FlaskClient, sign_in: SignIn) -> None:
    pk = draft_call(approved_year()).id
    person("officer_r", "officer")
    sign_in(client, "officer_r")

    answer = post(client, f"/calls/{pk}/rules", {"rule": ["penalty", "district"], "penalty-years": "许多"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "请填 3 到 5 之间的整数。" in page
    assert 'value="许多"' in page
    assert "请至少选一项。" in page
